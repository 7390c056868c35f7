import { open, rename, rm } from 'node:fs/promises';
import { DataError, errorCode } from '../data-error.ts';

/**
 * Writes a file so that nobody ever sees half of it: to a temporary name, flushed to the disk, then renamed. Throws the
 * system's error where that fails; nothing is left behind.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What to tell the user when `path` could not be written; errors that are not the system's stay as they are. */
export function cannotWrite(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === null || error instanceof DataError) return error;
  const advice =
    code === 'ENOSPC'
      ? 'Free some space on its disk, then run again'
      : 'Check its path and permissions, then run again';
  return new DataError({ where: path, expected: 'a place that can be written', found: code, advice }, { cause: error });
}
