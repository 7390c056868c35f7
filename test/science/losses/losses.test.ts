import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import {
  classificationEnergy,
  contentEnergy,
  discriminatorLoss,
  fakeEnergy,
  foolingEnergy,
  perceptualEnergy,
  realEnergy,
} from '../../../src/science/losses/losses.ts';
import { pullBack, record } from '../../../src/compute/tape.ts';
import { useTestBackend } from '../../compute/test-backend.ts';

const valueOf = (compute: () => tf.Scalar): number => tf.tidy(() => compute().dataSync()[0]!);
const column = (values: number[]) => tf.tensor2d(values, [values.length, 1]);
const close = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

/** Compares the gradient with central differences, number by number. */
function assertSlope(x: number[], shape: [number, number], energy: (x: tf.Tensor2D) => tf.Scalar): void {
  const gradient = tf.tidy(() =>
    record(() => {
      const input = tf.tensor2d(x, shape);
      return pullBack(energy(input), [input])[0]!.dataSync();
    }),
  );
  const step = 1e-2;
  x.forEach((_, index) => {
    const at = (shift: number) =>
      valueOf(() =>
        energy(
          tf.tensor2d(
            x.map((value, i) => (i === index ? value + shift : value)),
            shape,
          ),
        ),
      );
    close(gradient[index]!, (at(step) - at(-step)) / (2 * step), 1e-3);
  });
}

describe('energies', () => {
  before(useTestBackend);

  // sigmoid(0) = 1/2, sigmoid(log 3) = 3/4.
  const LOG_3 = Math.log(3);

  it('of reals and fakes are minus the log of the probability of the right answer', () => {
    close(
      valueOf(() => realEnergy(column([0, LOG_3]))),
      (Math.log(2) + Math.log(4 / 3)) / 2,
    );
    close(
      valueOf(() => fakeEnergy(column([0, LOG_3]))),
      (Math.log(2) + Math.log(4)) / 2,
    );
    close(
      valueOf(() => discriminatorLoss(column([LOG_3]), column([0]))),
      Math.log(4 / 3) + Math.log(2),
    );
  });

  it('of fooling fall when the discriminator takes a fake for real, in both forms', () => {
    close(
      valueOf(() => foolingEnergy(column([LOG_3]), 'saturating')),
      Math.log(1 / 4),
    );
    close(
      valueOf(() => foolingEnergy(column([LOG_3]), 'non-saturating')),
      -Math.log(3 / 4),
    );
    for (const form of ['saturating', 'non-saturating'] as const) {
      const [taken, seenThrough] = [2, -2].map((logit) => valueOf(() => foolingEnergy(column([logit]), form)));
      assert.ok(taken! < seenThrough!, form);
    }
  });

  it('stay finite and keep their gradient where a discriminator is sure', () => {
    close(
      valueOf(() => fakeEnergy(column([80]))),
      80,
    );
    close(
      valueOf(() => realEnergy(column([-80]))),
      80,
    );
    close(
      valueOf(() => foolingEnergy(column([-80]), 'non-saturating')),
      80,
    );
    const slope = tf.tidy(() =>
      record(() => {
        const logits = column([-80]);
        return pullBack(foolingEnergy(logits, 'non-saturating'), [logits])[0]!.dataSync()[0]!;
      }),
    );
    close(slope, -1);
  });

  it('of classification are the cross-entropy with the true class', () => {
    // Softmax of [log 1, log 2, log 5] is [1/8, 1/4, 5/8]; of three zeros a third each.
    const logits = () => tf.tensor2d([0, Math.log(2), Math.log(5), 0, 0, 0], [2, 3]);
    const truth = () => tf.tensor2d([0, 1, 0, 0, 0, 1], [2, 3]);
    close(
      valueOf(() => classificationEnergy(logits(), truth())),
      (Math.log(4) + Math.log(3)) / 2,
    );
    close(
      valueOf(() => classificationEnergy(tf.tensor2d([[200, 0]]), tf.tensor2d([[0, 1]]))),
      200,
    );
  });

  it('of content and perception are the squared distance, per number or per picture', () => {
    const real = () => tf.tensor4d([1, 2, 3, 4, 0, 0, 0, 0], [2, 2, 2, 1]);
    const fake = () => tf.tensor4d([1, 0, 3, 4, 0, 0, 3, 0], [2, 2, 2, 1]);
    for (const energy of [contentEnergy, perceptualEnergy]) {
      close(
        valueOf(() => energy(real(), fake(), 'mean')),
        (4 + 9) / 8,
      );
      close(
        valueOf(() => energy(real(), fake(), 'sum')),
        (4 + 9) / 2,
      );
    }
  });

  it('have the slopes that finite differences show', () => {
    const logits = [-1.5, -0.2, 0.3, 2];
    assertSlope(logits, [4, 1], realEnergy);
    assertSlope(logits, [4, 1], fakeEnergy);
    assertSlope(logits, [4, 1], (x) => foolingEnergy(x, 'saturating'));
    assertSlope(logits, [4, 1], (x) => foolingEnergy(x, 'non-saturating'));
    assertSlope([0.5, -1, 2, 0, 0.1, -0.3], [2, 3], (x) =>
      classificationEnergy(x, tf.tensor2d([0, 1, 0, 0, 0, 1], [2, 3])),
    );
    for (const energy of [contentEnergy, perceptualEnergy]) {
      for (const reduction of ['mean', 'sum'] as const) {
        assertSlope(logits, [4, 1], (x) =>
          energy(tf.ones<tf.Rank.R4>([2, 2, 1, 1]), tf.reshape(x, [2, 2, 1, 1]), reduction),
        );
      }
    }
    // Eq. 4: each side moves only its own term.
    assertSlope(logits, [4, 1], (x) => discriminatorLoss(x, column([0.4, -1])));
    assertSlope(logits, [4, 1], (x) => discriminatorLoss(column([0.4, -1]), x));
  });
});
