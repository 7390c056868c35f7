import type { InstanceName, Pipeline } from '../stages/types.ts';
import type { Plan } from '../planning/plan.ts';
import type { Counts, RunEvent, StageTime } from './events.ts';

/** Adds up the events of a run. */
export class RunSummary {
  readonly #pipeline: Pipeline;
  readonly #startedAt = performance.now();
  readonly #counts = { ran: 0, restored: 0, fresh: 0, failed: 0, skipped: 0 };
  readonly #times = new Map<string, { count: number; ms: number }>();
  #anyFinished = false;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  note(event: RunEvent): void {
    if (event.type !== 'stage-finished') return;
    this.#anyFinished = true;
    const { outcome, instance, ms } = event;
    switch (outcome.type) {
      case 'ran': {
        this.#counts.ran++;
        const stage = this.#pipeline.instances.get(instance as InstanceName)?.stage ?? instance;
        const time = this.#times.get(stage) ?? { count: 0, ms: 0 };
        this.#times.set(stage, { count: time.count + 1, ms: time.ms + ms });
        break;
      }
      case 'restored':
        this.#counts.restored++;
        break;
      case 'fresh':
        this.#counts.fresh++;
        break;
      case 'failed':
        this.#counts.failed++;
        break;
      case 'interrupted':
      case 'skipped':
        this.#counts.skipped++;
        break;
    }
  }

  finished(result: 'ok' | 'failed' | 'interrupted', plan: Plan): RunEvent {
    const counts: Counts = this.#anyFinished ? this.#counts : { ...this.#counts, fresh: plan.entries.size };
    // In the order of pipeline.yaml, which is the order in which people think of them.
    const order = [...new Set([...this.#pipeline.instances.values()].map(({ stage }) => stage))];
    const stages: StageTime[] = order.flatMap((stage) => {
      const time = this.#times.get(stage);
      return time === undefined ? [] : [{ stage, ...time }];
    });
    return { type: 'run-finished', counts, ms: performance.now() - this.#startedAt, stages, result };
  }
}
