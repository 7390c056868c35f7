import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SyntheticCorpusError } from './options.ts';

/**
 * Lets `write` fill a directory beside the target, and gives it the target's name when it is whole. Whatever goes
 * wrong, the target is either complete or as it was before.
 *
 * Throws SyntheticCorpusError where the target is not a place to write to: a file, a directory with something in it, or
 * one whose parent cannot be written.
 */
export async function stageDirectory<T>(directory: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const target = resolve(directory);
  const parent = dirname(target);
  const prefix = `.${basename(target)}.partial-`;
  const temporary = join(parent, `${prefix}${process.pid}`);
  await refuseOccupied(target, directory);
  try {
    await mkdir(parent, { recursive: true });
    await removeStale(parent, prefix);
    await mkdir(temporary);
  } catch (error) {
    throw new SyntheticCorpusError(
      `cannot write a synthetic corpus to ${directory}: ${reason(error)}; choose a directory that can be written`,
      { cause: error },
    );
  }
  try {
    const result = await write(temporary);
    await rmdir(target).catch((error: unknown) => {
      if (code(error) !== 'ENOENT') throw error;
    });
    await rename(temporary, target);
    return result;
  } catch (error) {
    // Other writes may still be on their way: what they add meanwhile goes with the next try.
    await rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    if (code(error) === undefined) throw error;
    throw new SyntheticCorpusError(
      `writing a synthetic corpus to ${directory} failed: ${reason(error)}; nothing was left behind`,
      { cause: error },
    );
  }
}

async function refuseOccupied(target: string, directory: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(target);
  } catch (error) {
    if (code(error) === 'ENOENT') return;
    throw new SyntheticCorpusError(
      `cannot write a synthetic corpus to ${directory}: ${reason(error)}; choose a directory that does not exist yet`,
      { cause: error },
    );
  }
  if (entries.length > 0) {
    throw new SyntheticCorpusError(
      `cannot write a synthetic corpus to ${directory}: expected no directory or an empty one, found ${entries.length} ` +
        `entries (${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', ...' : ''}); ` +
        'remove it or choose another directory',
    );
  }
}

/** Removes what a killed process left: partial directories whose process is gone. */
async function removeStale(parent: string, prefix: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number(entry.slice(prefix.length));
    if (pid === process.pid || !isAlive(pid)) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return code(error) === 'EPERM';
  }
}

function code(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
    ? error.code
    : undefined;
}

function reason(error: unknown): string {
  const words: Record<string, string> = {
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a part of the path is a file',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
  };
  return words[code(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}
