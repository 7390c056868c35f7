import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../base/random.ts';
import { corpusReaders } from '../corpora/registry.ts';
import { Tally } from '../corpus.ts';
import type { Sequence, Skipped } from '../corpus.ts';
import { DataError, quoted } from '../data-error.ts';
import { drawFold } from './draw-fold.ts';
import { assignFolds } from '../folds.ts';
import { pairsOf } from '../pairs.ts';
import type { PrepareOptions } from './prepare-options.ts';
import { emptyFolder, INDEX_FILE } from './prepared-folder.ts';
import { encodeFold } from './prepared-format.ts';
import { countCorpora, countFold, indexText, sequenceEntry } from './prepared-index.ts';
import type { KeptSequence } from './prepared-index.ts';
import type { FoldEntry, PreparedIndex } from './prepared.ts';
import { cannotWrite, writeAtomically } from './write-atomically.ts';

export interface PrepareEdges {
  /** Called after each picture. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
  /** Pictures in flight, of which each keeps one core busy at most; two for each core unless given. */
  readonly concurrency?: number;
}

/**
 * Decodes, crops and resizes the weak and peak frames of the sequences and writes them to `directory`: one file a fold
 * and `index.json`, last, so that a folder with an index is complete. Same input, same bytes. Only one fold at a time
 * is in memory. Throws a DataError for an unreadable picture (unless skipped), a class without sequences or too few
 * subjects; on `signal` it stops after the pictures in flight and throws the signal's reason.
 */
export async function prepare(
  content: { readonly sequences: readonly Sequence[]; readonly skipped: readonly Skipped[] },
  options: PrepareOptions,
  directory: string,
  edges: PrepareEdges = {},
): Promise<PreparedIndex> {
  const { classes } = options.pairs;
  requireKnownCorpora(Object.keys(options.crops), content.sequences);
  const failToWrite = (error: unknown): never => {
    throw cannotWrite(directory, error);
  };
  const tally = new Tally();
  tally.addAll(content.skipped);
  const { pairs, skipped } = pairsOf(content.sequences, options.pairs);
  tally.addAll(skipped);
  const sequences = pairs.map(({ sequence }) => sequence);
  const foldOf = assignFolds(sequences, options.folds, createRandom(options.folds.seed).fork('folds'));
  await emptyFolder(directory, /^fold-\d+\.bin$/).catch(failToWrite);
  const total = pairs.reduce((sum, { weak }) => sum + weak.length + 1, 0);
  let done = 0;
  const drawing = {
    concurrency: edges.concurrency ?? 2 * availableParallelism(),
    signal: edges.signal,
    onPicture: () => edges.onProgress?.({ done: ++done, total }),
  };
  const folds: FoldEntry[] = [];
  const kept: KeptSequence[] = [];
  for (let fold = 0; fold < options.folds.count; fold++) {
    const members = pairs.filter((_, index) => foldOf[index] === fold);
    const drawn = await drawFold(members, classes, options, drawing, tally);
    if (drawn.pairs.length === 0) {
      const advice = 'Lower folds.count, or restore the pictures that were skipped';
      throw new DataError({ where: `fold ${fold}`, expected: 'at least one sequence', found: 'none', advice });
    }
    const { bytes, sha256 } = encodeFold(drawn.pictures, fold, classes.length);
    const file = `fold-${fold}.bin`;
    await writeAtomically(join(directory, file), bytes).catch(failToWrite);
    kept.push(...drawn.pairs.map((pair) => ({ ...pair, fold })));
    folds.push({ fold, file, bytes: bytes.length, sha256, ...countFold(drawn.pairs, classes) });
  }
  const { name, image, ...params } = options;
  const index: PreparedIndex = {
    format: 1,
    name,
    classes,
    image: { height: image.size, width: image.size, channels: image.channels },
    params,
    corpora: countCorpora(kept),
    folds,
    skipped: tally.list(),
    sequences: kept.map(sequenceEntry),
  };
  await writeAtomically(join(directory, INDEX_FILE), indexText(index)).catch(failToWrite);
  return index;
}

/** A crop for a corpus that does not exist is a misspelt name, and the corpus meant would go uncropped. */
export function requireKnownCorpora(names: readonly string[], sequences: readonly { readonly corpus: string }[]): void {
  const known = new Set([...corpusReaders.map(({ name }) => name), ...sequences.map(({ corpus }) => corpus)]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const expected = `names of corpora (${[...known].join(', ')})`;
  throw new DataError({ where: 'crops', expected, found: quoted(unknown), advice: 'Correct the params file' });
}
