import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { adamRates, adamUpdate, momentumUpdate } from '../../src/compute/ops.ts';
import { overhear } from './overhear.ts';
import { createSteps, perStep, perStepTensor, PLAIN_STEPS, type Steps } from '../../src/compute/steps.ts';
import { assertNoMoreTensors, assertSameNumbers, TEST_BACKEND, useTestBackend } from './test-backend.ts';

/** The values that each of `count` steps gives. */
function results(steps: Steps, count: number, body: () => tf.Tensor): number[][] {
  return Array.from({ length: count }, () => {
    const result = steps.run(() => tf.tidy(body));
    const values = [...result.dataSync()];
    result.dispose();
    return values;
  });
}

function variable(...values: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d(values)));
}

describe('replayed steps', () => {
  before(useTestBackend);
  let leftOver = 0;
  beforeEach(() => {
    leftOver = tf.memory().numTensors;
  });
  afterEach(() => assertNoMoreTensors(leftOver));

  /** Runs the same steps plainly and replayed; the bodies count their calls. */
  function both(count: number, open: () => { body: () => tf.Tensor; close?: () => void }) {
    const run = (steps: Steps) => {
      const { body, close } = open();
      let calls = 0;
      const values = results(steps, count, () => {
        calls += 1;
        return body();
      });
      steps.dispose();
      close?.();
      return { values, calls };
    };
    return { plain: run(PLAIN_STEPS), replayed: run(createSteps()) };
  }

  it('give what plain steps give, without the body being called', () => {
    const { plain, replayed } = both(6, () => {
      let at = 0;
      return {
        body: () => {
          const x = perStepTensor<tf.Rank.R2>(() => Float32Array.of(++at, 2, 3 * at, 4), [2, 2]);
          return tf.sum(tf.softmax(tf.matMul(x, tf.tensor2d([1, 0.5, 0.25, -1], [2, 2]))), 0);
        },
      };
    });
    assertSameNumbers(replayed.values, plain.values);
    assert.equal(plain.calls, 6);
    assert.equal(replayed.calls, 2);
  });

  it('move variables, in place and by assignment, and ask for rates in every step', () => {
    const { plain, replayed } = both(8, () => {
      const [w, m, v] = [variable(1, 2, 3), variable(0, 0, 0), variable(0, 0, 0)];
      const [average, u, velocity] = [variable(9, 9, 9), variable(5, 6, 7), variable(0, 0, 0)];
      const betas = { beta1: 0.9, beta2: 0.99 };
      let step = 0;
      return {
        body: () => {
          const rates = perStep(() => adamRates(1 / ++step, betas, step));
          const gradient = tf.mul(w, 2);
          adamUpdate(w, gradient, { m, v }, { ...betas, epsilon: 1e-8, weightDecay: 0.1, rates });
          momentumUpdate(u, gradient, velocity, {
            learningRate: () => rates().stepSize,
            momentum: 0.9,
            weightDecay: 0,
          });
          average.assign(tf.add(tf.mul(average, 0.9), tf.mul(w, 0.1)));
          return tf.concat([w, u, average]);
        },
        close: () => tf.dispose([w, m, v, average, u, velocity]),
      };
    });
    assertSameNumbers(replayed.values, plain.values);
    assert.equal(replayed.calls, 2);
  });

  it('leave snapshots of variables alone, and go on from values that are set in between', () => {
    const w = variable(1, 2);
    const velocity = variable(0, 0);
    const steps = createSteps();
    const body = () => {
      momentumUpdate(w, tf.ones([2]), velocity, { learningRate: () => 0.5, momentum: 0, weightDecay: 0 });
      return tf.mul(w, 1);
    };
    assert.deepEqual(results(steps, 3, body), [
      [0.5, 1.5],
      [0, 1],
      [-0.5, 0.5],
    ]);
    const snapshot = tf.clone(w);
    assert.deepEqual(results(steps, 2, body), [
      [-1, 0],
      [-1.5, -0.5],
    ]);
    assert.deepEqual([...snapshot.dataSync()], [-0.5, 0.5]);
    tf.tidy(() => {
      w.assign(tf.tensor1d([10, 20]));
    });
    assert.deepEqual(results(steps, 1, body), [[9.5, 19.5]]);
    assert.deepEqual([...w.dataSync()], [9.5, 19.5]);
    steps.dispose();
    tf.dispose([w, velocity, snapshot]);
  });

  it('stay right while the memory of the backend grows and moves its views', () => {
    const w = variable(0, 0, 0, 0);
    const velocity = variable(0, 0, 0, 0);
    const steps = createSteps();
    const held: tf.Tensor[] = [];
    let step = 1;
    for (; step <= 6; step++) {
      const result = steps.run(() =>
        tf.tidy(() => {
          const x = perStepTensor<tf.Rank.R1>(() => Float32Array.of(step, step, step, step), [4]);
          momentumUpdate(w, x, velocity, { learningRate: () => 1, momentum: 0, weightDecay: 0 });
          return tf.mean(tf.stack([w, x]));
        }),
      );
      assert.deepEqual([...w.dataSync()], new Array(4).fill(-(step * (step + 1)) / 2));
      assert.deepEqual([...result.dataSync()], [(-(step * (step + 1)) / 2 + step) / 2]);
      held.push(result, tf.zeros([4 * 1024 * 1024]));
    }
    steps.dispose();
    tf.dispose([w, velocity, ...held]);
  });

  it('go on plainly where a body reads values, and say so once', () => {
    let plain: number[][] = [];
    const text = overhear(() => {
      const steps = createSteps();
      let at = 0;
      const double = () => tf.scalar(2 * perStepTensor<tf.Rank.R1>(() => Float32Array.of(++at), [1]).dataSync()[0]!);
      plain = results(steps, 4, double);
      steps.dispose();
    });
    assert.deepEqual(plain, [[2], [4], [6], [8]]);
    if (TEST_BACKEND === 'wasm')
      assert.match(text, /^Steps run operation by operation, which takes longer: they read values in the middle\.\n$/);
  });

  for (const [what, body, reason] of [
    [
      'values that nobody declared',
      (at: number) => tf.add(tf.scalar(at), 1),
      /differ in values that they do not declare/,
    ],
    [
      'other work',
      (at: number) => (at % 2 === 0 ? tf.square(tf.scalar(3)) : tf.neg(tf.scalar(3))),
      /differ in what they do/,
    ],
    ['text', () => (tf.tensor1d(['a']), tf.scalar(1)), /make text/],
    ['other numbers than floats', () => tf.scalar(1, 'int32'), /give int32/],
  ] as const) {
    it(`go on plainly where steps have ${what}`, () => {
      const expected = Array.from({ length: 7 }, (_, at) => tf.tidy(() => [...body(at).dataSync()]));
      let values: number[][] = [];
      const text = overhear(() => {
        let at = 0;
        const steps = createSteps();
        values = results(steps, 7, () => body(at++));
        steps.dispose();
      });
      // The native backend runs a graph as well where it cannot replay it.
      if (TEST_BACKEND === 'wasm') assert.match(text, reason);
      assert.deepEqual(values, expected);
    });
  }

  it('pass an error on, and replay the steps after it', () => {
    const steps = createSteps();
    let at = 0;
    const body = () => {
      at += 1;
      if (at === 2) throw new Error('bad luck');
      return tf.square(perStepTensor<tf.Rank.R1>(() => Float32Array.of(3), [1]));
    };
    assert.deepEqual(results(steps, 1, body), [[9]]);
    assert.throws(() => results(steps, 1, body), /bad luck/);
    assert.deepEqual(results(steps, 4, body), [[9], [9], [9], [9]]);
    assert.equal(at, 3);
    steps.dispose();
  });

  it('are traced again when a variable is gone', () => {
    let w = variable(2);
    const steps = createSteps();
    const body = () => tf.square(w);
    assert.deepEqual(results(steps, 4, body), [[4], [4], [4], [4]]);
    w.dispose();
    w = variable(3);
    assert.deepEqual(results(steps, 4, body), [[9], [9], [9], [9]]);
    w.dispose();
    steps.dispose();
  });

  it('refuse a batch of another size with a message', () => {
    const steps = createSteps();
    let size = 2;
    const body = () => tf.square(perStepTensor<tf.Rank.R1>(() => new Float32Array(size), [2]));
    results(steps, 3, body);
    size = 3;
    assert.throws(() => steps.run(() => tf.tidy(body)), /a step was given 3 numbers where it began with 2/);
    steps.dispose();
  });
});
