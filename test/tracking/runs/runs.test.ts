import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEntry } from '../../../src/tracking/journal.ts';
import { curveOf, curvesSvg, sparkline, valueRange } from '../../../src/tracking/runs/curves.ts';
import { differingParams, filterRuns, findRun, sortRuns } from '../../../src/tracking/runs/query.ts';
import { listRuns, type TrackedRun } from '../../../src/tracking/runs/run-list.ts';

describe('runs', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'runs-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  interface Written {
    readonly pid?: number;
    readonly losses?: readonly (number | string)[];
    readonly accuracy?: number;
    readonly end?: 'finished' | 'failed' | 'stopped';
    readonly params?: Record<string, unknown>;
  }
  const write = (
    id: string,
    time: number,
    { pid = process.pid, losses = [], accuracy, end, params = {} }: Written,
  ): void => {
    const directory = join(root, '.pipeline/journal/inv');
    mkdirSync(directory, { recursive: true });
    const entries: JournalEntry[] = [
      {
        type: 'start',
        version: 1,
        time,
        origin: { id, directory: `wandb/${id}`, pid, host: hostname() },
        name: `train@${id}`,
        group: 'inv',
        jobType: 'train',
        tags: ['faces'],
        config: { net: 'VGG13', options: { hidden: true } },
      },
      ...losses.map((loss, at): JournalEntry => ({ type: 'log', time: time + at, step: at + 1, values: { loss } })),
      ...(accuracy === undefined ? [] : [{ type: 'summary', time, values: { accuracy } } as const]),
      ...(end === undefined ? [] : [{ type: 'finish', time: time + 1000, outcome: end } as const]),
    ];
    writeFileSync(join(directory, `${id}.jsonl`), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    writeFileSync(join(directory, `${id}.run.json`), JSON.stringify({ params }));
  };
  const ids = (runs: readonly TrackedRun[]): string[] => runs.map(({ id }) => id);

  it('are finished, failed or stopped as they said, running while their process lives, and crashed otherwise', () => {
    write('a', 1, { end: 'finished' });
    write('b', 2, { end: 'failed' });
    write('c', 3, {});
    write('d', 4, { pid: 2 ** 30 });
    assert.deepEqual(
      listRuns(root).map(({ state }) => state),
      ['finished', 'failed', 'running', 'crashed'],
    );
  });

  it('say what they logged last and in the end, params with dots, and how long they took', () => {
    write('a', 5000, {
      losses: [2, 1],
      accuracy: 0.5,
      end: 'finished',
      params: { training: { batch: 4, nets: ['A'] } },
    });
    const [run] = listRuns(root);
    assert.deepEqual(run!.metrics, { loss: 1, accuracy: 0.5 });
    assert.deepEqual(run!.headline, ['accuracy']);
    assert.deepEqual(run!.params, { 'training.batch': 4, 'training.nets': ['A'], net: 'VGG13' });
    assert.equal(run!.ms, 1000);
  });

  it('are read up to a line that a kill cut short, and not at all where a file is no journal of ours', () => {
    write('a', 1, { losses: [2, 1] });
    const file = join(root, '.pipeline/journal/inv/a.jsonl');
    writeFileSync(file, '{"type":"log","time":9,"st', { flag: 'a' });
    writeFileSync(join(root, '.pipeline/journal/inv/other.jsonl'), '{"metric":1}\n');
    assert.deepEqual(
      listRuns(root).map(({ history }) => history.length),
      [2],
    );
  });

  it('are filtered by number, text and tag, and sorted with those without the key last', () => {
    write('a', 1, { accuracy: 0.9, params: { lr: 10 } });
    write('b', 2, { accuracy: 0.5, params: { lr: 9 } });
    write('c', 3, { params: { lr: 9 } });
    const runs = listRuns(root);
    assert.deepEqual(ids(filterRuns(runs, ['accuracy>=0.5', 'lr<10'])), ['b']);
    assert.deepEqual(ids(filterRuns(runs, ['accuracy!=0.9'])), ['b', 'c']);
    assert.deepEqual(ids(filterRuns(runs, ['tag=faces', 'net=VGG13'])), ['a', 'b', 'c']);
    assert.deepEqual(ids(filterRuns(runs, ['tag!=faces'])), []);
    assert.deepEqual(ids(sortRuns(runs, '-accuracy')), ['a', 'b', 'c']);
    assert.deepEqual(ids(sortRuns(runs, 'accuracy')), ['b', 'a', 'c']);
    assert.deepEqual(ids(sortRuns(runs, 'lr')), ['b', 'c', 'a']);
    assert.deepEqual(differingParams(runs), ['lr']);
  });

  it('are found by id, by its beginning when only one begins so, or by name', () => {
    write('abc1', 1, {});
    write('abd2', 2, {});
    const runs = listRuns(root);
    assert.equal(findRun(runs, 'abc').id, 'abc1');
    assert.equal(findRun(runs, 'train@abd2').id, 'abd2');
    assert.throws(() => findRun(runs, 'ab'), /2 runs begin with "ab"/);
  });

  it('draw curves that leave out what is not finite, on one scale', () => {
    write('a', 1, { losses: [0, 'NaN', 8, 4] });
    const [run] = listRuns(root);
    const curve = curveOf(run!, 'loss');
    assert.deepEqual(curve.points, [
      [1, 0],
      [3, 8],
      [4, 4],
    ]);
    assert.equal(sparkline(curve, valueRange([curve]), 60), '▁█▅');
    assert.equal(sparkline(curve, { low: 0, high: 80 }, 60), '▁▁▁');
    assert.match(
      curvesSvg([run!], ['loss']),
      /^<svg [^]*<polyline points="60\.0,196\.0 292\.0,28\.0 408\.0,112\.0"[^]*<\/svg>\n$/,
    );
  });
});
