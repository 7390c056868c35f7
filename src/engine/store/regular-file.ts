import { closeSync, constants, fstatSync, lstatSync, openSync, read, readSync, type Stats, statSync } from 'node:fs';
import { promisify } from 'node:util';

/** Something that cannot be the file it should be: no regular file, not of its size, or not to be read. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}

export interface Expected {
  /** Bytes that the file has; null: any number up to `limit`. */
  readonly size?: number | null;
  /** Bytes that it may have at most. */
  readonly limit?: number;
  /** True: a symbolic link stands for what it leads to. */
  readonly follow?: boolean;
}

/**
 * Opens a file that somebody else may have put there. A FIFO would let the reader wait for ever and a device might never
 * end, so neither is ever opened for reading, also when it takes the file's place in this very moment.
 * The caller closes `fd`.
 *
 * @throws UnusableFileError, or the error of the system when the file is missing
 */
export function openRegular(
  file: string,
  { size = null, limit = Infinity, follow = false }: Expected = {},
): { readonly fd: number; readonly stat: Stats } {
  check(attempt(file, () => (follow ? statSync(file) : lstatSync(file))));
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW);
  const fd = attempt(file, () => openSync(file, flags));
  try {
    const stat = fstatSync(fd);
    check(stat);
    return { fd, stat };
  } catch (error) {
    closeSync(fd);
    throw error;
  }

  function check(stat: Stats): void {
    if (!stat.isFile()) throw new UnusableFileError(`${file} is not a regular file`);
    if (size !== null && stat.size !== size) {
      throw new UnusableFileError(`${file} has ${stat.size} bytes and should have ${size}`);
    }
    if (stat.size > limit) throw new UnusableFileError(`${file} has ${stat.size} bytes, more than ${limit}`);
  }
}

/** Errors that say nothing about the file: there is none, or this process has too many open. */
const notOfTheFile = new Set(['ENOENT', 'EMFILE', 'ENFILE', 'ENOMEM']);

function attempt<T>(file: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    if (notOfTheFile.has(code)) throw error;
    throw new UnusableFileError(`${file} cannot be read (${code})`);
  }
}

/** The first `size` bytes of an open file. Throws UnusableFileError when it has become shorter or cannot be read. */
export function readOpened(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size;) {
    const read = readSome(fd, bytes, at);
    if (read === 0) throw new UnusableFileError('the file became shorter while it was read');
    at += read;
  }
  return bytes;
}

const readNext = promisify(read);

/**
 * The content of an open file from where it stands, in pieces, so that memory stays small whatever its size. A file that
 * grows meanwhile is read to its new end.
 *
 * @throws UnusableFileError when it cannot be read
 */
export async function* piecesOf(fd: number): AsyncIterable<Uint8Array> {
  // The next piece is read while this one is used.
  let reading = readPiece(fd);
  try {
    for (;;) {
      const piece = await reading;
      if (piece instanceof Error) throw new UnusableFileError(`the file cannot be read: ${piece.message}`);
      if (piece.length === 0) return;
      reading = readPiece(fd);
      yield piece;
    }
  } finally {
    // Only then may the file be closed.
    await reading;
  }
}

/** The error is a value: nobody may wait for the promise yet when the disk fails. */
async function readPiece(fd: number): Promise<Uint8Array | Error> {
  const piece = Buffer.allocUnsafe(1 << 19);
  try {
    const { bytesRead } = await readNext(fd, piece, 0, piece.length, null);
    return piece.subarray(0, bytesRead);
  } catch (error) {
    return error as Error;
  }
}

function readSome(fd: number, bytes: Buffer, at: number): number {
  try {
    return readSync(fd, bytes, at, bytes.length - at, at);
  } catch (error) {
    throw new UnusableFileError(`the file cannot be read: ${(error as Error).message}`);
  }
}

/** The text of a regular file (UTF-8). Throws as `openRegular` does. */
export function readRegular(file: string, limit: number): string {
  const { fd, stat } = openRegular(file, { limit });
  try {
    return readOpened(fd, stat.size).toString('utf8');
  } finally {
    closeSync(fd);
  }
}
