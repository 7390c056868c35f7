import { readFileSync } from 'node:fs';

/** The text of a file (UTF-8), or null when it is missing or cannot be read. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
