import { createSteps } from '../../compute/steps.ts';
import type { Found, Phase } from './checkpoints.ts';
import { PendingMeasures } from './measures.ts';
import type { Measures, Report } from './measures.ts';
import type { Resumable } from './resumable.ts';
import { createSchedule } from './schedule.ts';
import type { ScheduleOptions } from './schedule.ts';

export { DivergenceError } from './measures.ts';
export type { Measures, Report } from './measures.ts';

export interface LoopOptions {
  readonly iterations: number;
  /** Steps between two reports; the last step reports in any case. */
  readonly logEvery: number;
  readonly schedule: ScheduleOptions;
  /**
   * @param isPast true when the report is made again by a training that goes on from a checkpoint: all reports before
   *   the checkpoint are, in their order
   */
  readonly onReport?: ((report: Report, isPast: boolean) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where the loop saves what it would need to go on after a kill; absent: nowhere. */
  readonly checkpoints?: Phase | undefined;
}

/** How far a training is. Steps may be replayed without being called, so both are asked for when they are needed. */
export interface Progress {
  /** Of the step, from 0. */
  readonly step: () => number;
  /** What the schedule multiplies learning rates by. */
  readonly rateFactor: () => number;
}

/**
 * Runs the steps of a training.
 *
 * A loss that is not finite is found when a report is due or a checkpoint is written, at most `logEvery` steps late,
 * and traced to the step that had it first.
 *
 * @param takeStep one update, which may be traced (see createSteps in compute/steps.ts); its tensors are tidied here
 * @param watched the measure that the plateau schedule follows
 * @param trained all that `takeStep` changes; null where it cannot be saved, so that there are no checkpoints
 * @throws DivergenceError where a measure is NaN or infinite
 * @throws what `signal` was aborted with
 */
export async function runSteps(
  options: LoopOptions,
  watched: string,
  takeStep: (progress: Progress) => Measures,
  trained: Resumable | null = null,
): Promise<void> {
  const { iterations, logEvery, signal, onReport } = options;
  const schedule = createSchedule(options.schedule, iterations);
  const saving = trained === null || options.checkpoints === undefined ? null : { trained, phase: options.checkpoints };
  const found: Found | null = saving?.phase.begin(saving.trained) ?? null;
  for (const report of found?.reports ?? []) onReport?.(report, true);
  if (found?.state === null) return;
  if (found !== null) schedule.restore(found.state.schedule);
  const first = found?.state.step ?? 0;
  const pending = new PendingMeasures(iterations, first, found?.state.pending);
  const steps = createSteps();
  let [step, rateFactor] = [first, 1];
  const progress: Progress = { step: () => step, rateFactor: () => rateFactor };
  try {
    for (; step < iterations; step++) {
      rateFactor = schedule.factor(step);
      pending.add(steps.run(() => pending.row(() => takeStep(progress))));
      // Lets an abort or a progress message through: a backend on the processor never waits by itself.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const isLast = step + 1 === iterations;
      if (pending.length >= logEvery || isLast) {
        const measures = await pending.takeMeans();
        schedule.observe(measures[watched] ?? Infinity);
        const report = { step: step + 1, iterations, measures, rateFactor };
        saving?.phase.note(report);
        onReport?.(report, false);
      }
      if (saving?.phase.isDue() === true && !isLast) {
        const state = { step: step + 1, schedule: schedule.state(), pending: await pending.read() };
        await saving.phase.write(saving.trained, state);
      }
    }
    saving?.phase.finish();
  } finally {
    pending.dispose();
    steps.dispose();
  }
}
