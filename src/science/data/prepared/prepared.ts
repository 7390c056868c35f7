import { join } from 'node:path';
import type { Skipped } from '../corpus.ts';
import { DataError } from '../data-error.ts';
import { INDEX_FILE, notAnIndex, readIndex, readWhole } from './prepared-folder.ts';
import { joinRows } from './picture-rows.ts';
import type { PictureRows } from './picture-rows.ts';
import { decodeFold } from './prepared-format.ts';
import type { ImageSize } from './prepared-format.ts';

export type { ImageSize } from './prepared-format.ts';

/** Weak frames and their peaks, ready for batches. */
export interface PairSet {
  readonly size: ImageSize;
  readonly classes: readonly string[];
  /** Class number of each sequence, shape [n]. */
  readonly labels: Uint8Array;
  /** Who is shown in each sequence, shape [n]. */
  readonly subjects: readonly string[];
  readonly ids: readonly string[];
  /** Pictures [n]. */
  readonly peaks: PictureRows;
  /** Pictures [m]. */
  readonly weaks: PictureRows;
  /** Which sequence each weak frame belongs to, shape [m]. */
  readonly weakSequence: Int32Array;
}

/** `index.json` beside the fold files: what is in them, for people and for programs. */
export interface PreparedIndex {
  readonly format: 1;
  readonly name: string;
  readonly classes: readonly string[];
  readonly image: ImageSize;
  /** The options that made this data, as given. */
  readonly params: unknown;
  readonly corpora: readonly CorpusCount[];
  readonly folds: readonly FoldEntry[];
  readonly skipped: readonly Skipped[];
  readonly sequences: readonly SequenceEntry[];
}

export interface CorpusCount {
  readonly corpus: string;
  readonly subjects: number;
  readonly sequences: number;
  readonly weakFrames: number;
}

export interface FoldEntry {
  readonly fold: number;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly subjects: number;
  readonly sequences: number;
  readonly weakFrames: number;
  /** Sequences of each class. */
  readonly perClass: Readonly<Record<string, number>>;
}

/** Sequences stand in the order of their folds, and within a fold in the order of the file's rows. */
export interface SequenceEntry {
  readonly id: string;
  readonly subject: string;
  readonly label: string;
  readonly fold: number;
  readonly weak: readonly string[];
  readonly peak: string;
}

export interface PreparedCorpus {
  readonly index: PreparedIndex;
  /** The sequences of one fold, read from disk at each call. */
  readonly fold: (fold: number) => Promise<PairSet>;
  /**
   * One fold to test on, all others together to train on. To validate, the fold after it stands in for it, and nobody
   * sees the one to test on.
   */
  readonly split: (
    testFold: number,
    evaluateOn?: 'test' | 'validation',
  ) => Promise<{ readonly train: PairSet; readonly test: PairSet }>;
}

/** Opens a folder that `prepare` wrote. Throws a DataError when it is none, or damaged. */
export async function openPrepared(directory: string): Promise<PreparedCorpus> {
  const index = await readIndex(join(directory, INDEX_FILE), isIndex);
  const fold = async (number: number): Promise<PairSet> => {
    const entry = index.folds.find((candidate) => candidate.fold === number);
    if (entry === undefined) {
      const expected = `a fold from 0 to ${index.folds.length - 1}`;
      const advice = 'Correct the fold, or raise folds.count and prepare again';
      throw new DataError({ where: directory, expected, found: String(number), advice });
    }
    const path = join(directory, entry.file);
    const bytes = await readWhole(path, entry.bytes, 'a fold of prepared data');
    const content = decodeFold(bytes, path, { sha256: entry.sha256, classes: index.classes.length });
    const members = index.sequences.filter((sequence) => sequence.fold === number);
    if (members.length !== content.labels.length) throw notAnIndex(join(directory, INDEX_FILE), 'other sequences');
    const subjects = members.map(({ subject }) => subject);
    return { ...content, classes: index.classes, subjects, ids: members.map(({ id }) => id) };
  };
  const split = async (testFold: number, evaluateOn: 'test' | 'validation' = 'test') => {
    const seen = evaluateOn === 'test' ? testFold : (testFold + 1) % index.folds.length;
    const test = await fold(seen);
    const others = index.folds.filter((entry) => entry.fold !== testFold && entry.fold !== seen);
    if (others.length === 0) {
      const expected = 'three folds or more to validate: one to train on, one to validate on, one to test on later';
      const advice = 'Raise folds.count and prepare again, or set evaluateOn to test';
      throw new DataError({ where: directory, expected, found: String(index.folds.length), advice });
    }
    const sets: PairSet[] = [];
    for (const entry of others) sets.push(await fold(entry.fold));
    return { train: joinSets(sets), test };
  };
  return { index, fold, split };
}

/** Several sets, with the same classes and picture size, as one. Throws a RangeError for none or for unequal sizes. */
export function joinSets(sets: readonly PairSet[]): PairSet {
  const [first] = sets;
  if (first === undefined) throw new RangeError('joinSets needs at least one set');
  if (sets.length === 1) return first;
  for (const { size, classes } of sets) {
    if (JSON.stringify([size, classes]) !== JSON.stringify([first.size, first.classes])) {
      throw new RangeError('sets with other classes or picture sizes cannot be joined');
    }
  }
  const weakSequence = new Int32Array(sets.reduce((sum, set) => sum + set.weakSequence.length, 0));
  let sequences = 0;
  let weaks = 0;
  for (const set of sets) {
    for (const row of set.weakSequence) weakSequence[weaks++] = row + sequences;
    sequences += set.labels.length;
  }
  return {
    size: first.size,
    classes: first.classes,
    labels: joinBytes(sets.map(({ labels }) => labels)),
    subjects: sets.flatMap(({ subjects }) => subjects),
    ids: sets.flatMap(({ ids }) => ids),
    peaks: joinRows(sets.map(({ peaks }) => peaks)),
    weaks: joinRows(sets.map((set) => set.weaks)),
    weakSequence,
  };
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function isIndex(value: unknown): value is PreparedIndex {
  if (typeof value !== 'object' || value === null) return false;
  const index = value as Partial<Record<keyof PreparedIndex, unknown>>;
  return index.format === 1 && [index.classes, index.folds, index.sequences].every(Array.isArray);
}
