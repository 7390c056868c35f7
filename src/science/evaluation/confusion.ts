import type { Prediction } from './predictions.ts';

/** Pictures counted by true class (row) and predicted class (column). */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * Counts predictions, each picture once.
 *
 * @throws RangeError where a class is not in [0, classes)
 */
export function confusionMatrix(
  predictions: readonly Pick<Prediction, 'label' | 'predicted'>[],
  classes: number,
): ConfusionMatrix {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const { label, predicted } of predictions) {
    const row = counts[label];
    if (row?.[predicted] === undefined) {
      throw new RangeError(`expected classes from 0 to ${classes - 1}, found label ${label}, predicted ${predicted}`);
    }
    row[predicted] = (row[predicted] ?? 0) + 1;
  }
  return counts;
}

/** The sum of matrices of equal size, as over folds. Throws a RangeError for none or for unequal sizes. */
export function sumMatrices(matrices: readonly ConfusionMatrix[]): ConfusionMatrix {
  const [first] = matrices;
  if (first === undefined) throw new RangeError('sumMatrices needs at least one matrix');
  if (matrices.some((matrix) => matrix.length !== first.length)) {
    throw new RangeError(`matrices of ${matrices.map(({ length }) => length).join(', ')} classes cannot be summed`);
  }
  return first.map((row, i) => row.map((_, j) => matrices.reduce((sum, matrix) => sum + (matrix[i]?.[j] ?? 0), 0)));
}

/** Each count as a percentage of its row, as in Table 2; null in the row of a class without pictures. */
export function rowPercentages(matrix: ConfusionMatrix): readonly (readonly (number | null)[])[] {
  return matrix.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (total === 0 ? null : (100 * count) / total));
  });
}

/** Share of all pictures on the diagonal, in percent: the accuracy. NaN without pictures. */
export function diagonalPercentage(matrix: ConfusionMatrix): number {
  const all = matrix.flat().reduce((sum, count) => sum + count, 0);
  const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
  return (100 * right) / all;
}
