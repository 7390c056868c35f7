import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readRegularFile } from '../files/regular-file.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { hashBytes } from '../store/contents/digest.ts';
import { canonicalJson } from '../planning/fingerprint.ts';
import type { Value } from '../yaml/values.ts';
import type { RungLosses } from './hyperband.ts';
import type { Proposal } from './space.ts';
import type { Sweep } from './sweep-file.ts';

/** A trial as its file records it. It holds no times, so that the same trials are the same bytes. */
export interface Trial extends Proposal {
  readonly trial: number;
  /** `running` after a kill, too: then the trial is started again, and the cache has what it had finished. */
  readonly state: 'running' | 'finished' | 'failed' | 'stopped';
  readonly metric: number | null;
  /** Why it failed or was stopped. */
  readonly reason: string | null;
  /** What early stopping saw of it. */
  readonly rungs: RungLosses;
}

/** A mistake of the user's about the state of a sweep, told in one message. */
export class SweepError extends Error {
  override readonly name = 'SweepError';
}

/** What identifies a sweep in trackers. */
export interface SweepIdentity {
  /** Eight letters and digits that follow from name and definition. */
  readonly id: string;
  readonly name: string;
}

/** What a sweep's trials have in common, as digests. */
interface SweepRecord {
  readonly sweep: string;
  readonly id: string;
  readonly definition: string;
  readonly params: string;
}

/**
 * The state of a sweep on disk: a file for the sweep and one for each trial, each written as a whole. Trials that ran
 * on several machines are one sweep again when their directories are put side by side.
 */
export class TrialStore {
  /** Relative to the root. */
  readonly directory: string;
  readonly identity: SweepIdentity;
  readonly #root: string;
  readonly #record: SweepRecord;

  /** @param params the params that all trials share: with others, earlier trials do not compare */
  constructor(root: string, sweep: Sweep, params: { readonly [key: string]: Value }) {
    this.#root = root;
    this.directory = path.posix.join('reports/sweeps', sweep.name);
    const definition = hashBytes(canonicalJson(sweep.definition));
    this.identity = { id: hashBytes(`${sweep.name} ${definition}`).slice(0, 8), name: sweep.name };
    this.#record = { sweep: sweep.name, id: this.identity.id, definition, params: hashBytes(canonicalJson(params)) };
  }

  /** Where a trial keeps its reports, relative to the root. */
  reportsOf(trial: number): string {
    return path.posix.join(this.directory, 'trials', String(trial).padStart(4, '0'));
  }

  /** Where a trial keeps its intermediate results, relative to the root. */
  runOf(trial: number): string {
    return path.posix.join('runs/sweeps', this.identity.name, String(trial).padStart(4, '0'));
  }

  /** Begins the sweep, or goes on with it. Throws SweepError when what is there belongs to another definition. */
  open(): void {
    const file = path.join(this.#root, this.directory, 'sweep.json');
    if (!existsSync(file)) {
      writeFileAtomic(file, `${JSON.stringify(this.#record, null, 2)}\n`, { durable: true });
      return;
    }
    const found = this.#parse(path.posix.join(this.directory, 'sweep.json')) as Partial<SweepRecord>;
    const changed = [
      ...(found.definition === this.#record.definition ? [] : ['the sweep file']),
      ...(found.params === this.#record.params ? [] : ['the params below it']),
    ];
    if (changed.length === 0) return;
    throw new SweepError(
      `${changed.join(' and ')} changed since ${this.directory} was begun, so its trials do not compare with new ones. ` +
        `Give the sweep file another name, or remove ${this.directory} to begin again.`,
    );
  }

  /** All trials on disk, by number. */
  read(): Trial[] {
    const folder = path.posix.join(this.directory, 'trials');
    if (!existsSync(path.join(this.#root, folder))) return [];
    return readdirSync(path.join(this.#root, folder))
      .map((name) => path.posix.join(folder, name, 'trial.json'))
      .filter((file) => existsSync(path.join(this.#root, file)))
      .map((file) => this.#parse(file) as Trial)
      .sort((a, b) => a.trial - b.trial);
  }

  write(trial: Trial): void {
    const file = path.join(this.#root, this.reportsOf(trial.trial), 'trial.json');
    writeFileAtomic(file, `${JSON.stringify(trial, null, 2)}\n`, { durable: true });
  }

  #parse(file: string): unknown {
    try {
      return JSON.parse(readRegularFile(path.join(this.#root, file)).toString('utf8'));
    } catch {
      throw new SweepError(`${file} is not what a sweep writes. Remove it and run the sweep again.`);
    }
  }
}
