import * as tf from '@tensorflow/tfjs-core';

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

/** Training left the numbers a computer can hold. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
  readonly measure: string;
  readonly step: number;

  constructor(measure: string, value: number, step: number, iterations: number, before: FiniteMeasures | null) {
    const last =
      before === null
        ? ', the first one'
        : ` (the last finite values, at step ${before.step}: ${Object.entries(before.values)
            .map(([name, finite]) => `${name} ${Number(finite.toPrecision(4))}`)
            .join(', ')})`;
    super(
      `training diverged: ${measure} was ${value} at step ${step} of ${iterations}${last}; every loss should stay ` +
        'finite. Lower the learning rates, or start with init.kind: he and normalization: batch.',
    );
    this.measure = measure;
    this.step = step;
  }
}

/** What a step measured when all of it was finite. */
export interface FiniteMeasures {
  /** From 1. */
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Measures of the steps since the last report, as they are saved. */
export interface SavedMeasures {
  readonly names: readonly string[];
  /** One row a step. */
  readonly rows: readonly Float32Array[];
  readonly last: FiniteMeasures | null;
}

/**
 * What steps have measured since the last report. It stays on the backend until it is asked for: reading a number back
 * in every step would make the backend wait for it. Whoever reads finds what is not finite, and in which step it came
 * first.
 */
export class PendingMeasures {
  readonly #iterations: number;
  readonly #rows: tf.Tensor1D[] = [];
  #names: readonly string[] = [];
  #step: number;
  #last: FiniteMeasures | null;

  /** @param step how many steps are done */
  constructor(iterations: number, step = 0, saved: SavedMeasures | null = null) {
    this.#iterations = iterations;
    this.#step = step;
    this.#names = saved?.names ?? [];
    this.#rows = (saved?.rows ?? []).map((row) => tf.tensor1d(row));
    this.#last = saved?.last ?? null;
  }

  /** How many steps have been measured since the last report. */
  get length(): number {
    return this.#rows.length;
  }

  /** Takes a step, whose tensors are tidied here. All steps measure the same. */
  row(takeStep: () => Measures): tf.Tensor1D {
    return tf.tidy(() => {
      const measures = takeStep();
      this.#names = Object.keys(measures);
      return tf.stack(Object.values(measures)) as tf.Tensor1D;
    });
  }

  /** Keeps what a step has measured. */
  add(row: tf.Tensor1D): void {
    this.#rows.push(row);
    this.#step += 1;
  }

  /** @throws DivergenceError where a measure is NaN or infinite */
  async read(): Promise<SavedMeasures> {
    const rows: Float32Array[] = [];
    for (const [index, row] of this.#rows.entries()) {
      const values = await row.data<'float32'>();
      const step = this.#step - this.#rows.length + index + 1;
      this.#names.forEach((name, i) => {
        const value = values[i] ?? NaN;
        if (!Number.isFinite(value)) throw new DivergenceError(name, value, step, this.#iterations, this.#last);
      });
      this.#last = { step, values: Object.fromEntries(this.#names.map((name, i) => [name, values[i] ?? NaN])) };
      rows.push(values);
    }
    return { names: this.#names, rows, last: this.#last };
  }

  /**
   * Their means, by name; and begins anew.
   *
   * @throws DivergenceError where a measure is NaN or infinite
   */
  async takeMeans(): Promise<Record<string, number>> {
    const { names, rows } = await this.read();
    const sums = names.map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? NaN), 0));
    this.dispose();
    return Object.fromEntries(names.map((name, i) => [name, (sums[i] ?? NaN) / rows.length]));
  }

  dispose(): void {
    for (const row of this.#rows.splice(0)) row.dispose();
  }
}
