import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { pullBack, record } from '../../src/compute/tape.ts';

export const valueOf = (compute: () => tf.Scalar): number => tf.tidy(() => compute().dataSync()[0]!);

export function close(actual: number, expected: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}

/** The gradient on the tape, flat. */
export function gradientOf(x: number[], shape: [number, number], energy: (x: tf.Tensor2D) => tf.Scalar): number[] {
  return tf.tidy(() =>
    record(() => {
      const input = tf.tensor2d(x, shape);
      return [...pullBack(energy(input), [input])[0]!.dataSync()];
    }),
  );
}

/** Central differences, number by number. */
export function differencesOf(x: number[], shape: [number, number], energy: (x: tf.Tensor2D) => tf.Scalar): number[] {
  const step = 1e-2;
  return x.map((_, index) => {
    const at = (shift: number) =>
      valueOf(() =>
        energy(
          tf.tensor2d(
            x.map((value, i) => (i === index ? value + shift : value)),
            shape,
          ),
        ),
      );
    return (at(step) - at(-step)) / (2 * step);
  });
}

/** Compares the gradient with central differences. */
export function assertSlope(x: number[], shape: [number, number], energy: (x: tf.Tensor2D) => tf.Scalar): void {
  const expected = differencesOf(x, shape, energy);
  gradientOf(x, shape, energy).forEach((slope, index) => close(slope, expected[index]!, 1e-3));
}
