import type { Prediction } from './predictions.ts';

/** Share of pictures classified rightly, in percent. Throws a RangeError without any picture. */
export function accuracy(predictions: readonly Pick<Prediction, 'label' | 'predicted'>[]): number {
  if (predictions.length === 0) throw new RangeError('an accuracy needs at least one prediction');
  const right = predictions.filter(({ label, predicted }) => label === predicted).length;
  return (100 * right) / predictions.length;
}

/** A mean and how far the values scatter around it. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n - 1); null for a single value, which has none. */
  readonly sd: number | null;
  readonly n: number;
}

/** Mean and sample standard deviation, as over the folds of a cell of Table 1. Throws a RangeError for no values. */
export function spread(values: readonly number[]): Spread {
  const n = values.length;
  if (n === 0) throw new RangeError('a mean needs at least one value');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null, n };
}
