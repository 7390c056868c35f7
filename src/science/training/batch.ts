import type * as tf from '@tensorflow/tfjs-core';

/** Pictures on the backend with their classes. */
export interface ImageTensors {
  /** [batch, size, size, channels] in [-1, 1]. */
  readonly images: tf.Tensor4D;
  /** [batch, classes]. */
  readonly oneHot: tf.Tensor2D;
}

/** A batch of weak-peak pairs on the backend. Both pictures of a pair share crop and flip. */
export interface PairTensors {
  /** X^weak, [batch, size, size, channels] in [-1, 1]. */
  readonly weak: tf.Tensor4D;
  /** X^peak of the same sequences, in the order of `weak`. */
  readonly peak: tf.Tensor4D;
  /** X_real for D: of each pair its weak or its peak picture, at random. */
  readonly real: tf.Tensor4D;
  /** [batch, classes]. */
  readonly oneHot: tf.Tensor2D;
}
