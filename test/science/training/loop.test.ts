import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { perStepTensor } from '../../../src/compute/steps.ts';
import { DivergenceError, runSteps } from '../../../src/science/training/loop.ts';
import type { LoopOptions, Report } from '../../../src/science/training/loop.ts';
import type { ScheduleOptions } from '../../../src/science/training/schedule.ts';
import { useTestBackend } from '../../compute/test-backend.ts';

const CONSTANT: ScheduleOptions = { kind: 'constant', at: 0.7, factor: 0.1, patience: 2, threshold: 0, minimum: 0 };

/** A measure that differs from step to step. */
function scalarOf(read: () => number): tf.Scalar {
  return perStepTensor<tf.Rank.R0>(() => Float32Array.of(read()), []);
}

describe('the training loop', () => {
  before(useTestBackend);

  const options: LoopOptions = { iterations: 5, logEvery: 2, schedule: CONSTANT };

  it('reports the means since the last report, and at the end what is left', async () => {
    const reports: Report[] = [];
    await runSteps({ ...options, onReport: (report) => reports.push(report) }, 'loss', ({ step }) => ({
      loss: scalarOf(step),
      accuracy: tf.scalar(1),
    }));
    assert.deepEqual(
      reports.map(({ step, iterations, measures }) => [step, iterations, measures]),
      [
        [2, 5, { loss: 0.5, accuracy: 1 }],
        [4, 5, { loss: 2.5, accuracy: 1 }],
        [5, 5, { loss: 4, accuracy: 1 }],
      ],
    );
  });

  it('does nothing in no iterations', async () => {
    await runSteps({ ...options, iterations: 0 }, 'loss', () => assert.fail('took a step'));
  });

  for (const bad of [NaN, Infinity, -Infinity]) {
    it(`names the loss and the step at which it first was ${bad}, and frees its tensors`, async () => {
      const before = tf.memory().numTensors;
      const training = runSteps({ ...options, logEvery: 5 }, 'loss', ({ step }) => ({
        content: tf.scalar(1.23456),
        fooling: scalarOf(() => (step() >= 2 ? bad : 0)),
      }));
      await assert.rejects(training, (error) => {
        assert.ok(error instanceof DivergenceError);
        assert.deepEqual([error.measure, error.step], ['fooling', 3]);
        assert.match(error.message, /fooling was -?(NaN|Infinity) at step 3 of 5/);
        assert.match(error.message, /the last finite values, at step 2: content 1\.235, fooling 0\); every loss/);
        return true;
      });
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it('remembers the last finite values across reports, and says so when there are none', async () => {
    const diverging = (at: number) =>
      runSteps(options, 'loss', ({ step }) => ({ loss: scalarOf(() => (step() === at ? NaN : step() + 1)) }));
    await assert.rejects(diverging(2), /loss was NaN at step 3 of 5 \(the last finite values, at step 2: loss 2\)/);
    await assert.rejects(diverging(0), /loss was NaN at step 1 of 5, the first one;/);
  });

  it('ends after the step in which it was aborted, with its reason', async () => {
    const controller = new AbortController();
    let steps = 0;
    const training = runSteps({ ...options, iterations: 100, signal: controller.signal }, 'loss', () => {
      const count = (): number => {
        steps += 1;
        if (steps === 3) controller.abort(new Error('enough'));
        return 0;
      };
      return { loss: scalarOf(count) };
    });
    await assert.rejects(training, /enough/);
    assert.equal(steps, 3);
  });
});
