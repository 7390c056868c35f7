import path from 'node:path';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { visibleColored } from '../engine/console/visible.ts';
import { UsageError } from './exit-codes.ts';

/** Prints lines for a person: whatever names and values are in them, they only show. */
export function print(text: string): void {
  process.stdout.write(visibleColored(text));
}

/** Prints a result, or writes it to a file (relative to where the user stands) as a whole. Throws UsageError. */
export function writeResult(text: string, file?: string): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileAtomic(path.resolve(file), text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Columns of the terminal, or null where the output goes to a file or a pipe and nothing needs to be cut. */
export function terminalWidth(stream: { readonly isTTY?: boolean; readonly columns?: number }): number | null {
  return stream.isTTY === true ? (stream.columns ?? 80) : null;
}
