import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import path from 'node:path';
import { parseHolder, unnamedHolder } from './holder.ts';
import type { Sign } from './liveness.ts';

/** A lock that can be neither taken nor waited for; the message names its path and says what to do. */
export class ProcessLockError extends Error {
  override readonly name = 'ProcessLockError';
}

/** Something that is no lock where one should be: nobody's, and in the way. */
export class NotALockError extends ProcessLockError {}

/** Longer than the text of any holder; what does not fit into it is none. */
const buffer = Buffer.alloc(4096);

/** Neither follows a link nor waits for the other end of a pipe. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Looks at a holder's file. Null only when there is no such file; throws a ProcessLockError when it is something else
 * than a file, or the system fails to read it.
 *
 * @param folder where holders keep their own files, named after their ids
 */
export function readHolderFile(file: string, folder: string): Sign | null {
  let handle: number;
  try {
    handle = openSync(file, flags);
  } catch (error) {
    return withoutContent(file, error);
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw notALock(file, stat);
    // One look must be cheap: those that wait for locks look at many of them, many times a second.
    const text = buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, 0));
    const holder = parseHolder(text, stat);
    if (holder === null) {
      const unnamed = unnamedHolder(`damaged-${fileId(stat)}`, stat.mtime.toISOString());
      return { holder: unnamed, lastSign: stat.mtimeMs, quality: 'damaged' };
    }
    return { holder, lastSign: Math.max(stat.mtimeMs, ownSign(file, stat, holder.id, folder)), quality: 'whole' };
  } catch (error) {
    throw asLockError(file, error);
  } finally {
    closeSync(handle);
  }
}

/** Of a file that cannot be opened: none, one of another user, or an error. */
function withoutContent(file: string, error: unknown): Sign | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return null;
  const stat = lookAt(file);
  if (stat === undefined) throw asLockError(file, error);
  if (!stat.isFile()) throw notALock(file, stat);
  if (code !== 'EACCES' && code !== 'EPERM') throw asLockError(file, error);
  // Its time can be seen all the same. The id must not change with that time.
  const id = `unreadable-${stat.ino}-${Math.round(stat.birthtimeMs)}`;
  return { holder: unnamedHolder(id, stat.birthtime.toISOString()), lastSign: stat.mtimeMs, quality: 'unreadable' };
}

/** A lock is a link to its holder's own file and shares its time, unless the file system has no links. */
function ownSign(file: string, stat: Stats, id: string, folder: string): number {
  const own = path.join(folder, id);
  if (stat.nlink > 1 || own === file) return 0;
  return lookAt(own)?.mtimeMs ?? 0;
}

function lookAt(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function fileId(stat: Stats): string {
  return `${stat.ino}-${Math.round(stat.mtimeMs)}`;
}

function notALock(file: string, stat: Stats): NotALockError {
  const kind = stat.isDirectory()
    ? 'a directory'
    : stat.isSymbolicLink()
      ? 'a symbolic link'
      : stat.isFIFO()
        ? 'a named pipe'
        : 'no regular file';
  return new NotALockError(
    `expected the lock of a process at ${file}, found ${kind}, which the pipeline did not make. ` +
      'Remove it, by hand or with: pipeline unlock --force',
  );
}

/** An error of the file system at a lock, in words. */
export function asLockError(file: string, error: unknown): Error {
  if (error instanceof ProcessLockError || !(error instanceof Error)) return error as Error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new ProcessLockError(
      `${file} cannot be opened: too many files are open (${code}). Raise the limit, for example with ` +
        '"ulimit -n 4096", or run fewer stages at once (-j)',
    );
  }
  return new ProcessLockError(
    `${file} cannot be used as a lock (${code}). Check the disk, and owner and mode of the folder, and run again`,
  );
}
