import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { assertIsSlope, assertSameOnBoth, on, randomPlain } from './backends.rig.ts';
import { cases, inputsOf, weighted } from './gradient-cases.ts';

describe('gradients', () => {
  for (const example of cases) {
    const inputs = inputsOf(example);
    const gradients = (...tensors: tf.Tensor[]): tf.Tensor[] =>
      tf.grads((...xs: tf.Tensor[]) => weighted(example.compute(...xs)))(tensors);

    it(`of ${example.name} are its slopes`, async () => {
      const claimed = await on('wasm', inputs, gradients);
      inputs.forEach((input, index) => {
        const loss = (values: Float32Array): number =>
          tf.tidy(() => {
            const tensors = inputs.map((other, position) =>
              tf.tensor(position === index ? values : other.values, other.shape),
            );
            return weighted(example.compute(...tensors)).dataSync()[0]!;
          });
        assertIsSlope(loss, input.values, claimed[index]!.values);
      });
    });

    it(`of ${example.name} and its value are those of plain JavaScript`, () =>
      assertSameOnBoth(inputs, (...tensors) => [example.compute(...tensors), ...gradients(...tensors)]));
  }

  it('of an average over a window at the border are its slopes: only pixels inside count', async () => {
    const input = randomPlain([1, 5, 6, 2]);
    const loss = (x: tf.Tensor): tf.Scalar => weighted(tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'));
    const [claimed] = await on('wasm', [input], (x) => [tf.grad(loss)(x)]);
    const measure = (values: Float32Array): number =>
      tf.tidy(() => loss(tf.tensor(values, input.shape)).dataSync()[0]!);
    assertIsSlope(measure, input.values, claimed!.values);
  });

  it('of a maximum that occurs twice go to the first place', async () => {
    const input = { shape: [1, 2, 2, 1], values: Float32Array.of(3, 5, 5, 1) };
    const [gradient] = await on('wasm', [input], (x) => [
      tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(x),
    ]);
    assert.deepEqual([...gradient!.values], [0, 1, 0, 0]);
  });

  it('are missing with a clear message for an operation outside our list', async () => {
    await assert.rejects(
      on('wasm', [randomPlain([3])], (x) => [tf.grad((x: tf.Tensor) => tf.sum(tf.atan(x)))(x)]),
      /gradient function not found for Atan/,
    );
  });
});
