/** Reading files that somebody else may have put there: never a pipe that blocks for ever, nor a device without an end. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** There is something else than a file. The message says what, for the user. */
export class NoRegularFileError extends Error {
  override readonly name = 'NoRegularFileError';
}

/** The content of a regular file. Throws a NoRegularFileError, and what reading throws. */
export function readRegularFile(file: string): Buffer {
  // Without O_NONBLOCK, opening a pipe waits for somebody who writes into it.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const kind = kindOf(fstatSync(descriptor));
    if (kind !== 'a file') throw new NoRegularFileError(`${file} is ${kind}, not a file`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The kind of an entry in words: `a file`, `a directory`, ... */
export function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'a file';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a named pipe';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}
