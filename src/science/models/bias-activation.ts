import * as tf from '@tensorflow/tfjs-core';
import { activate } from './layers.ts';

/**
 * activation(x + bias) with one gradient, for sums that no convolution closes.
 *
 * @param x [batch, height, width, channels]
 * @param bias [channels]
 */
export function biasActivation(x: tf.Tensor4D, bias: tf.Tensor1D, activation: 'linear' | 'relu'): tf.Tensor4D {
  return activate(tf.add<tf.Tensor4D>(x, bias), activation);
}
