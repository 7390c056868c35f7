import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { pullBack, record, unrecorded } from '../../src/compute/tape.ts';
import '../../src/compute/ops.ts';
import { useTestBackend } from './test-backend.ts';

const numbers = (tensor: tf.Tensor | undefined): number[] => Array.from(tensor!.dataSync());

describe('the tape', () => {
  before(useTestBackend);

  it('pulls several cotangents back through one recording', () => {
    tf.tidy(() =>
      record(() => {
        const x = tf.tensor1d([1, 2]);
        const y = tf.square(x);
        assert.deepEqual(numbers(pullBack(y, [x])[0]), [2, 4]);
        assert.deepEqual(numbers(pullBack(y, [x], tf.tensor1d([10, 1]))[0]), [20, 4]);
        const z = tf.mul(y, 3);
        assert.deepEqual(numbers(pullBack(z, [x])[0]), [6, 12]);
        assert.deepEqual(numbers(pullBack(z, [y])[0]), [3, 3]);
      }),
    );
  });

  it('takes what was computed unrecorded for a constant', () => {
    tf.tidy(() =>
      record(() => {
        const x = tf.tensor1d([3]);
        const fixed = unrecorded(() => tf.square(x));
        assert.deepEqual(numbers(pullBack(tf.mul(fixed, x), [x])[0]), [9]);
        assert.throws(() => pullBack(fixed, [x]), /does not depend on input 0/);
      }),
    );
  });

  it('forgets an inner recording and keeps the outer one', () => {
    tf.tidy(() =>
      record(() => {
        const x = tf.tensor1d([3]);
        const outer = tf.square(x);
        const inner = record(() => {
          const y = tf.square(outer);
          assert.deepEqual(numbers(pullBack(y, [x])[0]), [4 * 27]);
          return y;
        });
        assert.throws(() => pullBack(inner, [outer]), /does not depend/);
        assert.deepEqual(numbers(pullBack(outer, [x])[0]), [6]);
      }),
    );
  });

  it('leaves no tensor behind, not even after an error', () => {
    const before = tf.memory().numTensors;
    const fails = () =>
      tf.tidy(() =>
        record(() => {
          const x = tf.tensor1d([3]);
          const y = tf.exp(tf.square(x));
          pullBack(y, [x]);
          throw new Error('in the middle');
        }),
      );
    assert.throws(fails, /in the middle/);
    assert.equal(tf.memory().numTensors, before);
    // The engine records nothing any more: gradients of its own still work.
    assert.deepEqual(
      tf.tidy(() => numbers(tf.grad((x) => tf.square(x))(tf.tensor1d([5])))),
      [10],
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
