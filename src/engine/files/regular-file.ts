import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  type Stats,
  type BigIntStats,
  statSync,
} from 'node:fs';

/** A path that is neither a file nor a directory, or a directory where a file was expected. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  readonly code: 'EISDIR' | 'ENOTFILE';
  readonly path: string;

  constructor(file: string, stat: Stats | BigIntStats) {
    super(`${file} ${whatItIs(stat)}`);
    this.path = file;
    this.code = stat.isDirectory() ? 'EISDIR' : 'ENOTFILE';
  }
}

/** What a path is that is no file, as the rest of a sentence. */
export function whatItIs(stat: Stats | BigIntStats): string {
  if (stat.isDirectory()) return 'is a directory; a file was expected';
  if (stat.isFIFO()) return 'is a named pipe, neither a file nor a directory';
  if (stat.isSocket()) return 'is a socket, neither a file nor a directory';
  return 'is a device, neither a file nor a directory';
}

/**
 * Opening a named pipe waits for a writer, and the whole program with it: a pipe that takes a file's place after the
 * file was looked at is opened without waiting. For regular files the flag means nothing (and Windows has none).
 */
export const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The content of a file. Never waits and never goes on without end: a named pipe, a socket, a device or a directory is
 * refused.
 *
 * @throws NotAFileError, or the error of the file system
 */
export function readRegularFile(file: string): Buffer {
  // Asked before opening, because to open some devices does something.
  requireFile(file, statSync(file));
  const handle = openSync(file, openFlags);
  try {
    requireFile(file, fstatSync(handle));
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function requireFile(file: string, stat: Stats): void {
  if (!stat.isFile()) throw new NotAFileError(file, stat);
}
