import * as tf from '@tensorflow/tfjs-core';
import { discriminatorLoss } from './losses.ts';

/** The terms that our reading of RN+LAF+ADA (G. Hu et al., ECCV 2018) adds to the cross-entropy of Eq. 11. */

/** Mean squared distance of landmark coordinates. Both [batch, 136]. */
export function landmarkEnergy(given: tf.Tensor2D, predicted: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.squaredDifference(given, predicted));
}

/**
 * Cross-entropy of "which corpus is this picture from", mean over each corpus, then their sum.
 *
 * @param wild logits [batch, 1] of pictures in the wild, large where the network is sure that they are
 * @param annotated logits [batch, 1] of the corpus with landmarks
 */
export function domainEnergy(wild: tf.Tensor, annotated: tf.Tensor): tf.Scalar {
  return discriminatorLoss(wild, annotated);
}
