import assert from 'node:assert/strict';
import { table1Differences } from '../../src/report/method-differences.ts';
import { evalMetrics } from './fixtures.ts';

const accuracies = (net: string, method: string, perFold: readonly number[]) =>
  perFold.map((correct, fold) => evalMetrics({ net, method, fold, correct, count: 100 }));

describe('differences between the columns of Table 1', () => {
  it('pairs by fold, for each net and over the means of nets', () => {
    const table = table1Differences(
      [
        ...accuracies('VGG13', 'cnn', [50, 60, 70]),
        ...accuracies('VGG13', 'dcgan', [51, 62, 73]),
        ...accuracies('AlexNet', 'cnn', [40, 40, 40]),
        ...accuracies('AlexNet', 'dcgan', [42, 44, 46]),
      ],
      'scale',
    );
    const record = (net: string) => table.records.find((entry) => entry['net'] === net && entry['from'] === 'cnn');
    // 1, 2, 3: mean 2, error 1 / sqrt 3, t = 3.4641, p = 1 - t / sqrt(2 + t^2) = 0.074180, quantile 4.302653.
    assert.deepEqual(record('VGG13'), {
      ...{ from: 'cnn', to: 'dcgan', net: 'VGG13', nets: 1, folds: 3, meanDifference: 2 },
      ...{ low: -0.484138, high: 4.484138, t: 3.464102, pPairedT: 0.07418, pPermutation: 0.25 },
    });
    // (1 + 2) / 2, (2 + 4) / 2, (3 + 6) / 2 = 1.5, 3, 4.5: the same t.
    assert.deepEqual([record('all nets')?.['meanDifference'], record('all nets')?.['t']], [3, 3.464102]);
    assert.equal(record('all nets')?.['nets'], 2);
    assert.deepEqual(table.rows[1], [...['CNN → DCGAN', 'VGG13', '3', '+2.00', '−0.48 to +4.48', '0.0742', '0.2500']]);
  });

  it('pairs folds by the means over their repetitions', () => {
    const run = (method: string, fold: number, repeat: number, correct: number) =>
      evalMetrics({ method, fold, repeat, correct });
    const metrics = [
      ...[run('cnn', 0, 0, 4), run('cnn', 0, 1, 6), run('cnn', 1, 0, 5), run('cnn', 1, 1, 5)],
      ...[run('dcgan', 0, 0, 8), run('dcgan', 0, 1, 6), run('dcgan', 1, 0, 6), run('dcgan', 1, 1, 8)],
    ];
    const { records } = table1Differences(metrics, '');
    const found = records.find(({ from, net }) => from === 'cnn' && net === 'VGG13')!;
    assert.deepEqual([found['folds'], found['meanDifference']], [2, 20]);
  });

  it('says what was not run, and that one fold allows no test', () => {
    const table = table1Differences(
      [...accuracies('VGG13', 'cnn', [50]), ...accuracies('VGG13', 'dcgan', [49, 80])],
      'scale',
    );
    assert.deepEqual(table.rows[0], ['CNN → DCGAN', 'VGG13', '1', '−1.00', 'one fold', '–', '–']);
    assert.deepEqual(table.rows.at(-1), [
      ...['CNN weak+peak → GroupGAN (2v2)', 'all nets (0)', 'not run', 'not run', 'not run', 'not run', 'not run'],
    ]);
  });
});
