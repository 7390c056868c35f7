import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunDescription, RunOutcome, StartRun, Tracker } from './tracker.ts';

/** One line of a journal. `time` is milliseconds since 1970, taken when the stage spoke, not when it was written. */
export type JournalEntry = { readonly time: number } & (
  | ({ readonly type: 'start'; readonly version: 1; readonly origin?: RunOrigin } & RunDescription)
  | { readonly type: 'log'; readonly step: number; readonly values: Readonly<Record<string, number | string>> }
  | { readonly type: 'summary'; readonly values: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'image';
      readonly key: string;
      readonly path: string;
      readonly step?: number;
      readonly caption?: string;
    }
  | {
      readonly type: 'table';
      readonly key: string;
      readonly columns: readonly string[];
      readonly rows: readonly unknown[];
    }
  | { readonly type: 'artifact'; readonly name: string; readonly kind: string; readonly files: readonly string[] }
  | { readonly type: 'finish'; readonly outcome: RunOutcome }
);

/** Where a run is recorded besides, and who writes it. */
export interface RunOrigin {
  /** As Weights & Biases names the run. */
  readonly id: string;
  /** The offline run's directory relative to the project's root, or null where there is none. */
  readonly directory: string | null;
  /** The process that writes the run, to tell a run under way from one that crashed. */
  readonly pid: number;
  readonly host: string;
}

/** JSON has no NaN and no Infinity; a diverging loss is exactly what a reader looks for, so they travel as names. */
function storable(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function storableValues<T>(values: Readonly<Record<string, T>>): Record<string, T | string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, storable(value) as T | string]));
}

/**
 * Writes a run as JSON lines (`JournalEntry`), each line in one write call, so that a kill loses at most the line being
 * written and never an earlier one. The file is created, with its directories, when the run starts; a file left by an
 * earlier attempt is replaced.
 */
export function journalTo(path: string, now: () => number = Date.now, origin?: RunOrigin): StartRun {
  return async (run) => {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'w');
    const journal = new Journal(file, now);
    journal.write({ type: 'start', version: 1, ...(origin ? { origin } : {}), ...run });
    return journal;
  };
}

type Unstamped<T> = T extends unknown ? Omit<T, 'time'> : never;

class Journal implements Tracker {
  readonly #file: FileHandle;
  readonly #now: () => number;
  #pending: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #finished = false;
  #lastStep = -Infinity;

  constructor(file: FileHandle, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  write(entry: Unstamped<JournalEntry>): void {
    if (this.#finished) throw new Error(`the run is finished; '${entry.type}' came too late`);
    const line = `${JSON.stringify({ time: this.#now(), ...entry })}\n`;
    this.#pending = this.#pending
      .then(() => this.#file.appendFile(line))
      .catch((error: unknown) => {
        this.#failure ??= error as Error;
      });
  }

  log(step: number, values: Readonly<Record<string, number>>): void {
    if (step <= this.#lastStep) {
      throw new RangeError(`steps must grow: step ${step} came after step ${this.#lastStep}`);
    }
    this.#lastStep = step;
    this.write({ type: 'log', step, values: storableValues(values) });
  }

  summary(values: Readonly<Record<string, string | number | boolean | null>>): void {
    this.write({ type: 'summary', values: storableValues(values) });
  }

  image(key: string, picture: { path: string; step?: number; caption?: string }): void {
    this.write({ type: 'image', key, ...picture });
  }

  table(key: string, table: { columns: readonly string[]; rows: readonly (readonly unknown[])[] }): void {
    this.write({ type: 'table', key, columns: table.columns, rows: table.rows.map((row) => row.map(storable)) });
  }

  artifact(artifact: { name: string; type: string; files: readonly string[] }): void {
    this.write({ type: 'artifact', name: artifact.name, kind: artifact.type, files: artifact.files });
  }

  async finish(outcome: RunOutcome): Promise<void> {
    if (this.#finished) return;
    this.write({ type: 'finish', outcome });
    this.#finished = true;
    await this.#pending;
    await this.#file.sync().catch((error: unknown) => {
      this.#failure ??= error as Error;
    });
    await this.#file.close();
    if (this.#failure) throw this.#failure;
  }
}
