import { setTimeout as sleep } from 'node:timers/promises';

const FIRST = 500;
const LONGEST = 30_000;

/** Growing pauses between tries, drawn at random so that many clients do not come back at once. */
export class Backoff {
  readonly #random: () => number;
  readonly #first: number;
  #failures = 0;

  /** `first`: the mean of the first pause, in ms. */
  constructor(random: () => number = Math.random, first = FIRST) {
    this.#random = random;
    this.#first = first;
  }

  /** Length of the next pause in ms: at least what the service asked for, at most half a minute beyond it. */
  next(retryAfter: number | null): number {
    const ceiling = Math.min(LONGEST, this.#first * 2 ** this.#failures);
    this.#failures++;
    return (retryAfter ?? 0) + ceiling * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after so many ms, or as soon as the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
