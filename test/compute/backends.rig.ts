import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadBackend } from '../../src/compute/backend.ts';
import { createRandom } from '../../src/base/random.ts';

/** A tensor's shape and values, outside of any backend. */
export interface Plain {
  readonly shape: number[];
  readonly values: Float32Array;
}

/** Random values, the same for the same seed. */
export function randomPlain(shape: number[], seed = 1): Plain {
  const random = createRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => random.normal()) };
}

/** Runs a computation on one backend, checks that it leaves no tensor behind, and returns the results' values. */
export async function on(
  backend: 'cpu' | 'wasm',
  inputs: readonly Plain[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<Plain[]> {
  await loadBackend('wasm');
  tf.env().set('IS_NODE', false); // keeps the plain JavaScript backend from advertising another one
  await tf.setBackend(backend);
  try {
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => {
      const tensors = inputs.map(({ shape, values }) => tf.tensor(values, shape));
      return compute(...tensors).map(
        (result) => ({ shape: result.shape, values: Float32Array.from(result.dataSync()) }) as never,
      );
    }) as unknown as Plain[];
    assert.equal(tf.memory().numTensors, before, `${backend} leaves tensors behind`);
    return results;
  } finally {
    await tf.setBackend('wasm');
  }
}

/** Largest difference, relative to the largest expected value (at least 1). */
export function difference(actual: Plain, expected: Plain): number {
  assert.deepEqual(actual.shape, expected.shape);
  let largest = 0;
  let scale = 1;
  expected.values.forEach((value, index) => {
    largest = Math.max(largest, Math.abs(value - actual.values[index]!));
    scale = Math.max(scale, Math.abs(value));
    if (Number.isNaN(actual.values[index])) largest = Infinity;
  });
  return largest / scale;
}

/** Asserts that our WASM kernels compute what plain JavaScript does. */
export async function assertSameOnBoth(
  inputs: readonly Plain[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
  label = '',
  tolerance = 2e-5,
): Promise<void> {
  const expected = await on('cpu', inputs, compute);
  const actual = await on('wasm', inputs, compute);
  expected.forEach((result, index) => {
    const error = difference(actual[index]!, result);
    assert.ok(error < tolerance, `${label} result ${index} differs by ${error}`);
  });
}

/** Asserts that a gradient is the slope of `loss`, by differences in 40 random directions of one input. */
export function assertIsSlope(
  loss: (x: Float32Array) => number,
  x: Float32Array,
  gradient: Float32Array,
  { step = 1e-2, tolerance = 2e-2, directions = 12, seed = 7 } = {},
): void {
  const random = createRandom(seed);
  for (let direction = 0; direction < directions; direction++) {
    const along = x.map(() => random.normal());
    const length = Math.sqrt(along.reduce((sum, value) => sum + value * value, 0));
    const at = (distance: number): number => loss(x.map((value, index) => value + (distance * along[index]!) / length));
    const measured = (at(step) - at(-step)) / (2 * step);
    const claimed = gradient.reduce((sum, value, index) => sum + (value * along[index]!) / length, 0);
    const error = Math.abs(measured - claimed) / Math.max(1, Math.abs(measured));
    assert.ok(error < tolerance, `slope ${claimed}, measured ${measured}`);
  }
}
