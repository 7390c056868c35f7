import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FileClock } from './file-clock.ts';
import { NotALockError } from './holder-file.ts';
import type { SeenHolder } from './holder.ts';
import { type LockFolders, type LockKey, momentPrefix, projectFolders } from './lock-folders.ts';
import { isThere, LockView, namesIn, type ViewOptions } from './lock-view.ts';

/** Begins the name of a file that is written only to see the time it gets. */
const probePrefix = 'clock-';

/**
 * The processes that run stages in the project: those that live, and those that may. Every command that must not disturb
 * a run asks this. Throws ProcessLockError when it cannot be told, since that is not the same as nobody.
 */
export function runningProcesses(root: string, options: ViewOptions = {}): SeenHolder[] {
  const view = lookOnly(root, options);
  return holderFiles(view.folders)
    .filter((file) => !path.basename(file).startsWith(momentPrefix))
    .flatMap((file) => {
      const holder = look(view, file);
      // What is no holder's file is nobody.
      return holder === null || holder instanceof NotALockError || holder.life === 'dead' ? [] : [holder];
    });
}

/** The process that holds a lock in the project, or null. Throws ProcessLockError. */
export function lockHolder(root: string, key: LockKey): SeenHolder | null {
  const view = lookOnly(root);
  return isThere(path.join(view.folders.held, key)) ? view.follow(key).holder : null;
}

/** Everything that lies where locks are. */
export interface LockInventory {
  /** Living, dead and unknown, each with its number of locks; one of each id. */
  readonly holders: readonly (SeenHolder & { readonly locks: number })[];
  /** What is there and is no lock. */
  readonly strangers: readonly { readonly file: string; readonly problem: string }[];
}

/** Looks at all locks of the project. Throws ProcessLockError when they cannot be read. */
export function lockInventory(root: string): LockInventory {
  const view = lookOnly(root);
  const found = new Map<string, SeenHolder>();
  const locks = new Map<string, number>();
  const strangers: { file: string; problem: string }[] = [];
  const { held } = view.folders;
  const links = namesIn(held).map((name) => path.join(held, name));
  for (const file of [...holderFiles(view.folders), ...links]) {
    const holder = look(view, file);
    if (holder instanceof NotALockError) strangers.push({ file, problem: holder.message });
    if (holder === null || holder instanceof NotALockError) continue;
    if (!found.has(holder.id)) found.set(holder.id, holder);
    if (path.dirname(file) === held) locks.set(holder.id, (locks.get(holder.id) ?? 0) + 1);
  }
  return { holders: [...found.values()].map((holder) => ({ ...holder, locks: locks.get(holder.id) ?? 0 })), strangers };
}

/** A view for one that has no file of its own: it writes one when it has to know the file system's clock. */
function lookOnly(root: string, options: ViewOptions = {}): LockView {
  const folders = projectFolders(root);
  return new LockView(folders, new FileClock(() => probe(folders.running)), options);
}

function holderFiles({ running }: LockFolders): string[] {
  return namesIn(running)
    .filter((name) => !name.startsWith(probePrefix) && !name.endsWith('.new'))
    .map((name) => path.join(running, name));
}

function look(view: LockView, file: string): SeenHolder | NotALockError | null {
  try {
    return view.look(file);
  } catch (error) {
    if (error instanceof NotALockError) return error;
    throw error;
  }
}

/** The time (ms) that a file gets which is written in the folder now; null when it cannot be written. */
function probe(folder: string): number | null {
  const file = path.join(folder, `${probePrefix}${process.pid}-${Date.now()}`);
  try {
    const handle = openSync(file, 'wx');
    try {
      writeSync(handle, '{');
      return fstatSync(handle).mtimeMs;
    } finally {
      closeSync(handle);
      rmSync(file, { force: true });
    }
  } catch {
    return null;
  }
}
