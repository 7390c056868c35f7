import * as tf from '@tensorflow/tfjs-core';
import { classificationEnergy } from './losses.ts';

/**
 * The terms of SCN (K. Wang et al., "Suppressing Uncertainties for Large-Scale Facial Expression Recognition", CVPR
 * 2020), one function a term. Each picture has an importance in (0, 1); uncertain ones should end up with a low one.
 */

/**
 * Their Eq. 2: cross-entropy of the logits times the picture's importance, mean over the batch.
 *
 * @param logits [batch, classes]
 * @param importance [batch, 1]
 * @param oneHot [batch, classes]
 */
export function weightedClassificationEnergy(
  logits: tf.Tensor2D,
  importance: tf.Tensor2D,
  oneHot: tf.Tensor2D,
): tf.Scalar {
  return classificationEnergy(tf.mul<tf.Tensor2D>(logits, importance), oneHot);
}

/**
 * Which pictures of a batch belong to the group of low importance: all but the `highShare` with the highest. Each
 * group has at least one picture; of equal importances the earlier picture counts as the higher.
 *
 * @throws RangeError for fewer than two pictures: there is nothing to rank
 */
export function lowImportance(importance: ArrayLike<number>, highShare: number): boolean[] {
  const count = importance.length;
  if (count < 2) throw new RangeError(`importance is ranked in batches of at least 2 pictures, not ${count}`);
  const high = Math.min(count - 1, Math.max(1, Math.floor(highShare * count)));
  const ranked = Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (importance[b] ?? 0) - (importance[a] ?? 0) || a - b,
  );
  const low = new Set(ranked.slice(high));
  return Array.from({ length: count }, (_, row) => low.has(row));
}

/**
 * Their Eq. 3, rank regularisation: max(0, margin - (mean importance of the high group - that of the low one)).
 *
 * @param importance [batch, 1]
 * @param low what `lowImportance` says of the batch
 */
export function rankEnergy(importance: tf.Tensor2D, low: readonly boolean[], margin: number): tf.Scalar {
  const lows = low.filter(Boolean).length;
  const signs = low.map((isLow) => (isLow ? -1 / lows : 1 / (low.length - lows)));
  const distance = tf.sum(tf.mul(importance, tf.tensor2d(signs, [signs.length, 1])));
  return tf.relu(tf.sub<tf.Scalar>(margin, distance));
}

/**
 * Their Eq. 4: a picture of low importance gets the class that the network finds likeliest, where this one's
 * probability is larger than that of the given class by more than `margin`.
 *
 * @param probabilities [batch, classes], flat
 * @returns the new labels, shape [batch]
 */
export function relabelled(
  probabilities: ArrayLike<number>,
  labels: Int32Array,
  low: readonly boolean[],
  margin: number,
): Int32Array {
  const classes = probabilities.length / labels.length;
  return labels.map((label, row) => {
    if (low[row] !== true) return label;
    const of = (index: number): number => probabilities[row * classes + index] ?? 0;
    let likeliest = 0;
    for (let index = 1; index < classes; index++) if (of(index) > of(likeliest)) likeliest = index;
    return of(likeliest) - of(label) > margin ? likeliest : label;
  });
}
