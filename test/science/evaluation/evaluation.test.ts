import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accuracy, spread } from '../../../src/science/evaluation/accuracy.ts';
import {
  confusionMatrix,
  diagonalPercentage,
  rowPercentages,
  sumMatrices,
} from '../../../src/science/evaluation/confusion.ts';
import { toPredictions } from '../../../src/science/evaluation/predictions.ts';

const pictures = [
  { id: 'a/1', subject: 'a', label: 0 },
  { id: 'a/2', subject: 'a', label: 2 },
  { id: 'b/1', subject: 'b', label: 2 },
];

describe('predictions', () => {
  it('take the class with the largest logit, of equal ones the first', () => {
    const predictions = toPredictions([3, 1, 2, -5, -1, -1, 0, 0.5, 0.25], pictures, 3);
    assert.deepEqual(
      predictions.map(({ predicted }) => predicted),
      [0, 1, 1],
    );
    assert.deepEqual(predictions[1], { id: 'a/2', subject: 'a', label: 2, predicted: 1, logits: [-5, -1, -1] });
  });

  it('refuse logits that do not fit the pictures, and logits that are no numbers', () => {
    assert.throws(() => toPredictions([1, 2, 3], pictures, 3), /expected 3 x 3 logits, found 3/);
    assert.throws(
      () => toPredictions([1, 2, 3, NaN, 1, 1, 1, 1, 1], pictures, 3),
      /prediction for a\/2 is not a number/,
    );
  });
});

describe('accuracy', () => {
  it('is the percentage of pictures classified rightly', () => {
    const at = (label: number, predicted: number) => ({ label, predicted });
    assert.equal(accuracy([at(0, 0), at(1, 0), at(2, 2), at(1, 1)]), 75);
    assert.throws(() => accuracy([]), /at least one prediction/);
  });

  it('has the mean and the sample standard deviation over folds', () => {
    // Deviations -2, -1, 0, 1, 2: squares sum to 10, over n - 1 = 4 gives 2.5.
    assert.deepEqual(spread([62, 63, 64, 65, 66]), { mean: 64, sd: Math.sqrt(2.5), n: 5 });
    assert.deepEqual(spread([70]), { mean: 70, sd: null, n: 1 });
    assert.throws(() => spread([]), /at least one value/);
  });
});

describe('confusion matrix', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    const matrix = confusionMatrix(
      [
        { label: 0, predicted: 1 },
        { label: 0, predicted: 0 },
        { label: 0, predicted: 1 },
        { label: 1, predicted: 1 },
      ],
      3,
    );
    assert.deepEqual(matrix, [
      [1, 2, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    assert.deepEqual(rowPercentages(matrix), [
      [100 / 3, 200 / 3, 0],
      [0, 100, 0],
      [null, null, null],
    ]);
    assert.equal(diagonalPercentage(matrix), 50);
  });

  it('sums over folds', () => {
    const fold = [
      [1, 2],
      [3, 4],
    ];
    assert.deepEqual(sumMatrices([fold, fold]), [
      [2, 4],
      [6, 8],
    ]);
    assert.throws(() => sumMatrices([]), /at least one matrix/);
    assert.throws(() => sumMatrices([fold, [[1]]]), /2, 1 classes cannot be summed/);
  });

  it('refuses a class it has no row or column for', () => {
    assert.throws(() => confusionMatrix([{ label: 3, predicted: 0 }], 3), /from 0 to 2, found label 3/);
    assert.throws(() => confusionMatrix([{ label: 0, predicted: -1 }], 3), /predicted -1/);
  });

  it('agrees with the accuracy, and its rows sum to 100, whatever the predictions', () => {
    const prediction = fc.record({ label: fc.nat({ max: 5 }), predicted: fc.nat({ max: 5 }) });
    fc.assert(
      fc.property(fc.array(prediction, { minLength: 1 }), (predictions) => {
        const matrix = confusionMatrix(predictions, 6);
        assert.ok(Math.abs(diagonalPercentage(matrix) - accuracy(predictions)) < 1e-9);
        for (const row of rowPercentages(matrix)) {
          const known = row.filter((value) => value !== null);
          if (known.length > 0) assert.ok(Math.abs(known.reduce((a, b) => a + b) - 100) < 1e-9);
        }
      }),
    );
  });
});
