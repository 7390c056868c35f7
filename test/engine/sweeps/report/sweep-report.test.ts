import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { importanceOf, spearman } from '../../../../src/engine/sweeps/report/importance.ts';
import type { SweepResults, TrialResult } from '../../../../src/engine/sweeps/report/results.ts';
import { renderSweep } from '../../../../src/engine/sweeps/report/sweep-report.ts';

const ticks = [
  { position: 0, label: 'low' },
  { position: 1, label: 'high' },
];

/** Trials on a lattice: the metric follows `rate` strongly, `kind` somewhat and `noise` not at all. */
function results(count: number, more: Partial<SweepResults> = {}): SweepResults {
  const trials = Array.from({ length: count }, (_, trial): TrialResult => {
    const [rate, kind, noise] = [((trial * 7) % count) / count, trial % 3, ((trial * 5) % count) / count];
    return {
      trial,
      state: 'finished',
      metric: 10 * rate + (kind === 1 ? 3 : 0),
      reason: null,
      values: { 'train.rate': rate, kind: 'abc'[kind], noise },
      point: { 'train.rate': rate, kind: (kind + 0.5) / 3, noise },
    };
  });
  return {
    id: 'abcd1234',
    name: 'rates',
    description: null,
    method: 'random',
    metric: { name: 'loss', goal: 'minimize' },
    axes: [
      { key: 'train.rate', categories: null, ticks },
      { key: 'kind', categories: 3, ticks },
      { key: 'noise', categories: null, ticks },
    ],
    trials,
    best: 0,
    ...more,
  };
}

describe('the importance of parameters', () => {
  it('is greatest where the metric follows, small where it does not, and adds up to 1', () => {
    const importances = importanceOf(results(48)) ?? [];
    const [rate, kind, noise] = importances.map(({ importance }) => importance);
    assert.ok(rate! > kind! && kind! > 3 * noise!, `${rate} ${kind} ${noise}`);
    assert.ok(Math.abs(rate! + kind! + noise! - 1) < 1e-9);
    assert.ok(importances[0]!.correlation! > 0.8);
    assert.equal(importances[1]!.correlation, null);
  });

  it('is nothing when the metric never changes, and not told of too few trials', () => {
    const still = results(8);
    const flat = { ...still, trials: still.trials.map((trial) => ({ ...trial, metric: 1 })) };
    assert.deepEqual(
      importanceOf(flat)?.map(({ importance }) => importance),
      [0, 0, 0],
    );
    assert.equal(importanceOf(results(3)), null);
  });

  it('has the sign of the rank correlation, ties included', () => {
    assert.equal(spearman([1, 2, 3, 9], [4, 5, 6, 7]), 1);
    assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
    assert.equal(spearman([1, 1, 1], [3, 2, 1]), 0);
    assert.ok(Math.abs(spearman([1, 1, 2, 2], [1, 2, 3, 4]) - 0.894427) < 1e-6);
  });
});

describe('the report of a sweep', () => {
  const fileOf = (given: SweepResults, name: string): string =>
    renderSweep(given).find((file) => file.name === name)?.text ?? '';

  it('is the same bytes for the same trials', () => {
    assert.deepEqual(renderSweep(results(12)), renderSweep(results(12)));
  });

  it('has the best trial on top and the reasons of those that failed', () => {
    const given = results(6);
    const trials = given.trials.map((trial): TrialResult =>
      trial.trial === 5 ? { ...trial, state: 'failed', metric: null, reason: 'train: exit code 1' } : trial,
    );
    const lines = fileOf({ ...given, trials }, 'trials.md').split('\n');
    const table = lines.filter((line) => line.startsWith('|'));
    assert.match(table[2] ?? '', /^\| 0 \| 0 \| a \| 0 \| 0 \| finished, best \|/);
    assert.match(table.at(-1) ?? '', /^\| 5 .* \| failed \| train: exit code 1 \|$/);
    assert.ok(lines.some((line) => line.includes('6 trials: 5 finished, 1 failed.')));
  });

  it('draws one line a finished trial, the best last, and nothing outside the picture', () => {
    const svg = fileOf(results(6), 'parallel-coordinates.svg');
    assert.equal(svg.match(/<polyline /g)?.length, 6);
    const [, width = '0', height = '0'] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    for (const [, points = ''] of svg.matchAll(/points="([^"]*)"/g)) {
      for (const [x, y] of points.split(' ').map((pair) => pair.split(',').map(Number))) {
        assert.ok(x! >= 0 && x! <= Number(width) && y! >= 0 && y! <= Number(height));
      }
    }
    assert.match(svg.match(/<polyline [^>]*>/g)?.at(-1) ?? '', /stroke-width="3.5"/);
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
  });

  it('is whole, too, when no trial finished', () => {
    const given = results(2);
    const trials = given.trials.map((trial): TrialResult => ({
      ...trial,
      state: 'failed',
      metric: null,
      reason: '<&">',
    }));
    const files = renderSweep({ ...given, trials, best: null });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['trials.md', 'trials.csv', 'trials.json', 'parallel-coordinates.svg'],
    );
    for (const { text } of files) assert.ok(!/NaN|Infinity|undefined/.test(text));
  });
});
