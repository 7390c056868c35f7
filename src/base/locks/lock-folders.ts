import { createHash } from 'node:crypto';
import { stateFolder, statePlace } from '../state-place.ts';

/** A short name for what is locked, fit for a file name. */
export type LockKey = string & { readonly __brand: 'LockKey' };

export function lockKey(name: string): LockKey {
  return createHash('sha256').update(name).digest('hex').slice(0, 32) as LockKey;
}

/** Where locks lie; both absolute. */
export interface LockFolders {
  /** Links that are locks. */
  readonly held: string;
  /** A file of each holder, named after its id, which it touches as a sign of life. */
  readonly running: string;
}

/** The folders of a project. Throws StateFolderError. */
export function projectFolders(root: string): LockFolders {
  return { held: statePlace(root, `${stateFolder}/held`), running: statePlace(root, `${stateFolder}/running`) };
}

/** Begins the ids of those that hold a lock for a moment only, and run no stages. */
export const momentPrefix = 'moment-';
