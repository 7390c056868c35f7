/** What a method said about one test picture: a line of a predictions file. */
export interface Prediction {
  /** Sequence the picture belongs to, for example `ck-plus/S005/001`. */
  readonly id: string;
  readonly subject: string;
  /** True class. */
  readonly label: number;
  /** Class with the largest logit; of equal ones the first. */
  readonly predicted: number;
  /** One for each class, in the order of the classes. */
  readonly logits: readonly number[];
}

/**
 * Joins logits with what is known of the pictures.
 *
 * @param logits [n, classes], flat
 * @param pictures the n pictures in the same order
 * @throws RangeError where the two do not fit, or a logit is not a number
 */
export function toPredictions(
  logits: ArrayLike<number>,
  pictures: readonly Pick<Prediction, 'id' | 'subject' | 'label'>[],
  classes: number,
): Prediction[] {
  if (logits.length !== pictures.length * classes) {
    throw new RangeError(
      `expected ${pictures.length} x ${classes} logits, found ${logits.length}: one for each picture and class`,
    );
  }
  return pictures.map(({ id, subject, label }, row) => {
    const own = Array.from({ length: classes }, (_, index) => logits[row * classes + index] ?? NaN);
    if (own.some(Number.isNaN)) throw new RangeError(`the prediction for ${id} is not a number: ${own.join(', ')}`);
    return { id, subject, label, predicted: largest(own), logits: own };
  });
}

/** Position of the largest value, the first of equal ones; -1 of none. */
function largest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (best < 0 || value > (values[best] ?? NaN) ? index : best), -1);
}
