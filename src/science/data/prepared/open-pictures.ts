import { join } from 'node:path';
import type { LandmarkSet, StillSet } from '../stills.ts';
import { INDEX_FILE, notAnIndex, readIndex } from './prepared-folder.ts';
import { openStills } from './prepared-stills.ts';
import { openPrepared } from './prepared.ts';
import type { PairSet } from './prepared.ts';

/** One division of pairs: all other folds to train on, one to test on. */
export interface PairSplit {
  readonly reads: 'pairs';
  readonly train: PairSet;
  readonly test: PairSet;
}

/** Single pictures as their owners divide them. */
export interface StillSplit {
  readonly reads: 'stills';
  readonly train: StillSet;
  /** May be empty. */
  readonly val: StillSet;
  readonly test: StillSet;
  readonly landmarks: () => Promise<LandmarkSet>;
}

export type Pictures = PairSplit | StillSplit;

/**
 * Opens a folder of prepared pictures, of pairs or of stills.
 *
 * @param fold the fold to test on; of no meaning to stills, which bring their own split
 * @param evaluateOn 'validation' puts other pictures in the place of the test set: of pairs those of the next fold, which
 *   then are not trained on, as those to test on are not; of stills those to validate on
 * @throws DataError where it is no such folder, is damaged, or is divided into folds of which none is named
 */
export async function openPictures(
  directory: string,
  fold: number | null,
  evaluateOn: 'test' | 'validation' = 'test',
): Promise<Pictures> {
  const { kind } = await readIndex(join(directory, INDEX_FILE), isIndex);
  if (kind === 'stills') {
    const { split, landmarks } = await openStills(directory);
    return {
      reads: 'stills',
      train: await split('train'),
      val: await split('val'),
      test: await split(evaluateOn === 'test' ? 'test' : 'val'),
      landmarks,
    };
  }
  const prepared = await openPrepared(directory);
  if (fold === null) throw notAnIndex(directory, 'pairs in folds, and no fold was named');
  return { reads: 'pairs', ...(await prepared.split(fold, evaluateOn)) };
}

function isIndex(value: unknown): value is { readonly kind?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
