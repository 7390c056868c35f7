import type { GreyImage, Image } from './pictures/images.ts';
import type { Landmarks } from './pictures/landmarks.ts';

/** The thirteen subtle expressions of LSEMSW, in the order in which the paper lists them (section 4.1). */
export const LSEMSW_EXPRESSIONS = [
  'happy',
  'anxious',
  'sad',
  'scared',
  'angry',
  'hesitant',
  'indifferent',
  'surprised',
  'arrogant',
  'thinking',
  'helpless',
  'suspicious',
  'questioning',
] as const;

/** One picture of a sequence. Nothing is decoded or drawn before its pixels are asked for. */
export type Frame =
  | {
      readonly kind: 'file';
      /** Path inside the corpus, with forward slashes: the same wherever the corpus lies. */
      readonly name: string;
      readonly path: string;
      /** Path of a file of 68 rows `x y`, or the points themselves. */
      readonly landmarks?: string | Landmarks;
    }
  | {
      readonly kind: 'drawn';
      readonly name: string;
      /** Draws the picture; the same pixels at every call. */
      pixels(): GreyImage;
    }
  | {
      readonly kind: 'loaded';
      readonly name: string;
      /** Takes the picture out of a file that holds more than one: a table, a film. Throws a DataError where it is damaged. */
      load(): Promise<Image>;
    };

/** One performance of one expression by one person, or one thing to recognise with its weaker versions. */
export interface Sequence {
  readonly corpus: string;
  /** Unique across corpora, for example `ck-plus/S005/001`. */
  readonly id: string;
  /** Who is shown, unique across corpora, for example `ck-plus/S005`. Folds keep a subject together. */
  readonly subject: string;
  /** One of EXPRESSIONS (names.ts), or the class of a drawing. */
  readonly label: string;
  /** In the order of time; the last one is the peak. */
  readonly frames: readonly Frame[];
  /** 1-based positions of the weak frames, where the corpus itself says which they are. Otherwise an option decides. */
  readonly weak?: readonly number[];
}

/** Something that was left out, how often, and why: what a report needs to account for every picture. */
export interface Skipped {
  readonly corpus: string;
  readonly what: string;
  readonly why: string;
  readonly count: number;
}

export interface CorpusContent {
  readonly sequences: readonly Sequence[];
  readonly skipped: readonly Skipped[];
  /** Which part of the given folder was read, relative to it: `PreProcess_Img/VL_Acropped/Strong`. */
  readonly source: string;
}

/** A reader's own options, as written in the params file. */
export type CorpusOptions = Readonly<Record<string, unknown>>;

/** How a corpus on disk becomes sequences. To add a corpus: write one, and add it to corpora/registry.ts. */
export interface CorpusReader {
  readonly name: string;
  /**
   * Reads the layout of the corpus, not its pictures. Throws a DataError when the folder is missing, has another
   * layout, holds no labelled sequence, has a label that makes no sense, or when an option is unknown.
   */
  read(root: string, options: CorpusOptions): Promise<CorpusContent>;
}

/** Counts what is left out, by corpus, kind and reason, in the order of first appearance. */
export class Tally {
  readonly #counts = new Map<string, { corpus: string; what: string; why: string; count: number }>();

  add(corpus: string, what: string, why: string, count = 1): void {
    if (count === 0) return;
    const key = JSON.stringify([corpus, what, why]);
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { corpus, what, why, count });
    else entry.count += count;
  }

  addAll(skipped: readonly Skipped[]): void {
    for (const { corpus, what, why, count } of skipped) this.add(corpus, what, why, count);
  }

  list(): Skipped[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}

/** "12 sequences (no emotion label), 3 files (not a picture)": for messages. */
export function describeSkipped(skipped: readonly Skipped[]): string {
  return skipped.map(({ what, why, count }) => `${count} ${what}${count === 1 ? '' : 's'} (${why})`).join(', ');
}
