import type { SharedMachine } from '../running/resources/shared-machine.ts';
import type { RungLosses } from './hyperband.ts';
import { bestOf, propose, reachedTarget } from './proposals.ts';
import type { Draw } from './random.ts';
import { type OpenTrial, runTrial, type TrialEnd } from './run-trial.ts';
import type { SweepListener } from './sweep-events.ts';
import type { Sweep } from './sweep-file.ts';
import type { SweepStop } from './sweep-stop.ts';
import type { Trial, TrialStore } from './trial-store.ts';

export interface SweepOptions {
  readonly root: string;
  readonly sweep: Sweep;
  readonly store: TrialStore;
  readonly draw: Draw;
  /** Trials that the sweep is to have in the end, those of earlier calls included. */
  readonly count: number;
  /** Only this trial; null: all. */
  readonly only: number | null;
  readonly openTrial: OpenTrial;
  readonly shared: SharedMachine;
  readonly stop: SweepStop;
  readonly listener: SweepListener;
}

export type SweepResult = 'ok' | 'failed' | 'interrupted';

/**
 * Runs the trials that are missing, as many at once as there are cores; all instances of all trials share the machine.
 * A trial that fails is recorded and does not stop the others.
 *
 * @returns `failed` when the sweep has no finished trial at all
 */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  return new SweepRun(options).run();
}

class SweepRun {
  readonly #options: SweepOptions;
  readonly #trials = new Map<number, Trial>();
  readonly #running = new Map<number, Promise<void>>();
  /** What early stopping saw, of trials under way too. */
  readonly #rungs = new Map<number, RungLosses>();

  constructor(options: SweepOptions) {
    this.#options = options;
    for (const trial of options.store.read()) {
      this.#trials.set(trial.trial, trial);
      this.#rungs.set(trial.trial, trial.rungs);
    }
  }

  async run(): Promise<SweepResult> {
    const { listener, store, sweep, count, stop, shared } = this.#options;
    const { id, name } = store.identity;
    const ended = this.#list().filter(({ state }) => state !== 'running').length;
    listener({ type: 'sweep-started', id, name, method: sweep.method, count, ended });
    const atOnce = Math.max(1, shared.machine.totals['cpus'] ?? 1);
    for (;;) {
      while (this.#running.size < atOnce && !stop.asked) {
        const next = this.#next();
        if (next === null) break;
        this.#start(next);
      }
      if (this.#running.size === 0) break;
      await Promise.race(this.#running.values());
    }
    return this.#finish();
  }

  /** The next trial to start: one that was cut short, or a new one; null when there is none now. */
  #next(): Trial | null {
    const { sweep, draw, count, only } = this.#options;
    if (reachedTarget(this.#list(), sweep)) return null;
    const [from, to] = only === null ? [0, count] : [only, only + 1];
    for (let index = from; index < to; index++) {
      const known = this.#trials.get(index);
      if (this.#running.has(index) || (known !== undefined && known.state !== 'running')) continue;
      if (known !== undefined) return known;
      const proposal = propose(sweep, index, this.#list(), draw);
      if (proposal === null || proposal === 'wait') return null;
      return { trial: index, ...proposal, state: 'running', metric: null, reason: null, rungs: {} };
    }
    return null;
  }

  #start(trial: Trial): void {
    const { listener } = this.#options;
    this.#record({ ...trial, rungs: {} });
    this.#rungs.delete(trial.trial);
    listener({ type: 'trial-started', trial: trial.trial, values: trial.values });
    const work = this.#work(trial).finally(() => this.#running.delete(trial.trial));
    this.#running.set(trial.trial, work);
  }

  async #work(trial: Trial): Promise<void> {
    const { root, sweep, store, openTrial, shared, listener } = this.#options;
    const number = trial.trial;
    const startedAt = performance.now();
    const end: TrialEnd = await this.#options.stop.during((stop) =>
      runTrial(trial, {
        root,
        sweep,
        store,
        openTrial,
        shared,
        stop,
        listener: (event) => listener({ type: 'trial-event', trial: number, event }),
        rivals: () => [...this.#rungs].flatMap(([other, rungs]) => (other === number ? [] : [rungs])),
        reached: (rungs) => void this.#rungs.set(number, rungs),
      }),
    );
    const ms = performance.now() - startedAt;
    if (end !== null) this.#record({ ...trial, ...end, rungs: this.#rungs.get(number) ?? {} });
    const { metric, reason } = end ?? { metric: null, reason: null };
    const state = end === null || end.state === 'running' ? 'interrupted' : end.state;
    listener({ type: 'trial-finished', trial: number, state, metric, reason, ms });
  }

  #record(trial: Trial): void {
    this.#trials.set(trial.trial, trial);
    this.#options.store.write(trial);
  }

  #list(): Trial[] {
    return [...this.#trials.values()].sort((a, b) => a.trial - b.trial);
  }

  #finish(): SweepResult {
    const { sweep, stop, listener } = this.#options;
    const trials = this.#list();
    const count = (wanted: Trial['state']): number => trials.filter(({ state }) => state === wanted).length;
    const result = stop.asked ? 'interrupted' : count('finished') === 0 ? 'failed' : 'ok';
    listener({
      type: 'sweep-finished',
      finished: count('finished'),
      failed: count('failed'),
      stopped: count('stopped'),
      best: bestOf(trials, sweep)?.trial ?? null,
      result,
    });
    return result;
  }
}
