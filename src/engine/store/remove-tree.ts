import { accessSync, chmodSync, constants, type Dirent, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { uniqueName } from '../../base/atomic-file.ts';

/** Bytes below the folder that is removed after which a path is shortened, well before any system refuses it. */
const longest = 1000;

const options = { recursive: true, force: true } as const;

/**
 * Removes a file or folder with all in it, also folders that their owner may not write, and those whose paths are longer
 * than the system takes. Throws the system's error for what belongs to another user.
 */
export async function removeTree(place: string): Promise<void> {
  try {
    await rm(place, options);
  } catch (error) {
    if (!mayHelp(error)) throw error;
    makeRemovable(place);
    await rm(place, options);
  }
}

/** The same at once, for what is small. */
export function removeTreeSync(place: string): void {
  try {
    rmSync(place, options);
  } catch (error) {
    if (!mayHelp(error)) throw error;
    makeRemovable(place);
    rmSync(place, options);
  }
}

/** Removes what nothing depends on. Returns why that was not possible, and what a person can do, or null. */
export function removeLeftover(place: string, shown = place): string | null {
  try {
    removeTreeSync(place);
    return null;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const belongs = foreignFolder(place) === null ? '' : ' It holds files of another user, as containers leave them.';
    return `${shown} could not be removed (${code}).${belongs} Nothing depends on it; to be rid of it: sudo rm -r ${shown}`;
  }
}

/**
 * A folder that this user can neither empty nor open, because it is another's: the place itself, or one in it. Null where
 * there is none.
 */
export function foreignFolder(place: string): string | null {
  const me = process.getuid?.();
  // Root may remove anything; without users nobody can tell.
  if (me === undefined || me === 0) return null;
  const stat = lstatSync(place, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return null;
  return stat.uid !== me && !isOpen(place) ? place : foreignInside(place, me);
}

function foreignInside(folder: string, me: number): string | null {
  for (const entry of entriesOf(folder) ?? []) {
    if (!entry.isDirectory()) continue;
    const inside = path.join(folder, entry.name);
    // An empty folder needs only the right to the one around it.
    const isForeign = !isOpen(inside) && !isOwn(inside, me) && entriesOf(inside)?.length !== 0;
    const found = isForeign ? inside : foreignInside(inside, me);
    if (found !== null) return found;
  }
  return null;
}

/** `sudo chown -R UID PLACE`, by which a folder of another user becomes this one's. */
export function takeOver(place: string): string {
  return `sudo chown -R ${process.getuid?.() ?? '$USER'} ${place}`;
}

function mayHelp(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Opens folders to their owner, and lifts those that lie too deep up to the top. What is impossible the removal tells. */
function makeRemovable(place: string): void {
  const waiting = [place];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    openUp(folder);
    for (const entry of entriesOf(folder) ?? []) {
      if (!entry.isDirectory()) continue;
      const inside = path.join(folder, entry.name);
      waiting.push(inside.length - place.length > longest ? lifted(inside, place) : inside);
    }
  }
}

function lifted(folder: string, top: string): string {
  const target = path.join(top, uniqueName('deep'));
  try {
    renameSync(folder, target);
    return target;
  } catch {
    return folder;
  }
}

/** Lets the owner of a folder write in it; false when it is no folder, or another's. */
export function openUp(place: string): boolean {
  try {
    const stat = lstatSync(place);
    if (!stat.isDirectory()) return false;
    chmodSync(place, (stat.mode & 0o777) | 0o700);
    return true;
  } catch {
    return false;
  }
}

function isOpen(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isOwn(folder: string, me: number): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.uid === me;
}

/** Null where they cannot be read. */
function entriesOf(folder: string): Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
}
