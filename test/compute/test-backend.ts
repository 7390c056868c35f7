import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';
import { adamRates, adamUpdate } from '../../src/compute/ops.ts';

/** What networks are tested on: the reference, or what TEST_BACKEND names. */
export const TEST_BACKEND = process.env['TEST_BACKEND'] === 'node' ? 'node' : 'wasm';

/** Makes the backend ready that tests of networks run on. */
export async function useTestBackend(): Promise<void> {
  await loadBackend(TEST_BACKEND);
  if (TEST_BACKEND === 'node') makeUpdates();
}

/** The native backend keeps the numbers of updates as tensors for all later ones. */
export function makeUpdates(): void {
  for (const beta2 of [0.99, 0.999]) {
    tf.tidy(() => {
      const [variable, m, v] = [0, 0, 0].map((value) => tf.variable(tf.scalar(value))) as [tf.Variable, tf.Variable, tf.Variable]; // prettier-ignore
      const betas = { beta1: 0.9, beta2 };
      const attributes = { ...betas, epsilon: 1e-8, weightDecay: 0, rates: () => adamRates(1, betas, 1) };
      adamUpdate(variable, tf.scalar(1), { m, v }, attributes);
      tf.dispose([variable, m, v]);
    });
  }
}

/** Checks that no tensors have been added since there were so many. */
export function assertNoMoreTensors(before: number): void {
  // The native backend keeps the rates of the latest update: two of Adam, one of momentum.
  const allowed = TEST_BACKEND === 'node' ? 1 : 0;
  const more = tf.memory().numTensors - before;
  assert.ok(Math.abs(more) <= allowed, `${more} tensors are left`);
}

/** Checks numbers against those of another way to compute the same: the same bits on the reference. */
export function assertSameNumbers(found: readonly number[][], expected: readonly number[][]): void {
  if (TEST_BACKEND === 'wasm') {
    assert.deepEqual(found, expected);
    return;
  }
  // TensorFlow joins operations of a graph, which rounds other intermediate values.
  const [a, b] = [found.flat(), expected.flat()];
  assert.equal(a.length, b.length);
  a.forEach((value, index) => assert.ok(Math.abs(value - b[index]!) < 1e-6 * Math.max(1, Math.abs(b[index]!))));
}
