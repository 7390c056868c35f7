import assert from 'node:assert/strict';
import { tableAblation, tableAblationDifferences } from '../../src/report/ablation.ts';
import type { EvalMetrics } from '../../src/report/metrics.ts';
import { evalMetrics, pretrainMetrics } from './fixtures.ts';

/** Correct ones of a hundred, by repetition and fold. */
const runs = (method: string, correct: readonly (readonly number[])[], over: Partial<EvalMetrics> = {}) =>
  correct.flatMap((folds, repeat) =>
    folds.map((right, fold) =>
      evalMetrics({ task: 'ablation', net: 'VGG13', method, repeat, fold, correct: right, count: 100, ...over }),
    ),
  );

const CONTROL = runs('cnn-weak+peak', [
  [50, 60, 70],
  [52, 60, 72],
]);
const GROUPGAN = runs(
  'groupgan-2v2',
  [
    [51, 63, 71],
    [53, 61, 77],
  ],
  { weakUnmagnified: { correct: 40, count: 100 } },
);

describe('the ablation', () => {
  it('averages repetitions before it takes the spread over folds', () => {
    const table = tableAblation([...CONTROL, ...GROUPGAN], 'scale');
    const row = (method: string) => table.rows.find(([name]) => name === method);
    // Folds 51, 60, 71: mean 60.667, sd 10.017. Within folds the variances are 2, 0, 2: root of their mean 1.155.
    const control = row('CNN weak+peak');
    assert.deepEqual(control, [
      ...['CNN weak+peak', { value: '60.67 ± 10.02', paper: null, best: false }, '', '80.00 ± 0.00', '6', '1.15'],
    ]);
    // Folds 52, 62, 74.
    assert.deepEqual(row('GroupGAN (2v2)')?.slice(1, 3), [
      { value: '62.67 ± 11.02', paper: null, best: true },
      '40.00 ± 0.00',
    ]);
    assert.equal(row('DCGAN')?.[1] && (row('DCGAN')?.[1] as { value: string }).value, 'not run');
  });

  it('pairs by fold and repetition, and corrects for folds that share their training people', () => {
    const table = tableAblationDifferences([...CONTROL, ...GROUPGAN], 5, 'scale');
    const [first] = table.records;
    // By fold 1, 2, 3: mean 2, error 1 / sqrt 3, quantile 4.302653, as in the table of differences.
    assert.deepEqual([first?.['meanDifference'], first?.['folds'], first?.['runs']], [2, 3, 6]);
    assert.deepEqual([first?.['lowByFold'], first?.['highByFold'], first?.['pByFold']], [-0.484138, 4.484138, 0.07418]);
    // By run 1, 3, 1, 1, 1, 5: variance 14/5, error sqrt(2.8 (1/6 + 1/4)) = 1.080123, quantile of five degrees 2.570582.
    assert.deepEqual([first?.['lowByRun'], first?.['highByRun']], [-0.776546, 4.776546]);
    assert.deepEqual([first?.['better'], first?.['equal']], [6, 0]);
  });

  it('does not pair what was run on one side only, nor repetitions with each other', () => {
    const [all] = tableAblationDifferences([...CONTROL.slice(0, 3), ...GROUPGAN.slice(3)], 5, 'scale').rows;
    assert.deepEqual(all?.slice(1), Array(6).fill('not run'));
    const [one] = tableAblationDifferences([...CONTROL, ...GROUPGAN.slice(4, 5)], 5, 'scale').rows;
    assert.deepEqual(one?.slice(1), ['+1.00', 'one fold', '–', 'one fold', '–', '1, 0, 0']);
  });

  it('takes no part in other tables, and other runs none in it', () => {
    const table = tableAblation([evalMetrics(), pretrainMetrics()], 'scale');
    assert.ok(table.records.every(({ runs: count }) => count === 0));
  });
});
