/** Fig. 4: in how many of its positions do the features F_exp of two faces differ? */

/**
 * |a - b| divided by its largest value: in [0, 1]. Zeros where the two are equal.
 *
 * @throws RangeError for features of different lengths
 */
export function normalisedDifference(a: ArrayLike<number>, b: ArrayLike<number>): Float32Array {
  if (a.length !== b.length) throw new RangeError(`expected features of one length, found ${a.length} and ${b.length}`);
  const difference = Float32Array.from({ length: a.length }, (_, at) => Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
  const largest = difference.reduce((most, value) => Math.max(most, value), 0);
  return largest === 0 ? difference : difference.map((value) => value / largest);
}

/**
 * How many positions of the normalised difference lie above the threshold. Written without arrays in between: it is asked
 * for every pair of faces.
 */
export function countLit(a: ArrayLike<number>, b: ArrayLike<number>, threshold: number): number {
  let largest = 0;
  for (let at = 0; at < a.length; at++) largest = Math.max(largest, Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
  if (largest === 0) return 0;
  let lit = 0;
  for (let at = 0; at < a.length; at++) if (Math.abs((a[at] ?? 0) - (b[at] ?? 0)) / largest > threshold) lit += 1;
  return lit;
}

/** Mean number of lit positions over pairs of faces. */
export interface LitPositions {
  /** Faces of the same class, one entry a class; null where a class has fewer than two faces. */
  readonly same: readonly (number | null)[];
  /** Faces of different classes, to compare with; null where there is one class only. */
  readonly different: number | null;
}

/**
 * Counts over all pairs of faces.
 *
 * @param features [n, size] flat
 * @param labels class of each face, shape [n]
 */
export function litPositions(
  features: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  threshold: number,
): LitPositions {
  const count = labels.length;
  const size = features.length / count;
  const rows = Array.from({ length: count }, (_, row) => features.subarray(row * size, (row + 1) * size));
  const same = Array.from({ length: classes }, () => ({ lit: 0, pairs: 0 }));
  const different = { lit: 0, pairs: 0 };
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const into = labels[a] === labels[b] ? same[labels[a] ?? -1] : different;
      if (into === undefined) throw new RangeError(`expected classes from 0 to ${classes - 1}, found ${labels[a]}`);
      into.lit += countLit(rows[a] ?? [], rows[b] ?? [], threshold);
      into.pairs += 1;
    }
  }
  const mean = ({ lit, pairs }: { lit: number; pairs: number }) => (pairs === 0 ? null : lit / pairs);
  return { same: same.map(mean), different: mean(different) };
}
