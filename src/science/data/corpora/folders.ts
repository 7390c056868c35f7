import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { DataError, errorCode } from '../data-error.ts';

/** Names in a folder, sorted, without hidden files and what operating systems leave behind. */
export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

const LEFT_BEHIND = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', '__macosx', '@eadir']);

/** Lists a folder. Links are followed; one that leads nowhere is left out. Throws a DataError if it cannot be opened. */
export async function list(folder: string): Promise<Listing> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const { name } = entry;
    if (name.startsWith('.') || LEFT_BEHIND.has(name.toLowerCase())) continue;
    const kind = entry.isSymbolicLink() ? await kindOf(join(folder, name)) : entry;
    if (kind?.isDirectory() === true) folders.push(name);
    else if (kind?.isFile() === true) files.push(name);
  }
  return { folders: folders.sort(inNaturalOrder), files: files.sort(inNaturalOrder) };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    const advice = 'Check that it exists and that you may read it';
    const found = code === 'ENOENT' ? 'no such folder' : code;
    throw new DataError({ where: folder, expected: 'a folder that can be read', found, advice }, { cause: error });
  }
}

/** Files in a folder, sorted; none when there is no such folder. */
export async function filesIfThere(folder: string): Promise<readonly string[]> {
  return (await kindOf(folder))?.isDirectory() === true ? (await list(folder)).files : [];
}

/** Paths of all files down to `depth` levels below `root` (0 is in it), from `root`, with forward slashes, sorted. */
export async function findFiles(root: string, depth: number): Promise<readonly string[]> {
  const { folders, files } = await list(root);
  const found = [...files];
  if (depth === 0) return found;
  for (const folder of folders) {
    for (const file of await findFiles(join(root, folder), depth - 1)) found.push(`${folder}/${file}`);
  }
  return found;
}

/** Where `path` lies inside `root`, with forward slashes on every system. */
export function pathInside(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

async function kindOf(path: string): Promise<{ isDirectory(): boolean; isFile(): boolean } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return null;
  }
}

/** Compares names with their digits as numbers, so that frame 10 follows frame 9 with or without leading zeros. */
export function inNaturalOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const one = left[i] as string;
    const other = right[i] as string;
    if (one === other) continue;
    const difference = /^\d/.test(one) && /^\d/.test(other) ? Number(one) - Number(other) : 0;
    if (difference !== 0) return difference;
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** Throws a DataError unless `root` is a folder; `layout` says what should be in it. */
export async function requireFolder(root: string, layout: string): Promise<void> {
  const kind = await kindOf(root);
  if (kind?.isDirectory() === true) return;
  throw new DataError({
    where: root,
    expected: `a folder with ${layout}`,
    found: kind === null ? 'no such folder' : 'a file',
    advice: "Correct the corpus's path in the params file",
  });
}

/** "folders Emotion, Landmarks and 3 files", for the `found` part of a message. */
export async function describeFolder(folder: string): Promise<string> {
  const { folders, files } = await list(folder);
  if (folders.length + files.length === 0) return 'an empty folder';
  const some = (names: readonly string[]) => names.slice(0, 6).join(', ') + (names.length > 6 ? ', ...' : '');
  if (folders.length === 0) return `only files (${some(files)})`;
  return `folders ${some(folders)}${files.length > 0 ? ` and ${files.length} files` : ''}`;
}

export interface Wanted {
  /** Names that the folder may have. */
  readonly name: RegExp;
  /** A folder with such a name must be inside. */
  readonly holds: RegExp;
  /** Names of folders to look into on the way. */
  readonly through: RegExp;
  /** How many levels below `start` to look; 0 is `start` itself. */
  readonly depth: number;
}

/**
 * The folder with a wanted name and content that lies nearest below `start`, null when there is none. Throws a DataError
 * when several lie equally near: taking one of two copies would be a guess.
 */
export async function findFolder(start: string, { name, holds, through, depth }: Wanted): Promise<string | null> {
  let level = [start];
  for (let below = 0; below <= depth && level.length > 0; below++) {
    const found: string[] = [];
    const next: string[] = [];
    for (const folder of level) {
      const folders = await foldersOf(folder);
      if (!folders.some((child) => holds.test(child))) {
        next.push(
          ...folders.filter((child) => name.test(child) || through.test(child)).map((child) => join(folder, child)),
        );
      } else if (name.test(basename(folder))) found.push(folder);
    }
    if (found.length > 1) {
      const advice = 'Give the folder of the one that is meant';
      throw new DataError({ where: start, expected: 'one copy of the corpus', found: found.join(', '), advice });
    }
    if (found[0] !== undefined) return found[0];
    level = next;
  }
  return null;
}

/** Folders in a folder; none where it may not be opened, which is no fault while searching. */
async function foldersOf(folder: string): Promise<readonly string[]> {
  try {
    return (await list(folder)).folders;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return [];
  }
}
