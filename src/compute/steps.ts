import * as tf from '@tensorflow/tfjs-core';

/** Runs the steps of one training, or of anything else that computes the same again and again. */
export interface Steps {
  /**
   * Runs one step. Steps do not nest.
   *
   * A backend may trace the first steps and replay them from then on without calling `body`: it must compute the same
   * in every step, but for what it asks `perStep` and `perStepTensor` for, and for the variables that it changes.
   *
   * @returns what `body` returns: a tensor that lives until it is disposed
   */
  run<T extends tf.Tensor>(body: () => T): T;
  dispose(): void;
}

/** One operation after the other. */
export const PLAIN_STEPS: Steps = { run: (body) => body(), dispose: () => undefined };

let create = (): Steps => PLAIN_STEPS;

/** For the steps of one training. On most backends they just run. */
export function createSteps(): Steps {
  return create();
}

/**
 * To be called by the backend that has a faster way.
 *
 * @returns what was set before
 */
export function setSteps(faster: () => Steps): () => Steps {
  const before = create;
  create = faster;
  return before;
}

/** Notes what a step that is being traced asks for. */
export interface Tracer {
  /** To be called again in each replayed step, in the order of the trace. */
  eachStep(run: () => void): void;
  /** The tensor that is filled with these values in each replayed step. */
  input(tensor: tf.Tensor, read: () => Float32Array): void;
}

let tracer: Tracer | null = null;

/** Runs `body` as the step that is traced. */
export function traced<T>(by: Tracer, body: () => T): T {
  tracer = by;
  try {
    return body();
  } finally {
    tracer = null;
  }
}

/**
 * Declares what differs from step to step: `read` is called now, and again in every replayed step.
 *
 * @returns the value of the current step. Code that is itself called in each step only (another `perStep`, a rate) may
 *   ask for it; what the body computes from it once would be that of the traced step for ever
 */
export function perStep<T>(read: () => T): () => T {
  let latest = read();
  tracer?.eachStep(() => {
    latest = read();
  });
  return () => latest;
}

/**
 * A float tensor whose values differ from step to step. It belongs to the current `tf.tidy`.
 *
 * @param read gives as many values as `shape` holds, in every step
 */
export function perStepTensor<R extends tf.Rank>(read: () => Float32Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const tensor = tf.tensor<R>(read(), shape, 'float32');
  tracer?.input(tensor, read);
  return tensor;
}
