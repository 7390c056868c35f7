import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { DivergenceError, runSteps } from '../../../src/science/training/loop.ts';
import type { LoopOptions, Report } from '../../../src/science/training/loop.ts';
import { createSchedule } from '../../../src/science/training/schedule.ts';
import type { ScheduleOptions } from '../../../src/science/training/schedule.ts';
import { useTestBackend } from '../backend-for-tests.ts';

const CONSTANT: ScheduleOptions = { kind: 'constant', at: 0.7, factor: 0.1, patience: 2 };

describe('the training loop', () => {
  before(useTestBackend);

  const options: LoopOptions = { iterations: 5, logEvery: 2, schedule: CONSTANT };

  it('reports the means since the last report, and at the end what is left', async () => {
    const reports: Report[] = [];
    await runSteps({ ...options, onReport: (report) => reports.push(report) }, 'loss', (step) => ({
      loss: tf.scalar(step),
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
      const training = runSteps({ ...options, logEvery: 5 }, 'loss', (step) => ({
        content: tf.scalar(1),
        fooling: tf.scalar(step >= 2 ? bad : 0),
      }));
      await assert.rejects(training, (error) => {
        assert.ok(error instanceof DivergenceError);
        assert.deepEqual([error.measure, error.step], ['fooling', 3]);
        assert.match(error.message, /fooling was -?(NaN|Infinity) at step 3 of 5/);
        return true;
      });
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it('ends after the step in which it was aborted, with its reason', async () => {
    const controller = new AbortController();
    let steps = 0;
    const training = runSteps({ ...options, iterations: 100, signal: controller.signal }, 'loss', () => {
      steps += 1;
      if (steps === 3) controller.abort(new Error('enough'));
      return { loss: tf.scalar(0) };
    });
    await assert.rejects(training, /enough/);
    assert.equal(steps, 3);
  });
});

describe('a learning rate schedule', () => {
  it('constant never changes', () => {
    const schedule = createSchedule(CONSTANT, 10);
    schedule.observe(1);
    assert.equal(schedule.factor(9), 1);
  });

  it('step drops once, at its share of the iterations', () => {
    const schedule = createSchedule({ ...CONSTANT, kind: 'step', at: 0.7, factor: 0.2 }, 10);
    assert.deepEqual(
      Array.from({ length: 10 }, (_, step) => schedule.factor(step)),
      [1, 1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.2],
    );
  });

  it('plateau drops once, when the loss has not fallen for as many reports as its patience', () => {
    const schedule = createSchedule({ ...CONSTANT, kind: 'plateau', patience: 2 }, 10);
    const factors = [5, 4, 4.5, 3, 3, 3.5, 2, 9, 9, 9].map((loss) => {
      schedule.observe(loss);
      return schedule.factor(0);
    });
    assert.deepEqual(factors, [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1]);
  });
});
