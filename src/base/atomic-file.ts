import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Processes on two machines that share a folder may have the same pid. */
const token = randomBytes(4).toString('hex');
let counter = 0;

/** A name that no other process and no other call uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}.${process.pid}-${token}-${counter++}.tmp`;
}

/** True for a name that `uniqueName` gave, here or in a process that is gone, unless this process did. */
export function isTemporary(name: string, prefix: string): boolean {
  if (!name.startsWith(`${prefix}.`)) return false;
  const [, pid, itsToken] = /^(\d+)-([0-9a-f]{8})-\d+\.tmp$/.exec(name.slice(prefix.length + 1)) ?? [];
  return pid !== undefined && !(Number(pid) === process.pid && itsToken === token);
}

/**
 * Writes a whole file so that a reader, or a kill at any moment, sees the old content or the new, never a part.
 * `durable` also waits until the disk has it, and knows it by its new name, for what could not be computed again cheaply.
 */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  { durable = false, mode = 0o644 }: { durable?: boolean; mode?: number } = {},
): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = uniqueName(file);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  try {
    const handle = openSync(temporary, 'wx', mode);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      if (durable) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    if (durable) flushFolder(path.dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Waits until the disk has the names in a folder. Systems that cannot be asked for that have their own way. */
function flushFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The file is there and whole; what is missing is a promise about a power failure.
  }
}
