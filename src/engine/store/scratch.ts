import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from './contents/digest.ts';
import { removeLeftover, removeTreeSync } from './remove-tree.ts';
import type { Leftover } from './objects/gc.ts';
import { rejectedRoot } from './set-aside.ts';
import { statePlace } from '../../base/state-place.ts';

/** Below it, every unfinished instance may have a folder a fingerprint; relative to the root. */
export const scratchRoot = '.pipeline/scratch';

/** Folders with a longer path (in letters) are not looked into: systems refuse paths of some thousand bytes. */
const longestPath = 1000;

/**
 * The folder in which an instance keeps what it could go on from while its work is unfinished. What it kept for other
 * fingerprints is removed: it has become another stage since.
 *
 * @param folder of the instance, absolute
 * @param anew true: what it kept for this fingerprint is removed as well
 * @throws the system's error when that is not possible
 */
export function openScratch(folder: string, fingerprint: Digest, anew: boolean): string {
  for (const name of entriesOf(folder)) {
    const place = path.join(folder, name);
    // What is of no use any more may stay; what would be taken for this work's own may not.
    if (name !== fingerprint) removeLeftover(place);
    else if (anew) removeTreeSync(place);
  }
  return path.join(folder, fingerprint);
}

/** Removes all that an instance, or a whole profile, kept: its work is done, or is not to be done. Never throws. */
export function removeScratch(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) removeLeftover(folder);
}

/** What unfinished instances keep in a project, and results that could not be recorded, file by file. */
export function scratchLeftovers(root: string): Leftover[] {
  return [scratchRoot, rejectedRoot].flatMap((folder) => filesBelow(statePlace(root, folder)));
}

/** Removes folders for such files in which nothing is left. */
export function removeEmptyScratch(root: string): void {
  for (const folder of [scratchRoot, rejectedRoot]) removeEmpty(statePlace(root, folder));
}

function filesBelow(folder: string): Leftover[] {
  return entriesOf(folder).flatMap((name) => {
    const file = path.join(folder, name);
    // Of a link only the link is ours.
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const whole = { file, size: stat.size, changedAt: Math.max(stat.mtimeMs, stat.ctimeMs) };
    // What lies too deep, or is closed to us, goes or stays with the folder that it is in.
    return stat.isDirectory() ? (tryFilesBelow(file) ?? [whole]) : [whole];
  });
}

function tryFilesBelow(folder: string): Leftover[] | null {
  if (folder.length > longestPath) return null;
  try {
    return filesBelow(folder);
  } catch {
    return null;
  }
}

function removeEmpty(folder: string): void {
  for (const name of tryEntriesOf(folder)) {
    if (lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true) {
      removeEmpty(path.join(folder, name));
    }
  }
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
}

function tryEntriesOf(folder: string): string[] {
  try {
    return entriesOf(folder);
  } catch {
    return [];
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
