import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { uniqueName } from '../store/atomic-file.ts';

/** Who holds the workspace. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ISO time at which it took the lock. */
  readonly since: string;
  /** What tells the process from a later one with the same pid; null where the system does not say. */
  readonly birth: string | null;
}

export interface WorkspaceLock {
  release(): void;
}

/**
 * Takes the workspace for this process alone. When another process has it, `onWait` is told who, once for each, and
 * this waits until it is free or `signal` aborts (then null). The lock of a process that died is taken over.
 */
export async function lockWorkspace(
  root: string,
  onWait: (holder: Holder) => void,
  signal: AbortSignal,
): Promise<WorkspaceLock | null> {
  const file = path.join(root, '.pipeline', 'lock');
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    birth: birthOf(process.pid),
  } satisfies Holder);
  let told: string | null = null;
  while (!signal.aborted) {
    if (tryCreate(file, mine)) {
      return {
        release() {
          if (readText(file) === mine) rmSync(file, { force: true });
        },
      };
    }
    const text = readText(file);
    if (text === null) continue;
    const holder = parseHolder(text);
    if (holder === null || !isAlive(holder)) {
      takeAway(file, text);
      continue;
    }
    if (told !== text) onWait(holder);
    told = text;
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/** Who holds the workspace now, or null. */
export function workspaceHolder(root: string): Holder | null {
  const text = readText(path.join(root, '.pipeline', 'lock'));
  const holder = text === null ? null : parseHolder(text);
  return holder !== null && isAlive(holder) ? holder : null;
}

/** Creates the lock with its content in one step: a link, unlike a write, is there wholly or not at all. */
function tryCreate(file: string, content: string): boolean {
  const temporary = uniqueName(file);
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes a dead process's lock. Of several that try, a rename lets one win; a living one's lock is put back. */
function takeAway(file: string, dead: string): void {
  const aside = uniqueName(file);
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readText(aside) !== dead) {
    try {
      linkSync(aside, file);
    } catch {
      // Somebody else has taken it meanwhile.
    }
  }
  rmSync(aside, { force: true });
}

function isAlive(holder: Holder): boolean {
  // Of a process on another machine (a shared file system) only that machine could tell.
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.birth === null || holder.birth === birthOf(holder.pid);
}

/** When the process was started, in the system's own count (Linux: clock ticks since boot). */
function birthOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie holds nothing any more.
  return state === 'Z' ? 'dead' : (rest[18] ?? null);
}

function parseHolder(text: string): Holder | null {
  try {
    const { pid, host, since, birth } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') return null;
    return { pid, host, since, birth: birth ?? null };
  } catch {
    return null;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
