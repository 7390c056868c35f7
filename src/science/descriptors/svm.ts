import type { Random } from '../../base/random.ts';
import { solveBinary, type SolverOptions, decisionValue } from './dual-coordinate-descent.ts';

export const SVM_DEFAULTS: SolverOptions = { cost: 1, tolerance: 0.01, maxPasses: 1000 };

/** A linear classifier of features as they are: what training did to them is part of the weights. */
export interface Svm {
  readonly classes: number;
  readonly dimensions: number;
  /** Shape [classes, dimensions]. */
  readonly weights: Float32Array;
  /** Shape [classes]. */
  readonly biases: Float32Array;
}

export interface TrainedSvm extends Svm {
  /** The class that each training picture is taken for, the lower number where two are equal: shape [n]. */
  readonly found: Uint8Array;
  /** How the problem of each class ended. */
  readonly problems: readonly { readonly passes: number; readonly converged: boolean }[];
}

/** Means and, for features that vary, the reciprocal of the standard deviation (0 for those that do not). */
function standardisation(features: Float32Array, count: number): { means: Float64Array; scales: Float64Array } {
  const dimensions = features.length / count;
  // Picture by picture, as the features lie in memory: feature by feature is many times as slow.
  const sums = new Float64Array(dimensions);
  for (let start = 0; start < features.length; start += dimensions) {
    for (let k = 0; k < dimensions; k++) sums[k] = (sums[k] as number) + (features[start + k] as number);
  }
  const means = sums.map((sum) => sum / count);
  const squares = new Float64Array(dimensions);
  for (let start = 0; start < features.length; start += dimensions) {
    for (let k = 0; k < dimensions; k++) {
      squares[k] = (squares[k] as number) + ((features[start + k] as number) - (means[k] as number)) ** 2;
    }
  }
  const scales = squares.map((sum, k) => {
    const deviation = Math.sqrt(sum / count);
    // The mean of equal numbers may be off by rounding: what varies by less than float32 can show does not vary.
    return deviation > 1e-7 * Math.abs(means[k] as number) ? 1 / deviation : 0;
  });
  return { means, scales };
}

function standardise(features: Float32Array, means: Float64Array, scales: Float64Array): void {
  const dimensions = means.length;
  for (let start = 0; start < features.length; start += dimensions) {
    for (let k = 0; k < dimensions; k++) {
      features[start + k] = ((features[start + k] as number) - (means[k] as number)) * (scales[k] as number);
    }
  }
}

function checkTraining(features: Float32Array, labels: ArrayLike<number>, classes: number, cost: number): void {
  const count = labels.length;
  if (count === 0) throw new RangeError('expected pictures to train an SVM on, found none');
  if (features.length === 0 || features.length % count !== 0) {
    throw new RangeError(
      `expected equally many features for each of ${count} labels, found ${features.length} numbers`,
    );
  }
  const wrong = Array.from(labels).find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong !== undefined) throw new RangeError(`expected classes from 0 to ${classes - 1}, found ${wrong}`);
  if (!features.every(Number.isFinite)) throw new RangeError('expected finite features, found one that is not');
  if (!(cost > 0)) throw new RangeError(`expected a cost C above 0, found ${cost}`);
}

/**
 * Trains a linear SVM for each class against all others (`solveBinary`) on features that are standardised first: mean 0
 * and standard deviation 1 over the training pictures; those that do not vary get the weight 0. A class that no picture
 * shows loses against all others nearly everywhere.
 *
 * @param features shape [n, dimensions]; afterwards standardised: there may be no memory for a copy
 * @param labels class numbers in [0, classes), shape [n]
 * @throws RangeError for training data or a cost that make no problem
 */
export function trainSvm(
  features: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  options: SolverOptions,
  random: Random,
): TrainedSvm {
  checkTraining(features, labels, classes, options.cost);
  const count = labels.length;
  const dimensions = features.length / count;
  const { means, scales } = standardisation(features, count);
  standardise(features, means, scales);
  const weights = new Float32Array(classes * dimensions);
  const biases = new Float32Array(classes);
  const found = new Uint8Array(count);
  const highest = new Float64Array(count).fill(-Infinity);
  const problems = [];
  for (let label = 0; label < classes; label++) {
    const signs = Int8Array.from(labels, (own) => (own === label ? 1 : -1));
    const solution = solveBinary({ points: features, signs }, options, random.fork(label));
    let bias = solution.weights[dimensions] as number;
    for (let k = 0; k < dimensions; k++) {
      const weight = (solution.weights[k] as number) * (scales[k] as number);
      weights[label * dimensions + k] = weight;
      bias -= weight * (means[k] as number);
    }
    biases[label] = bias;
    for (let i = 0; i < count; i++) {
      const value = decisionValue(solution.weights, features, i * dimensions);
      if (value <= (highest[i] as number)) continue;
      highest[i] = value;
      found[i] = label;
    }
    problems.push({ passes: solution.passes, converged: solution.converged });
  }
  return { classes, dimensions, weights, biases, found, problems };
}

/**
 * The signed distance, in margins, of each picture to each class's border, shape [n, classes]: logits in the sense that
 * the largest wins, but no logarithms of probabilities.
 *
 * @param features shape [n, dimensions]
 * @throws RangeError where the features are not a whole number of pictures
 */
export function svmScores(svm: Svm, features: Float32Array): Float32Array {
  const { classes, dimensions, weights, biases } = svm;
  const count = features.length / dimensions;
  if (!Number.isInteger(count)) {
    throw new RangeError(`expected ${dimensions} features a picture, found ${features.length} numbers`);
  }
  const scores = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    for (let label = 0; label < classes; label++) {
      let sum = biases[label] as number;
      for (let k = 0; k < dimensions; k++) {
        sum += (weights[label * dimensions + k] as number) * (features[i * dimensions + k] as number);
      }
      scores[i * classes + label] = sum;
    }
  }
  return scores;
}

/** The class with the highest score of each picture, the lower number where two are equal: shape [n]. Throws as `svmScores`. */
export function predict(svm: Svm, features: Float32Array): Uint8Array {
  const scores = svmScores(svm, features);
  return Uint8Array.from({ length: scores.length / svm.classes }, (_, i) => {
    const own = scores.subarray(i * svm.classes, (i + 1) * svm.classes);
    return own.reduce((best, score, label) => (score > (own[best] as number) ? label : best), 0);
  });
}
