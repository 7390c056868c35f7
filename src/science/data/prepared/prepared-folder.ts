import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, errorCode } from '../data-error.ts';

/** Written last: a folder of prepared data that has one is complete. */
export const INDEX_FILE = 'index.json';

const TEMPORARY = /\.\d+\.tmp$/;

/**
 * Makes the folder, or takes an earlier preparation out of it: the index first, so that no index names missing files.
 * `ours` are the names of the other files, temporary ones included.
 */
export async function emptyFolder(directory: string, ours: RegExp): Promise<void> {
  await mkdir(directory, { recursive: true });
  await rm(join(directory, INDEX_FILE), { force: true });
  for (const file of await readdir(directory)) {
    const name = file.replace(TEMPORARY, '');
    if (name === INDEX_FILE || ours.test(name)) await rm(join(directory, file), { force: true });
  }
}

/** Reads the index of a folder of prepared data; `fits` says whether it is one. Throws a DataError where it is not. */
export async function readIndex<T>(path: string, fits: (value: unknown) => value is T): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, 'the index of prepared data', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notAnIndex(path, 'text that is not JSON', error);
  }
  if (!fits(value)) throw notAnIndex(path, 'other JSON');
  return value;
}

/** The index is damaged, of another format, or does not belong to the files beside it. */
export function notAnIndex(path: string, found: string, cause?: unknown): DataError {
  const advice = 'Run the prepare stage again';
  return new DataError({ where: path, expected: 'an index of prepared data, format 1', found, advice }, { cause });
}

/** Reads a file of so many bytes, in pieces, because one read call stops at 2 GiB. `what` is for messages. */
export async function readWhole(path: string, bytes: number, what: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size !== bytes) {
        const advice = 'Run the prepare stage again';
        throw new DataError({ where: path, expected: `${bytes} bytes`, found: String(size), advice });
      }
      const result = new Uint8Array(bytes);
      for (let at = 0; at < bytes;) {
        const { bytesRead } = await file.read(result, at, Math.min(bytes - at, 2 ** 28), at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return result;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, what, error);
  }
}

/** What to tell the user when a file of prepared data could not be read; errors that are not the system's stay. */
export function unreadable(path: string, expected: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === null || error instanceof DataError) return error;
  const found = code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`;
  return new DataError({ where: path, expected, found, advice: 'Run the prepare stage' }, { cause: error });
}
