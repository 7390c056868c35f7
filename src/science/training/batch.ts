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

/**
 * Makes the next batch; its tensors belong to the current `tf.tidy`. One that can say how far it has come, and go on
 * from there, lets a training that was ended in the middle be continued.
 */
export interface Feed<Batch> {
  (): Batch;
  /** Fit for JSON. */
  readonly state: () => unknown;
  /** Goes on where `state` was taken. */
  readonly restore: (state: unknown) => void;
}

/** A source of batches that may or may not be a `Feed`. */
export type NextBatch<Batch> = (() => Batch) | Feed<Batch>;

export function isFeed<Batch>(nextBatch: NextBatch<Batch>): nextBatch is Feed<Batch> {
  return 'state' in nextBatch && 'restore' in nextBatch;
}

/** A feed of something else, made from each batch of a feed. */
export function mapFeed<From, To>(feed: Feed<From>, make: (batch: From) => To): Feed<To> {
  return Object.assign(() => make(feed()), { state: feed.state, restore: feed.restore });
}
