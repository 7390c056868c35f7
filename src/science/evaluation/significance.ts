/**
 * Is a difference between two methods more than chance? Paired tests over folds: both methods saw the same folds, so
 * what counts is the difference in each. Student's t from its closed form for whole degrees of freedom, which needs
 * nothing but arithmetic and square roots, so that a table is the same on every machine.
 */

/** What a paired t-test finds, two-sided. */
export interface PairedTest {
  readonly n: number;
  /** Of the differences. */
  readonly mean: number;
  /** Confidence interval of the mean; null for a single difference, which says nothing of its spread. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Null for a single difference, and where all differences are equal: t is then 0/0 or infinite. */
  readonly t: number | null;
  readonly p: number | null;
}

/**
 * Student's paired t-test of the hypothesis that the mean difference is 0.
 *
 * @param confidence of the interval, in (0, 1)
 * @throws RangeError for no differences
 */
export function pairedTTest(differences: readonly number[], confidence = 0.95): PairedTest {
  return studentTest(differences, 0, confidence);
}

/**
 * Paired t-test for differences from repeated k-fold cross-validation, whose training sets overlap: the variance of the
 * mean is s^2 (1/n + share), not s^2/n (Nadeau and Bengio, "Inference for the generalization error", 2003; for
 * repeated cross-validation Bouckaert and Frank 2004). More repetitions of the same folds cannot make it certain.
 *
 * @param share test pictures for each training picture: 1/(k - 1) with k folds
 * @throws RangeError for no differences, or a share that is no number from 0
 */
export function correctedTTest(differences: readonly number[], share: number, confidence = 0.95): PairedTest {
  if (!(share >= 0)) throw new RangeError(`the share of test pictures must be a number from 0, not ${share}`);
  return studentTest(differences, share, confidence);
}

function studentTest(differences: readonly number[], overlap: number, confidence: number): PairedTest {
  const n = differences.length;
  if (n === 0) throw new RangeError('a paired test needs at least one difference');
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, interval: null, t: null, p: null };
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const error = Math.sqrt((squares / (n - 1)) * (1 / n + overlap));
  const half = studentQuantile((1 + confidence) / 2, n - 1) * error;
  const interval = [mean - half, mean + half] as const;
  // What is left of equal differences is rounding, which is not evidence.
  if (error <= 1e-12 * Math.max(...differences.map(Math.abs))) return { n, mean, interval, t: null, p: null };
  const t = mean / error;
  return { n, mean, interval, t, p: 2 * (1 - studentCdf(Math.abs(t), n - 1)) };
}

/**
 * p-values of several tests, corrected so that among all of them a wrong rejection is as rare as for one: Holm's step-down
 * method (1979). A test without a p-value counts as one of them and stays without.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const corrected: (number | null)[] = pValues.map(() => null);
  let least = 0;
  order.forEach((at, rank) => {
    const p = pValues[at] ?? null;
    if (p === null) return;
    least = Math.max(least, Math.min(1, (pValues.length - rank) * p));
    corrected[at] = least;
  });
  return corrected;
}

/** Sign patterns double with each difference; so many are still counted in an instant. */
export const MOST_SIGN_FLIPS = 12;

/**
 * Exact sign-flip permutation test, two-sided: the share of all 2^n ways to give the differences signs whose sum is at
 * least as far from 0 as the one seen. It assumes no distribution, but with n differences it cannot go below 2 / 2^n.
 * Null for more than 12 differences.
 *
 * @throws RangeError for no differences
 */
export function signFlipTest(differences: readonly number[]): number | null {
  const n = differences.length;
  if (n === 0) throw new RangeError('a sign-flip test needs at least one difference');
  if (n > MOST_SIGN_FLIPS) return null;
  const seen = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  const scale = differences.reduce((sum, value) => sum + Math.abs(value), 0);
  let asFar = 0;
  for (let pattern = 0; pattern < 2 ** n; pattern++) {
    const sum = differences.reduce((total, value, at) => total + ((pattern >> at) & 1 ? -value : value), 0);
    // Sums of the same numbers in another order may differ in the last bits.
    if (Math.abs(sum) >= seen - 1e-9 * scale) asFar += 1;
  }
  return asFar / 2 ** n;
}

/**
 * P(T <= t) of Student's t with a whole number of degrees of freedom: Abramowitz and Stegun, 26.7.3 and 26.7.4.
 *
 * @throws RangeError for degrees of freedom that are no whole number from 1
 */
export function studentCdf(t: number, freedom: number): number {
  if (!Number.isInteger(freedom) || freedom < 1) {
    throw new RangeError(`degrees of freedom must be a whole number from 1, not ${freedom}`);
  }
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  const root = Math.sqrt(freedom + t * t);
  const [sine, cosineSquared] = [t / root, freedom / (root * root)];
  // Between -t and t.
  let inside: number;
  if (freedom % 2 === 0) {
    inside = sine * series(cosineSquared, freedom / 2, (k) => (2 * k - 1) / (2 * k));
  } else {
    const cosine = Math.sqrt(cosineSquared);
    const sum = series(cosineSquared, (freedom - 1) / 2, (k) => (2 * k) / (2 * k + 1));
    inside = (2 / Math.PI) * (arctangent(t / Math.sqrt(freedom)) + sine * cosine * sum);
  }
  return (1 + inside) / 2;
}

/** 1 + f(1) x + f(1) f(2) x^2 + ..., so many terms. */
function series(x: number, terms: number, factor: (k: number) => number): number {
  let [sum, term] = [0, 1];
  for (let k = 1; k <= terms; k++) {
    sum += term;
    term *= factor(k) * x;
  }
  return sum;
}

/** The t below which a share of Student's distribution lies, for a share in (0, 1), by bisection. */
export function studentQuantile(share: number, freedom: number): number {
  if (!(share > 0 && share < 1)) throw new RangeError(`a quantile is of a share between 0 and 1, not ${share}`);
  if (share < 0.5) return -studentQuantile(1 - share, freedom);
  let [low, high] = [0, 1];
  while (studentCdf(high, freedom) < share) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Halves the angle until its series is short; `Math.atan` may differ between engines in the last bit. */
function arctangent(x: number): number {
  let [y, factor] = [x, 1];
  while (Math.abs(y) > 0.1) {
    y /= 1 + Math.sqrt(1 + y * y);
    factor *= 2;
  }
  let sum = 0;
  for (let odd = 19; odd >= 1; odd -= 2) sum = 1 / odd - y * y * sum;
  return factor * y * sum;
}
