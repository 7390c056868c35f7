import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { reverseGradient } from '../../src/compute/gradient-reversal.ts';
import { pullBack, record } from '../../src/compute/tape.ts';
import { useTestBackend } from './test-backend.ts';
import { assertSlope, close, differencesOf, gradientOf } from './slope.ts';

describe('gradient reversal', () => {
  before(useTestBackend);

  const x = [0.3, -0.7, 1.1, 0.2];
  const weights = [0.5, -1.5];
  /** What lies behind the reversal: a nonlinear function of x and the weights. */
  const energy = (features: tf.Tensor2D, behind: tf.Tensor2D): tf.Scalar =>
    tf.mean(tf.softplus(tf.matMul(tf.square(features), behind)));
  const constant = (values: number[]) => tf.tensor2d(values, [2, values.length / 2]);

  it('changes no value', () => {
    const found = tf.tidy(() => [...reverseGradient(tf.tensor2d(x, [2, 2]), 0.3).dataSync()]);
    found.forEach((value, index) => close(value, x[index]!));
  });

  it('gives what lies before it minus the factor times the slope', () => {
    const slopes = differencesOf(x, [2, 2], (features) => energy(features, constant(weights)));
    const reversed = gradientOf(x, [2, 2], (features) => energy(reverseGradient(features, 0.3), constant(weights)));
    reversed.forEach((slope, index) => close(slope, -0.3 * slopes[index]!, 1e-3));
  });

  it('leaves the slope of what lies behind it as it is', () => {
    assertSlope(weights, [2, 1], (behind) => energy(reverseGradient(constant(x), 0.3), behind));
  });

  it('turns one way of two only', () => {
    // d/dx (x^2 + reversed x^2) = 2x - 2x f
    const found = gradientOf(x, [2, 2], (features) =>
      tf.sum(tf.add(tf.square(features), tf.square(reverseGradient(features, 0.25)))),
    );
    found.forEach((slope, index) => close(slope, 1.5 * x[index]!, 1e-5));
  });

  it('keeps nothing', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() =>
      record(() => {
        const input = tf.tensor2d(x, [2, 2]);
        return pullBack(tf.sum(reverseGradient(input, 1)), [input])[0]!.dataSync();
      }),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
