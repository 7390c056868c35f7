import * as tf from '@tensorflow/tfjs-core';
import { createSteps, perStepTensor, PLAIN_STEPS } from '../../compute/steps.ts';
import type { Extractor } from '../models/base-net.ts';
import type { DeepFeatures, MethodShape } from './method.ts';

export const INFERENCE = { training: false } as const;

/** Pictures to a pass: enough to keep the backend busy, few enough for any memory. */
const BATCH = 32;

/** Passes that are not worth making a program of. */
const FEW = 8;

/**
 * Runs pictures through a network and gathers what comes out.
 *
 * @param images [n, size, size, channels] in [-1, 1], of the size the networks were built for
 * @returns the results in the order of the pictures, flat
 * @throws RangeError where the numbers do not make whole pictures
 */
export function inBatches(
  images: Float32Array,
  { channels, options }: Pick<MethodShape, 'channels' | 'options'>,
  compute: (batch: tf.Tensor4D) => tf.Tensor,
): Float32Array {
  const size = options.augment.crop;
  const pixels = size * size * channels;
  if (images.length % pixels !== 0) {
    throw new RangeError(
      `expected whole pictures of ${size} x ${size} x ${channels} = ${pixels} numbers, found ${images.length} numbers`,
    );
  }
  const count = images.length / pixels;
  let result = new Float32Array(0);
  let start = 0;
  /** Results of the `batch` pictures from `start` on. */
  const pass = (batch: number): tf.Tensor =>
    tf.tidy(() => {
      const input = perStepTensor<tf.Rank.R4>(
        () => images.subarray(start * pixels, (start + batch) * pixels),
        [batch, size, size, channels],
      );
      return compute(input);
    });
  const steps = count < FEW * BATCH ? PLAIN_STEPS : createSteps();
  try {
    for (; start < count; start += BATCH) {
      const batch = Math.min(BATCH, count - start);
      const found = batch === BATCH ? steps.run(() => pass(batch)) : pass(batch);
      const values = found.dataSync<'float32'>();
      found.dispose();
      const each = values.length / batch;
      if (start === 0) result = new Float32Array(count * each);
      result.set(values, start * each);
    }
  } finally {
    steps.dispose();
  }
  return result;
}

/** F_exp and feature maps of pictures, in one pass. Throws as `inBatches` does. */
export function featuresInBatches(
  images: Float32Array,
  shape: Pick<MethodShape, 'channels' | 'options'>,
  network: Extractor,
): DeepFeatures {
  let rowLength = 0;
  const rows = inBatches(images, shape, (batch) => {
    const { expression, featureMap } = network.extract(batch, INFERENCE);
    const row = tf.concat([expression, tf.reshape(featureMap, [batch.shape[0], -1])], 1);
    rowLength = row.shape[1] ?? 0;
    return row;
  });
  const count = rowLength === 0 ? 0 : rows.length / rowLength;
  const expression = new Float32Array(count * network.expressionSize);
  const featureMap = new Float32Array(rows.length - expression.length);
  for (let row = 0; row < count; row++) {
    const own = rows.subarray(row * rowLength, (row + 1) * rowLength);
    expression.set(own.subarray(0, network.expressionSize), row * network.expressionSize);
    featureMap.set(own.subarray(network.expressionSize), row * (rowLength - network.expressionSize));
  }
  return { expression, featureMap };
}
