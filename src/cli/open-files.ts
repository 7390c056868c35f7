import { readFileSync } from 'node:fs';
import { UsageError } from './exit-codes.ts';

/** Fewer descriptors are not enough for Node, the compiler and a single stage; some parts would crash, not fail. */
const fewest = 40;

/** Throws a UsageError when this process may open too few files to run stages at all. */
export function requireOpenFiles(limit = openFilesLimit()): void {
  if (limit === null || limit >= fewest) return;
  throw new UsageError(
    `expected that a process may open at least ${fewest} files, found a limit of ${limit}. ` +
      'Raise it, for example with "ulimit -n 4096", and run again.',
  );
}

/** How many files this process may hold open; null where the system does not tell, or sets no limit. */
function openFilesLimit(): number | null {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? null : Number(match[1]);
  } catch {
    return null;
  }
}
