import { createHash } from 'node:crypto';
import path from 'node:path';

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

/** The folders of a project. */
export function projectFolders(root: string): LockFolders {
  const state = path.join(root, '.pipeline');
  return { held: path.join(state, 'held'), running: path.join(state, 'running') };
}

/** Begins the ids of those that hold a lock for a moment only, and run no stages. */
export const momentPrefix = 'moment-';
