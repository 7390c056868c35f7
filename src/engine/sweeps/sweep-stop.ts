import { StopSwitch } from '../running/stop.ts';

/** Stops a sweep: all its trials, gently first and at once when asked again, and nothing starts any more. */
export class SweepStop {
  readonly #trials = new Set<StopSwitch>();
  #asked = false;

  get asked(): boolean {
    return this.#asked;
  }

  stop(): void {
    this.#asked = true;
    for (const trial of this.#trials) trial.stop();
  }

  /** A switch for one trial, which takes part in a stop of the sweep while `work` goes on. */
  async during<Result>(work: (stop: StopSwitch) => Promise<Result>): Promise<Result> {
    const stop = new StopSwitch();
    this.#trials.add(stop);
    if (this.#asked) stop.stop();
    try {
      return await work(stop);
    } finally {
      this.#trials.delete(stop);
    }
  }
}
