import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../models/network.ts';
import type { TensorMap } from '../models/state.ts';
import { CheckpointError, readSafetensors, type StoredTensor, writeSafetensors } from '../../compute/checkpoint.ts';
import type { Report, SavedMeasures } from './measures.ts';
import type { Resumable } from './resumable.ts';
import type { PlateauState } from './schedule.ts';

export interface CheckpointOptions {
  /** Where it lies; its folder need not exist. */
  readonly file: string;
  /** Names everything that the training's result follows from; what another training left is ignored. */
  readonly identity: string;
  /** Work (ms) that a kill may cost, apart from an iteration. */
  readonly intervalMs: number;
  /** Told in one line what a training goes on from, or why it does not. */
  readonly log: (text: string) => void;
  /** A clock in ms. It decides when a checkpoint is written, and nothing else. */
  readonly now?: () => number;
}

/** Where a loop is, beside what it trains. */
export interface LoopState {
  /** Iterations done. */
  readonly step: number;
  readonly schedule: PlateauState | null;
  readonly pending: SavedMeasures;
}

/** What a loop finds when it begins. */
export interface Found {
  /** Null: the phase was finished. */
  readonly state: LoopState | null;
  /** All reports of this phase so far. */
  readonly reports: readonly Report[];
}

/** What a file holds beside tensors. */
interface Saved {
  readonly finished: readonly string[];
  readonly phase: string;
  readonly loop: Omit<LoopState, 'pending'> & { readonly pending: Omit<SavedMeasures, 'rows'> };
  readonly trained: unknown;
  readonly reports: readonly NotedReport[];
}

interface NotedReport {
  readonly phase: string;
  readonly report: Report;
}

/** Counts up when what is saved means something else. */
const VERSION = '1';
const PENDING = 'pending';
/** Writing may take this share of the time. */
const COST = 0.05;

/**
 * What a training that is ended in the middle goes on from: weights, moving averages, the optimisers' moments and
 * steps, the schedule, where the batches are, and what was reported. A training that is continued ends with the same
 * bits as one that was never ended. One file is written again and again, and is always whole.
 */
export class Checkpoints {
  readonly #options: CheckpointOptions;
  readonly #now: () => number;
  readonly #phases = new Set<string>();
  readonly #finished: string[];
  readonly #reports: NotedReport[];
  #found: { readonly saved: Saved; readonly tensors: TensorMap } | null;
  #writtenAt: number;
  #writingMs = 0;

  private constructor(options: CheckpointOptions, found: { saved: Saved; tensors: TensorMap } | null) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#found = found;
    this.#finished = [...(found?.saved.finished ?? [])];
    this.#reports = [...(found?.saved.reports ?? [])];
    this.#writtenAt = this.#now();
  }

  /** Looks for what an earlier, unfinished run of the same training left. */
  static async open(options: CheckpointOptions): Promise<Checkpoints> {
    return new Checkpoints(options, existsSync(options.file) ? await find(options) : null);
  }

  /**
   * The checkpoints of one loop of a training that may have several, one after the other.
   *
   * @param name another for each loop of the training
   * @param others networks that this loop leaves alone, but that an earlier one trained, by the names of their players
   */
  phase(name: string, others: Readonly<Record<string, Network>> = {}): Phase {
    if (this.#phases.has(name)) throw new Error(`two phases of a training are named ${name}`);
    this.#phases.add(name);
    return new Phase(this, name, others);
  }

  /** For `Phase`: sets a training to where it was left. Null: it begins at its beginning. */
  begin(phase: string, variables: Resumable['variables'], trained: Resumable): Found | null {
    this.#writtenAt = this.#now();
    const reports = this.#reports.filter((noted) => noted.phase === phase).map(({ report }) => report);
    if (this.#finished.includes(phase)) return { state: null, reports };
    if (this.#found?.saved.phase !== phase) return null;
    const { saved, tensors } = this.#found;
    this.#found = null;
    setVariables(this.#options.file, variables, tensors);
    trained.restore(saved.trained);
    this.#options.log(`continues from iteration ${saved.loop.step} (${phase})`);
    return { state: { ...saved.loop, pending: { ...saved.loop.pending, rows: rowsOf(tensors) } }, reports };
  }

  /** For `Phase`. */
  note(phase: string, report: Report): void {
    this.#reports.push({ phase, report });
  }

  /** For `Phase`: whether enough has been done since the last time. */
  isDue(): boolean {
    return this.#now() - this.#writtenAt >= Math.max(this.#options.intervalMs, this.#writingMs / COST);
  }

  /** For `Phase`. */
  async write(phase: string, variables: Resumable['variables'], trained: Resumable, state: LoopState): Promise<void> {
    const startedAt = this.#now();
    const { file, identity } = this.#options;
    const { rows, ...pending } = state.pending;
    const saved: Saved = {
      finished: this.#finished,
      phase,
      loop: { ...state, pending },
      trained: trained.state(),
      reports: this.#reports,
    };
    const text = JSON.stringify(saved);
    const tensors = new Map<string, StoredTensor>([[PENDING, stackRows(rows, pending.names.length)]]);
    for (const [name, variable] of variables) {
      tensors.set(name, { dtype: 'float32', shape: variable.shape, data: await variable.data<'float32'>() });
    }
    await mkdir(path.dirname(file), { recursive: true });
    await writeSafetensors(file, tensors, { version: VERSION, identity, saved: text, digest: digestOf(text, tensors) });
    this.#writtenAt = this.#now();
    this.#writingMs = this.#writtenAt - startedAt;
  }

  /** For `Phase`: it need not be done again. */
  finish(phase: string): void {
    if (!this.#finished.includes(phase)) this.#finished.push(phase);
  }
}

/** One loop of a training. */
export class Phase {
  readonly #checkpoints: Checkpoints;
  readonly #name: string;
  readonly #others: Readonly<Record<string, Network>>;

  /** Use `Checkpoints.phase`. */
  constructor(checkpoints: Checkpoints, name: string, others: Readonly<Record<string, Network>>) {
    this.#checkpoints = checkpoints;
    this.#name = name;
    this.#others = others;
  }

  /**
   * Sets a training to where it was left. Null: it begins at its beginning.
   *
   * @throws CheckpointError where it was left by a training of other networks
   */
  begin(trained: Resumable): Found | null {
    return this.#checkpoints.begin(this.#name, this.#variables(trained), trained);
  }

  /** Keeps a report, so that a training that goes on can make it again. */
  note(report: Report): void {
    this.#checkpoints.note(this.#name, report);
  }

  isDue(): boolean {
    return this.#checkpoints.isDue();
  }

  write(trained: Resumable, state: LoopState): Promise<void> {
    return this.#checkpoints.write(this.#name, this.#variables(trained), trained, state);
  }

  finish(): void {
    this.#checkpoints.finish(this.#name);
  }

  #variables(trained: Resumable): Map<string, tf.Variable> {
    const all = new Map(trained.variables);
    for (const [player, { weights, buffers }] of Object.entries(this.#others)) {
      for (const [name, variable] of [...weights, ...buffers]) all.set(`${player}.${name}`, variable);
    }
    return all;
  }
}

/** What a file holds; null, and a line in the log, where it is of no use. */
async function find({ file, identity, log }: CheckpointOptions): Promise<{ saved: Saved; tensors: TensorMap } | null> {
  const ignored = (why: string): null => {
    log(`ignores a checkpoint ${why}, and starts at the beginning (${file})`);
    return null;
  };
  try {
    const { tensors, metadata } = await readSafetensors(file);
    const { version, identity: whose, saved: text, digest } = metadata;
    if (version !== VERSION) return ignored('of another version');
    if (whose !== identity) return ignored('of another training');
    if (text === undefined || digest !== digestOf(text, tensors)) return ignored('that is damaged');
    return { saved: JSON.parse(text) as Saved, tensors };
  } catch (error) {
    if (error instanceof CheckpointError) return ignored('that is damaged');
    throw error;
  }
}

/** Over everything, because a flipped bit would otherwise be trained on. */
function digestOf(text: string, tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash('sha256').update(text);
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as StoredTensor;
    hash.update(`\n${name} ${shape.join()}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

function setVariables(file: string, variables: Resumable['variables'], tensors: TensorMap): void {
  for (const [name, variable] of variables) {
    const stored = tensors.get(name);
    if (!(stored?.data instanceof Float32Array) || stored.shape.join() !== variable.shape.join()) {
      const found = stored === undefined ? 'none' : `${stored.dtype} [${stored.shape.join()}]`;
      throw new CheckpointError(
        `${file}: expected a tensor ${name}, float32 [${variable.shape.join()}], found ${found}. ` +
          'Delete the file; the training then starts at the beginning.',
      );
    }
    const values = tf.tensor(stored.data, variable.shape, 'float32');
    variable.assign(values);
    values.dispose();
  }
}

function stackRows(rows: readonly Float32Array[], length: number): StoredTensor {
  const data = new Float32Array(rows.length * length);
  rows.forEach((row, index) => data.set(row, index * length));
  return { dtype: 'float32', shape: [rows.length, length], data };
}

function rowsOf(tensors: TensorMap): Float32Array[] {
  const stacked = tensors.get(PENDING);
  const [count = 0, length = 0] = stacked?.shape ?? [];
  const data = stacked?.data instanceof Float32Array ? stacked.data : new Float32Array();
  return Array.from({ length: count }, (_, index) => data.slice(index * length, (index + 1) * length));
}
