/** Time (ms) for which a reading is good before the file system is asked again. */
const goodFor = 1000;

/** More (ms) than a reading can be off by rounding and delay. */
const jump = 10_000;

/** Time (ms) after a jump in which everybody who lives has given a sign of life again. */
const settlingTime = 30_000;

/**
 * The clock that dates files. On a network folder it is the server's, so that machines whose clocks differ agree about
 * how old a sign of life is. It is read from the time of a file that is written for the purpose.
 */
export class FileClock {
  readonly #write: () => number | null;
  readonly #elapsed: () => number;
  #reading: { readonly time: number; readonly at: number } | null = null;
  #jumpedAt: number | null = null;

  /**
   * @param write writes a file and returns its time (ms since 1970); null when that is not possible
   * @param elapsed ms that pass steadily while this machine is awake, from any beginning
   */
  constructor(write: () => number | null, elapsed: () => number = () => performance.now()) {
    this.#write = write;
    this.#elapsed = elapsed;
  }

  /**
   * Ms since 1970. Null for a while after the clock jumped, because it was set or this machine slept: by such a clock
   * everybody seems to have been silent for long. Without a file that can be written, the clock of this machine.
   */
  now(): number | null {
    const at = this.#elapsed();
    const before = this.#reading;
    const expected = before === null ? null : before.time + (at - before.at);
    let time = expected;
    if (before === null || expected === null || at - before.at >= goodFor) {
      time = this.#write() ?? Date.now();
      if (expected !== null && Math.abs(time - expected) > jump) this.#jumpedAt = at;
      this.#reading = { time, at };
    }
    const isSettling = this.#jumpedAt !== null && at - this.#jumpedAt < settlingTime;
    return isSettling ? null : time;
  }
}
