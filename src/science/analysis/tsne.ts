import { exp, log } from '../../base/deterministic-math.ts';
import type { Random } from '../../base/random.ts';

/**
 * t-SNE (van der Maaten and Hinton, JMLR 9, 2008), exact, with the arithmetic of deterministic-math: the libraries
 * call `Math.exp` and `Math.pow`, with which a picture would depend on the version of Node. Pairs of points are
 * computed one by one, which is enough for some hundred.
 */

export interface TsneOptions {
  /** About how many neighbours a point has; at most (n - 1) / 3. */
  readonly perplexity: number;
  readonly iterations: number;
  /** Where the points start. */
  readonly random: Random;
}

/** The paper's schedule: momentum and early exaggeration change after so many iterations. */
const EARLY = 250;
const EXAGGERATION = 4;
const MOMENTUM = { early: 0.5, late: 0.8 } as const;
const START_SD = 1e-4;
const SMALLEST_GAIN = 0.01;
const TINY = 1e-12;

/**
 * Lays points out in the plane so that neighbours stay neighbours. Distances between far groups mean little.
 *
 * @param points [n, size] flat
 * @returns [n, 2] flat, centred at 0
 * @throws RangeError for fewer than 4 points, or a perplexity that they cannot have
 */
export function tsne(points: Float32Array, count: number, options: TsneOptions): Float64Array {
  if (count < 4 || options.perplexity > (count - 1) / 3) {
    throw new RangeError(
      `expected at least 4 points and a perplexity of at most a third, found ${count} and ${options.perplexity}`,
    );
  }
  const affinities = jointAffinities(squaredDistances(points, count), count, options.perplexity);
  const y = Float64Array.from({ length: 2 * count }, () => options.random.normal() * START_SD);
  const step = new Float64Array(2 * count);
  const gains = new Float64Array(2 * count).fill(1);
  // Grows with the number of points (Belkina et al., 2019), and never falls below what small sets need.
  const rate = Math.max(count / EXAGGERATION / 4, 50);
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const early = iteration < EARLY;
    const slope = gradient(affinities, y, count, early ? EXAGGERATION : 1);
    for (let at = 0; at < y.length; at++) {
      const [direction, last] = [slope[at] ?? 0, step[at] ?? 0];
      const gain = Math.max(
        SMALLEST_GAIN,
        direction > 0 === last > 0 ? (gains[at] ?? 1) * 0.8 : (gains[at] ?? 1) + 0.2,
      );
      gains[at] = gain;
      step[at] = (early ? MOMENTUM.early : MOMENTUM.late) * last - rate * gain * direction;
      y[at] = (y[at] ?? 0) + (step[at] ?? 0);
    }
    centre(y, count);
  }
  return y;
}

function squaredDistances(points: Float32Array, count: number): Float64Array {
  const size = points.length / count;
  const distances = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      let sum = 0;
      for (let k = 0; k < size; k++) {
        const difference = (points[a * size + k] ?? 0) - (points[b * size + k] ?? 0);
        sum += difference * difference;
      }
      distances[a * count + b] = sum;
      distances[b * count + a] = sum;
    }
  }
  return distances;
}

/** p_ij, symmetric, sum 1: for each point the width of a Gaussian that gives the perplexity is found by bisection. */
function jointAffinities(distances: Float64Array, count: number, perplexity: number): Float64Array {
  const wanted = log(perplexity);
  const joint = new Float64Array(count * count);
  const row = new Float64Array(count);
  for (let point = 0; point < count; point++) {
    const own = distances.subarray(point * count, (point + 1) * count);
    // Only differences matter; the nearest neighbour at 0 keeps the exponentials from vanishing together.
    const nearest = own.reduce((least, value, at) => (at === point ? least : Math.min(least, value)), Infinity);
    let [precision, low, high] = [1, 0, Infinity];
    for (let attempt = 0; attempt < 64; attempt++) {
      let [sum, weighted] = [0, 0];
      for (let other = 0; other < count; other++) {
        const distance = (own[other] ?? 0) - nearest;
        const value = other === point ? 0 : exp(-distance * precision);
        row[other] = value;
        sum += value;
        weighted += value * distance;
      }
      const entropy = log(sum) + (precision * weighted) / sum;
      for (let other = 0; other < count; other++) row[other] = (row[other] ?? 0) / sum;
      if (Math.abs(entropy - wanted) < 1e-5) break;
      if (entropy > wanted) low = precision;
      else high = precision;
      precision = high === Infinity ? precision * 2 : (low + high) / 2;
    }
    for (let other = 0; other < count; other++) {
      const half = (row[other] ?? 0) / (2 * count);
      joint[point * count + other] = (joint[point * count + other] ?? 0) + half;
      joint[other * count + point] = (joint[other * count + point] ?? 0) + half;
    }
  }
  return joint;
}

/** Of the Kullback-Leibler divergence between p_ij (exaggerated) and Student's q_ij, [n, 2] flat. */
function gradient(affinities: Float64Array, y: Float64Array, count: number, exaggeration: number): Float64Array {
  const closeness = new Float64Array(count * count);
  let total = 0;
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const [dx, dy] = between(y, a, b);
      const value = 1 / (1 + dx * dx + dy * dy);
      closeness[a * count + b] = value;
      total += 2 * value;
    }
  }
  const slope = new Float64Array(2 * count);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const [dx, dy] = between(y, a, b);
      const close = closeness[a * count + b] ?? 0;
      const q = Math.max(close / total, TINY);
      const pull = 4 * (exaggeration * (affinities[a * count + b] ?? 0) - q) * close;
      slope[2 * a] = (slope[2 * a] ?? 0) + pull * dx;
      slope[2 * a + 1] = (slope[2 * a + 1] ?? 0) + pull * dy;
      slope[2 * b] = (slope[2 * b] ?? 0) - pull * dx;
      slope[2 * b + 1] = (slope[2 * b + 1] ?? 0) - pull * dy;
    }
  }
  return slope;
}

function between(y: Float64Array, a: number, b: number): readonly [dx: number, dy: number] {
  return [(y[2 * a] ?? 0) - (y[2 * b] ?? 0), (y[2 * a + 1] ?? 0) - (y[2 * b + 1] ?? 0)];
}

function centre(y: Float64Array, count: number): void {
  for (const axis of [0, 1]) {
    let sum = 0;
    for (let point = 0; point < count; point++) sum += y[2 * point + axis] ?? 0;
    for (let point = 0; point < count; point++) y[2 * point + axis] = (y[2 * point + axis] ?? 0) - sum / count;
  }
}
