import type { Random } from '../../base/random.ts';
import type { AllSystems } from '../../params/tasks.ts';

/** Points of two classes. */
export interface BinaryProblem {
  /** Shape [n, dimensions]. */
  readonly points: Float32Array;
  /** 1 or -1 for each point, shape [n]. */
  readonly signs: Int8Array;
}

export type SolverOptions = AllSystems['svm'];

export interface BinarySolution {
  /** w, then the bias as the weight of a constant 1: shape [dimensions + 1]. */
  readonly weights: Float64Array;
  /** The dual variables, at least 0, shape [n]; w is the sum of alpha * sign * point. */
  readonly alphas: Float64Array;
  readonly passes: number;
  /** False if `maxPasses` ended it. */
  readonly converged: boolean;
}

/** The decision value w.x + b of the point that begins at `start`; `weights` as in a solution. */
export function decisionValue(weights: Float64Array, points: Float32Array, start: number): number {
  const dimensions = weights.length - 1;
  let sum = weights[dimensions] as number;
  for (let k = 0; k < dimensions; k++) sum += (weights[k] as number) * (points[start + k] as number);
  return sum;
}

/**
 * A linear support vector machine with squared hinge loss: minimises |w|^2 / 2 + C * sum of max(0, 1 - sign * w.x)^2 by
 * dual coordinate descent (Hsieh et al. 2008, Algorithm 1; `-s 1` of LIBLINEAR, without shrinking). The bias is the weight
 * of a feature that is always 1, and as such part of |w|.
 *
 * Each pass visits all points in a new random order and solves the dual for one variable at a time; the result depends
 * on `random`'s seed within the tolerance only.
 */
export function solveBinary(problem: BinaryProblem, options: SolverOptions, random: Random): BinarySolution {
  const { points, signs } = problem;
  const count = signs.length;
  const dimensions = points.length / count;
  /** What squared hinge loss adds to the diagonal of the dual's matrix. */
  const diagonal = 1 / (2 * options.cost);
  const curvatures = Float64Array.from({ length: count }, (_, i) => {
    let sum = 1 + diagonal;
    for (let k = i * dimensions; k < (i + 1) * dimensions; k++) sum += (points[k] as number) ** 2;
    return sum;
  });
  const weights = new Float64Array(dimensions + 1);
  const alphas = new Float64Array(count);
  let order: readonly number[] = Array.from({ length: count }, (_, i) => i);
  for (let passes = 1; passes <= options.maxPasses; passes++) {
    order = random.shuffle(order);
    let largest = -Infinity;
    let smallest = Infinity;
    for (const i of order) {
      const start = i * dimensions;
      const sign = signs[i] as number;
      const alpha = alphas[i] as number;
      const gradient = sign * decisionValue(weights, points, start) - 1 + diagonal * alpha;
      const projected = alpha === 0 ? Math.min(gradient, 0) : gradient;
      largest = Math.max(largest, projected);
      smallest = Math.min(smallest, projected);
      if (projected === 0) continue;
      const next = Math.max(alpha - gradient / (curvatures[i] as number), 0);
      alphas[i] = next;
      const change = (next - alpha) * sign;
      for (let k = 0; k < dimensions; k++) {
        weights[k] = (weights[k] as number) + change * (points[start + k] as number);
      }
      weights[dimensions] = (weights[dimensions] as number) + change;
    }
    if (largest - smallest <= options.tolerance) return { weights, alphas, passes, converged: true };
  }
  return { weights, alphas, passes: options.maxPasses, converged: false };
}
