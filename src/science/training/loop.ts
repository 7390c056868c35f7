import * as tf from '@tensorflow/tfjs-core';
import { createSchedule } from './schedule.ts';
import type { ScheduleOptions } from './schedule.ts';

/** The scalars that one step reports, by name. */
export type Measures = Readonly<Record<string, tf.Scalar>>;

export interface Report {
  /** Iterations done, from 1. */
  readonly step: number;
  readonly iterations: number;
  /** Means of losses and accuracies since the last report. */
  readonly measures: Readonly<Record<string, number>>;
  /** What the schedule multiplies learning rates by at this step. */
  readonly rateFactor: number;
}

export interface LoopOptions {
  readonly iterations: number;
  /** Steps between two reports; the last step reports in any case. */
  readonly logEvery: number;
  readonly schedule: ScheduleOptions;
  readonly onReport?: ((report: Report) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Training left the numbers a computer can hold. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
  readonly measure: string;
  readonly step: number;

  constructor(measure: string, value: number, step: number, iterations: number) {
    super(
      `training diverged: ${measure} was ${value} at step ${step} of ${iterations}; every loss should stay finite. ` +
        'Lower the learning rates, or start with init.kind: he and normalization: batch.',
    );
    this.measure = measure;
    this.step = step;
  }
}

/**
 * Runs the steps of a training.
 *
 * What a step measures stays on the backend until a report is due: reading a number back in every step would make the
 * backend wait for it. A loss that is not finite is then traced to the step that had it first.
 *
 * @param takeStep one update; its tensors are tidied here. Given the iteration from 0 and the schedule's factor
 * @param watched the measure that the plateau schedule follows
 * @throws DivergenceError where a measure is NaN or infinite
 * @throws what `signal` was aborted with
 */
export async function runSteps(
  options: LoopOptions,
  watched: string,
  takeStep: (step: number, rateFactor: number) => Measures,
): Promise<void> {
  const { iterations, logEvery } = options;
  const schedule = createSchedule(options.schedule, iterations);
  const pending: tf.Tensor1D[] = [];
  let names: readonly string[] = [];
  try {
    for (let step = 0; step < iterations; step++) {
      const rateFactor = schedule.factor(step);
      const stacked = tf.tidy(() => {
        const measures = takeStep(step, rateFactor);
        names = Object.keys(measures);
        return tf.stack(Object.values(measures)) as tf.Tensor1D;
      });
      pending.push(stacked);
      // Lets an abort or a progress message through: a backend on the processor never waits by itself.
      await new Promise((resolve) => setImmediate(resolve));
      options.signal?.throwIfAborted();
      if (pending.length < logEvery && step + 1 < iterations) continue;
      const measures = await means(pending, names, step + 1 - pending.length, iterations);
      dispose(pending);
      schedule.observe(measures[watched] ?? Infinity);
      options.onReport?.({ step: step + 1, iterations, measures, rateFactor });
    }
  } finally {
    dispose(pending);
  }
}

async function means(
  pending: readonly tf.Tensor1D[],
  names: readonly string[],
  firstStep: number,
  iterations: number,
): Promise<Record<string, number>> {
  const sums = names.map(() => 0);
  for (const [index, stacked] of pending.entries()) {
    const values = await stacked.data();
    names.forEach((name, i) => {
      const value = values[i] ?? NaN;
      if (!Number.isFinite(value)) throw new DivergenceError(name, value, firstStep + index + 1, iterations);
      sums[i] = (sums[i] ?? 0) + value;
    });
  }
  return Object.fromEntries(names.map((name, i) => [name, (sums[i] ?? NaN) / pending.length]));
}

function dispose(pending: tf.Tensor1D[]): void {
  for (const tensor of pending.splice(0)) tensor.dispose();
}
