import * as tf from '@tensorflow/tfjs-core';
import type { MethodShape } from './method.ts';

export const INFERENCE = { training: false } as const;

/** Pictures to a pass: enough to keep the backend busy, few enough for any memory. */
const BATCH = 32;

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
  for (let start = 0; start < count; start += BATCH) {
    const batch = Math.min(BATCH, count - start);
    const values = tf.tidy(() => {
      const input = tf.tensor4d(images.subarray(start * pixels, (start + batch) * pixels), [
        batch,
        size,
        size,
        channels,
      ]);
      return compute(input).dataSync<'float32'>();
    });
    const each = values.length / batch;
    if (start === 0) result = new Float32Array(count * each);
    result.set(values, start * each);
  }
  return result;
}
