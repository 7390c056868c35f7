import type { Execution } from '../executors/executor.ts';

/** Time (ms) between asking stages to stop (SIGINT), telling them (SIGTERM) and ending them (SIGKILL). */
const defaultGrace = 3000;

/** Stops a run: gently first, and at once when asked again. */
export class StopSwitch {
  readonly #controller = new AbortController();
  readonly #running = new Set<Execution>();
  readonly #grace: number;
  readonly #timers: NodeJS.Timeout[] = [];
  /** Told when a signal is sent to what is running. */
  onSignal: (signal: NodeJS.Signals) => void = () => undefined;

  constructor(grace = defaultGrace) {
    this.#grace = grace;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Once: SIGINT, then after a grace SIGTERM, then SIGKILL. Twice: SIGKILL now. */
  stop(): void {
    if (this.signal.aborted) {
      this.#send('SIGKILL');
      return;
    }
    this.#controller.abort();
    this.#send('SIGINT');
    this.#timers.push(setTimeout(() => this.#send('SIGTERM'), this.#grace).unref());
    this.#timers.push(setTimeout(() => this.#send('SIGKILL'), 2 * this.#grace).unref());
  }

  /** Lets this execution take part in a stop until it is done. */
  include(execution: Execution): void {
    this.#running.add(execution);
    if (this.signal.aborted) execution.stop('SIGINT');
    const leave = (): void => void this.#running.delete(execution);
    // How it ended, an error included, is for those to see to who started it.
    execution.done.then(leave, leave);
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#running.size === 0) return;
    this.onSignal(signal);
    for (const execution of this.#running) execution.stop(signal);
  }
}
