import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { isTooDeep } from '../yaml/flow-depth.ts';
import { type LockBlock, LockError, readLockDocument, rebuildAdvice, refuseConflictMarkers } from './lock-format.ts';
import { readLockText } from './lock-reader.ts';

const MiB = 1024 ** 2;

/** No lock is larger (bytes): half a million instances have one of this size. */
const largest = 400 * MiB;
/** The same for one that is not as the pipeline writes it: the parser of all of YAML takes minutes for so much. */
const largestForeign = 32 * MiB;

/**
 * The text of a lock file, or null when there is none. It may come from anybody, by git, so nothing but a file of a
 * sensible size is read. Throws LockError.
 *
 * @param file relative to the root
 */
export function lockText(root: string, file: string): string | null {
  const absolute = path.join(root, file);
  try {
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    // Asked before it is opened: a pipe would be waited for.
    if (!stat.isFile()) {
      throw new LockError(
        `${file} is ${stat.isDirectory() ? 'a directory' : 'no file'}, and a lock file was expected. ${rebuildAdvice(file)}`,
      );
    }
    if (stat.size > largest) throw tooLarge(file, stat.size);
    return readFileSync(absolute, 'utf8');
  } catch (error) {
    if (error instanceof LockError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return null;
    throw new LockError(
      `${file} cannot be read (${code ?? String(error)}). Give this user the right to read it, or move it away and run ` +
        'the pipeline again: what was already computed comes from the cache.',
    );
  }
}

/**
 * The blocks of a lock's text, whoever wrote it: exactly as the pipeline does, or any YAML of the same meaning. Throws
 * LockError when a person has to look at it.
 *
 * @param file what messages call it
 */
export function parseLock(text: string, file: string): Map<string, LockBlock> {
  const known = readLockText(text);
  if (known !== null) return known;
  refuseConflictMarkers(text, file);
  if (text.length > largestForeign) throw tooLarge(file, text.length);
  if (isTooDeep(text)) throw unreadable(file, 'its lists and maps are nested too deep');
  let document: unknown;
  try {
    // What the pipeline writes has no aliases; a small file of them could stand for one that fills the memory.
    document = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw unreadable(file, first.replace(/:$/, ''));
  }
  return readLockDocument(document, file);
}

function unreadable(file: string, why: string): LockError {
  return new LockError(`${file} cannot be read: ${why}. ${rebuildAdvice(file)}`);
}

function tooLarge(file: string, size: number): LockError {
  return new LockError(
    `${file} has ${Math.ceil(size / MiB)} MiB and is not what the pipeline writes. ${rebuildAdvice(file)}`,
  );
}
