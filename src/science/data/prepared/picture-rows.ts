import { closeSync, openSync, readSync } from 'node:fs';
import { DataError, errorCode } from '../data-error.ts';

/** Pictures of one size, by number: in memory, a choice of others, or in a file that is larger than memory. */
export interface PictureRows {
  readonly count: number;
  /**
   * Picture `index`, in [0, count): values in [0, 255], shape [height, width, channels], not to be written to. Throws a
   * DataError where it lies in a file that cannot be read any more.
   */
  readonly at: (index: number) => Uint8Array;
}

/** Pictures that lie one after the other. Throws a RangeError where they are no whole number. */
export function rowsInMemory(bytes: Uint8Array, bytesEach: number): PictureRows {
  const count = bytesEach === 0 ? 0 : bytes.length / bytesEach;
  if (!Number.isInteger(count)) throw new RangeError(`${bytes.length} bytes are no whole number of pictures`);
  return { count, at: (index) => bytes.subarray(index * bytesEach, (index + 1) * bytesEach) };
}

export const NO_ROWS: PictureRows = rowsInMemory(new Uint8Array(0), 0);

/** Some of the pictures, in the given order; nothing is copied. */
export function rowsAt(rows: PictureRows, indices: readonly number[]): PictureRows {
  return { count: indices.length, at: (index) => rows.at(indices[index] as number) };
}

/** All pictures of several sets, one set after the other; nothing is copied. */
export function joinRows(parts: readonly PictureRows[]): PictureRows {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const at = (index: number): Uint8Array => {
    let inside = index;
    for (const part of parts) {
      if (inside < part.count) return part.at(inside);
      inside -= part.count;
    }
    throw new RangeError(`picture ${index} of ${count}`);
  };
  return { count, at };
}

/**
 * `count` pictures from byte `start` of a file. Each is read when it is asked for: that costs some 30 microseconds while
 * the system has it in memory, little beside a training step. The file is open only meanwhile.
 */
export function rowsOfFile(path: string, start: number, count: number, bytesEach: number): PictureRows {
  const at = (index: number): Uint8Array => {
    const bytes = new Uint8Array(bytesEach);
    const found = readInto(bytes, path, start + index * bytesEach);
    if (found === bytesEach) return bytes;
    const advice = 'Leave prepared data alone while something trains on it; run the prepare stage again';
    throw new DataError({
      where: path,
      expected: `picture ${index} of ${count}`,
      found: 'the end of the file',
      advice,
    });
  };
  return { count, at };
}

/** How many bytes there were to read. */
function readInto(bytes: Uint8Array, path: string, position: number): number {
  try {
    const file = openSync(path, 'r');
    try {
      let filled = 0;
      while (filled < bytes.length) {
        const read = readSync(file, bytes, filled, bytes.length - filled, position + filled);
        if (read === 0) break;
        filled += read;
      }
      return filled;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    const advice = 'Leave prepared data alone while something trains on it; run the prepare stage again';
    const expected = 'prepared pictures that can be read';
    throw new DataError({ where: path, expected, found: code, advice }, { cause: error });
  }
}
