import { readRegularFile } from '../files/regular-file.ts';

/** The text of a file (UTF-8), or null when it is missing or cannot be read. */
export function readText(file: string): string | null {
  try {
    return readRegularFile(file).toString('utf8');
  } catch {
    return null;
  }
}
