import assert from 'node:assert/strict';
import { figureFiles, renderFigures } from '../../src/report/figures/figures.ts';
import { indexPage } from '../../src/report/index-page.ts';
import { reportTables } from '../../src/report/report.ts';
import { type LockedReport, type ReportDisk, sha256, verifyReport } from '../../src/report/verify.ts';
import { evalMetrics, PARAMS, rendered, pretrainMetrics } from './fixtures.ts';

const DATA = '{"net":"VGG13","folds":[0],"steps":[1,2],"measures":{"generator":[[2,1]]}}';
const encode = (text: string) => new TextEncoder().encode(text);

/** A committed report in memory: two metrics files, their tables, one figure with its data, and their lock. */
function committed(): { files: Map<string, string | Uint8Array>; locked: LockedReport; disk: ReportDisk } {
  const metrics = [evalMetrics(), pretrainMetrics()];
  const files = new Map<string, string | Uint8Array>();
  metrics.forEach((entry, i) => files.set(`reports/demo/metrics/${i}.json`, JSON.stringify(entry)));
  const bytesOf = (path: string) => {
    const content = files.get(path);
    return content === undefined ? null : typeof content === 'string' ? encode(content) : content;
  };
  const written = [...files.keys()].map((path) => ({ path, digest: sha256(bytesOf(path)!) }));
  for (const file of rendered(metrics, PARAMS)) files.set(`reports/demo/tables/${file.name}`, file.text);
  files.set('reports/demo/figures/data/training-curves.json', DATA);
  const figures = renderFigures((name) => (name === 'training-curves.json' ? encode(DATA) : null));
  for (const { name, bytes } of figures.flatMap(figureFiles)) files.set(`reports/demo/figures/${name}`, bytes);
  files.set('reports/demo/index.html', indexPage('demo', reportTables(metrics, PARAMS), figures));
  const digest = (path: string) => {
    const all = [...files.keys()].filter((file) => file.startsWith(path)).sort();
    return sha256(encode(all.map((file) => sha256(bytesOf(file)!)).join()));
  };
  const locked = {
    tables: 'reports/demo/tables',
    figures: 'reports/demo/figures',
    page: 'reports/demo/index.html',
    params: PARAMS,
    read: written,
    written,
    others: [{ path: 'reports/demo/figures', digest: digest('reports/demo/figures') }],
  };
  const disk: ReportDisk = {
    read: (path) => Promise.resolve(bytesOf(path)),
    list: (directory) => Promise.resolve([...files.keys()].filter((path) => path.startsWith(`${directory}/`))),
    digest: (path) => Promise.resolve(digest(path)),
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
    files.set(path, String(files.get(path)).replace('60.00', '99.99'));
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
    for (const file of rendered(better, PARAMS)) files.set(`reports/demo/tables/${file.name}`, file.text);
    const figures = renderFigures((name) => (name === 'training-curves.json' ? encode(DATA) : null));
    files.set('reports/demo/index.html', indexPage('demo', reportTables(better, PARAMS), figures));
    const problems = await verifyReport(locked, disk);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /metrics\/0\.json: differs from the lock/);
  });

  it('finds missing files, files too many, and figures that changed', async () => {
    const { files, locked, disk } = committed();
    files.delete('reports/demo/metrics/1.json');
    files.delete('reports/demo/tables/sketches.csv');
    files.set('reports/demo/tables/table-9.md', 'made up');
    files.set('reports/demo/figures/made-up.png', 'other pictures');
    files.set('reports/demo/figures/training-curves.png', 'another picture');
    files.delete('reports/demo/index.html');
    const problems = (await verifyReport(locked, disk)).join('\n');
    assert.match(problems, /metrics\/1\.json: recorded in the lock, but missing/);
    assert.match(problems, /sketches\.csv: missing/);
    assert.match(problems, /table-9\.md: nothing of this name follows from the metrics/);
    assert.match(problems, /made-up\.png: nothing of this name follows from the figures' data/);
    assert.match(problems, /training-curves\.png: does not follow from the figures' data: another picture/);
    assert.match(problems, /index\.html: missing; tables and figures give it/);
    assert.match(problems, /figures: differs from the lock/);
  });

  it("finds a figure's edited data, by what it would draw and by the lock", async () => {
    const { files, locked, disk } = committed();
    files.set('reports/demo/figures/data/training-curves.json', DATA.replace('[2,1]', '[2,0]'));
    const problems = (await verifyReport(locked, disk)).join('\n');
    assert.match(problems, /training-curves\.svg: does not follow from the figures' data: line \d+/);
    assert.match(problems, /index\.html: does not follow from tables and figures/);
    assert.match(problems, /figures: differs from the lock/);
    files.set('reports/demo/figures/data/training-curves.json', 'no JSON');
    assert.match((await verifyReport(locked, disk)).join('\n'), /training-curves\.json: expected JSON/);
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
