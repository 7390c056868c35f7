import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';

/** What could not be written since this was asked last. */
let lost: { readonly file: string; readonly code: string } | null = null;

/**
 * Writes a file that only saves time: an index, a copy of something parsed, how long stages took. That it cannot be
 * written is no reason for anything to fail.
 *
 * @returns whether it was written
 */
export function writeSpare(file: string, content: string | Uint8Array): boolean {
  return spare(file, () => writeFileAtomic(file, content));
}

/** The same for work that writes such a file in its own way. */
export function spare(file: string, write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    lost ??= { file, code: (error as NodeJS.ErrnoException).code ?? String(error) };
    return false;
  }
}

/** What a person should know of the files that could not be written, in one sentence; null when all were. */
export function takeLostFiles(root: string): string | null {
  if (lost === null) return null;
  const { file, code } = lost;
  lost = null;
  const shown = path.relative(root, file);
  return (
    `${shown.startsWith('..') ? file : shown} could not be written (${code}). No result depends on it, but the next ` +
    'start takes longer.'
  );
}
