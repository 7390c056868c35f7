import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values forwards; backwards the gradient times -`factor` (Ganin and Lempitsky 2015): what lies before this
 * point learns to raise the loss that what lies behind it learns to lower.
 */
export function reverseGradient<T extends tf.Tensor>(x: T, factor: number): T {
  const reverse = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy) => tf.mul(dy, -factor),
  }));
  return reverse(x) as T;
}
