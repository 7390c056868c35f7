import assert from 'node:assert/strict';
import { renderReport } from '../../src/report/report.ts';
import { type LockedReport, type ReportDisk, sha256, verifyReport } from '../../src/report/verify.ts';
import { evalMetrics, PARAMS, pretrainMetrics } from './fixtures.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** A committed report in memory: two metrics files, their tables, one figure, and the lock that records them. */
function committed(): { files: Map<string, string>; locked: LockedReport; disk: ReportDisk } {
  const metrics = [evalMetrics(), pretrainMetrics()];
  const files = new Map<string, string>();
  metrics.forEach((entry, i) => files.set(`reports/demo/metrics/${i}.json`, JSON.stringify(entry)));
  const written = [...files].map(([path, text]) => ({ path, digest: sha256(encode(text)) }));
  for (const file of renderReport(metrics, PARAMS)) files.set(`reports/demo/tables/${file.name}`, file.text);
  files.set('reports/demo/figures', 'pictures');
  const locked = {
    tables: 'reports/demo/tables',
    params: PARAMS,
    read: written,
    written,
    others: [{ path: 'reports/demo/figures', digest: sha256(encode('pictures')) }],
  };
  const disk: ReportDisk = {
    read: (path) => Promise.resolve(files.has(path) ? encode(files.get(path)!) : null),
    list: (directory) => Promise.resolve([...files.keys()].filter((path) => path.startsWith(`${directory}/`))),
    digest: (path) => Promise.resolve(files.has(path) ? sha256(encode(files.get(path)!)) : null),
  };
  return { files, locked, disk };
}

describe('verify', () => {
  it('finds nothing wrong with a report that follows from its metrics', async () => {
    const { locked, disk } = committed();
    assert.deepEqual(await verifyReport(locked, disk), []);
  });

  it('shows the line of a table that somebody edited', async () => {
    const { files, locked, disk } = committed();
    const path = 'reports/demo/tables/table-1.md';
    files.set(path, files.get(path)!.replace('60.00', '99.99'));
    const [problem, ...rest] = await verifyReport(locked, disk);
    assert.deepEqual(rest, []);
    assert.match(
      problem ?? '',
      /table-1\.md: does not follow from the metrics: line \d+ \(1 line differs\)\n {2}- .*99\.99.*\n {2}\+ .*60\.00/,
    );
  });

  it('finds edited metrics even where the tables were edited to match', async () => {
    const { files, locked, disk } = committed();
    const better = [evalMetrics({ correct: 9 }), pretrainMetrics()];
    files.set('reports/demo/metrics/0.json', JSON.stringify(better[0]));
    for (const file of renderReport(better, PARAMS)) files.set(`reports/demo/tables/${file.name}`, file.text);
    const problems = await verifyReport(locked, disk);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /metrics\/0\.json: differs from the lock/);
  });

  it('finds missing files, files too many, and figures that changed', async () => {
    const { files, locked, disk } = committed();
    files.delete('reports/demo/metrics/1.json');
    files.delete('reports/demo/tables/sketches.csv');
    files.set('reports/demo/tables/table-9.md', 'made up');
    files.set('reports/demo/figures', 'other pictures');
    const problems = (await verifyReport(locked, disk)).join('\n');
    assert.match(problems, /metrics\/1\.json: recorded in the lock, but missing/);
    assert.match(problems, /sketches\.csv: missing/);
    assert.match(problems, /table-9\.md: no table of this name/);
    assert.match(problems, /figures: differs from the lock/);
  });

  it('finds metrics that the tables left out or read in another version', async () => {
    const { locked, disk } = committed();
    const [first, second] = locked.read;
    assert.ok(first && second);
    const problems = (await verifyReport({ ...locked, read: [{ ...first, digest: 'other' }] }, disk)).join('\n');
    assert.match(problems, /0\.json: the tables read another version/);
    assert.match(problems, /1\.json: in the lock, but the tables never read it/);
  });
});
