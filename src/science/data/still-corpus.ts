import type { CorpusOptions, Frame, Skipped } from './corpus.ts';
import type { Split } from './stills.ts';

/** One labelled picture of a corpus without sequences. */
export interface Still {
  readonly corpus: string;
  /** Unique in the corpus, as a rule its path there. */
  readonly id: string;
  /** Who is shown; the id where the corpus does not tell. */
  readonly subject: string;
  readonly label: string;
  readonly split: Split;
  readonly frame: Frame;
}

export interface StillContent {
  readonly stills: readonly Still[];
  readonly skipped: readonly Skipped[];
  /** Which file or folder was read, relative to the given one. */
  readonly source: string;
}

/** How a corpus of single pictures on disk becomes stills. To add one: write a reader, and add it to corpora/registry.ts. */
export interface StillReader {
  readonly name: string;
  /**
   * Reads the list of pictures, not the pictures. Throws a DataError when the corpus is missing, has another layout,
   * a label that makes no sense, or when an option is unknown.
   */
  read(root: string, options: CorpusOptions): Promise<StillContent>;
}
