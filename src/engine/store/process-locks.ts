import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { hashBytes } from './digest.ts';
import { readText } from './read-text.ts';

/** A process that holds locks. */
export interface Holder {
  /** Unlike a pid, never used again. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** ISO time at which it began. */
  readonly since: string;
  /** What tells the process from a later one with the same pid; null where the system does not say. */
  readonly birth: string | null;
}

/** A short name for what is locked, fit for a file name. */
export type LockKey = string & { readonly __brand: 'LockKey' };

export function lockKey(name: string): LockKey {
  return hashBytes(name).slice(0, 32) as LockKey;
}

/** Time (ms) for which a file without a readable holder may be one that is being written. */
const halfMadeFor = 5000;

/** Time (ms) after which a lock that is only ever held for moments counts as stuck. */
const patience = 30_000;

/**
 * Locks between processes on one project. A lock is a hard link to a file that says who its holder is: it is there
 * with its content or not at all.
 *
 * The lock of a dead process is never removed by others, who might by then remove somebody else's. It gets a
 * successor instead: a link named after the dead holder's id, which only one process can make. Who holds a lock is
 * therefore the living end of a chain that begins at the lock's own name.
 */
export class ProcessLocks {
  readonly me: Holder;
  readonly #held: string;
  readonly #mine: string;
  /** Keys of our locks, with the links to remove; the lock's own name first. */
  readonly #links = new Map<LockKey, readonly string[]>();

  private constructor(root: string, purpose: 'run' | 'moment') {
    this.me = describeMe();
    this.#held = heldFolder(root);
    const folder = path.join(root, '.pipeline', 'running');
    this.#mine = path.join(folder, purpose === 'run' ? this.me.id : `moment-${this.me.id}`);
    mkdirSync(this.#held, { recursive: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.#mine, JSON.stringify(this.me));
  }

  /** Announces this process as one that runs stages in the project. */
  static open(root: string): ProcessLocks {
    return new ProcessLocks(root, 'run');
  }

  /**
   * Does something short and synchronous while no other process does the same.
   * Throws an Error when another process holds the lock for longer than is plausible.
   */
  static exclusively<Result>(root: string, name: string, work: () => Result): Result {
    const locks = new ProcessLocks(root, 'moment');
    const key = lockKey(name);
    const startedAt = Date.now();
    try {
      for (;;) {
        const holder = locks.tryLock(key);
        if (holder === null) return work();
        if (Date.now() - startedAt > patience) {
          throw new Error(`process ${holder.pid} on ${holder.host} has kept the lock of ${name} for too long`);
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      }
    } finally {
      locks.close();
    }
  }

  /** Takes the lock: null, or who has it. */
  tryLock(key: LockKey): Holder | null {
    for (;;) {
      const end = follow(this.#held, key);
      if (end.holder !== null) return end.holder;
      const links = [...end.chain, end.free];
      if (!this.#tryCreate(end.free)) continue;
      // The chain that led here may have been released meanwhile, and the lock taken at its own name.
      if (links.length === 1 || follow(this.#held, key).holder?.id === this.me.id) {
        this.#links.set(key, links);
        return null;
      }
      rmSync(end.free, { force: true });
    }
  }

  /** Releases the lock, if it is ours. */
  unlock(key: LockKey): void {
    // The lock's own name goes first: whoever finds a link of the rest can then tell that it leads nowhere.
    for (const link of this.#links.get(key) ?? []) rmSync(link, { force: true });
    this.#links.delete(key);
  }

  has(key: LockKey): boolean {
    return this.#links.has(key);
  }

  /** The living process that holds the lock, or null. */
  holderOf(key: LockKey): Holder | null {
    return follow(this.#held, key).holder;
  }

  /** Keys of all locks that exist, of processes living and dead. */
  keys(): Set<LockKey> {
    return new Set(readdirSync(this.#held).map((name) => name.split('.', 1)[0] as LockKey));
  }

  /** Removes what processes left that were killed. */
  sweep(): void {
    for (const name of readdirSync(path.dirname(this.#mine))) {
      const file = path.join(path.dirname(this.#mine), name);
      const holder = readHolder(file);
      if (holder !== null && !isAlive(holder)) rmSync(file, { force: true });
    }
    for (const key of this.keys()) {
      if (this.tryLock(key) === null) this.unlock(key);
    }
  }

  /** Releases everything. */
  close(): void {
    for (const key of [...this.#links.keys()]) this.unlock(key);
    rmSync(this.#mine, { force: true });
  }

  /** Makes a link that names us; false when somebody else has made it. */
  #tryCreate(link: string): boolean {
    try {
      linkSync(this.#mine, link);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    }
    // A file system without hard links: the same, but for a moment the file is there without its content.
    try {
      writeFileSync(link, JSON.stringify(this.me), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }
}

/** Follows a lock's chain to its living holder, or to the name that a successor would take. */
function follow(
  held: string,
  key: LockKey,
): { holder: Holder; chain: string[] } | { holder: null; chain: string[]; free: string } {
  const base = path.join(held, key);
  const chain: string[] = [];
  for (let link = base; ;) {
    const holder = readHolder(link);
    if (holder === null) return { holder, chain, free: link };
    if (isAlive(holder)) return { holder, chain };
    chain.push(link);
    link = `${base}.${holder.id}`;
  }
}

/** The living process that holds a lock in the project, or null. Only looks, and writes nothing. */
export function lockHolder(root: string, key: LockKey): Holder | null {
  return follow(heldFolder(root), key).holder;
}

function heldFolder(root: string): string {
  return path.join(root, '.pipeline', 'held');
}

/** The living processes that run stages in the project. */
export function runningProcesses(root: string): Holder[] {
  const folder = path.join(root, '.pipeline', 'running');
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('moment-'))
      .map((name) => readHolder(path.join(folder, name)))
      .filter((holder): holder is Holder => holder !== null && isAlive(holder));
  } catch {
    return [];
  }
}

function describeMe(): Holder {
  return {
    id: `${process.pid}-${randomBytes(6).toString('hex')}`,
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    birth: birthOf(process.pid),
  };
}

/** Null when there is no such file. */
function readHolder(file: string): Holder | null {
  const text = readText(file);
  if (text === null) return null;
  try {
    const { id, pid, host, since, birth } = JSON.parse(text) as Partial<Holder>;
    if (typeof id === 'string' && typeof pid === 'number' && typeof host === 'string' && typeof since === 'string') {
      return { id, pid, host, since, birth: birth ?? null };
    }
  } catch {
    // Told below.
  }
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  // Just made, it may be about to be written (see `#tryCreate`); later it is what a power failure left of a dead one.
  const host = Date.now() - stat.mtimeMs < halfMadeFor ? 'unknown' : hostname();
  return { id: `damaged-${stat.ino}-${stat.mtimeMs}`, pid: 0, host, since: stat.mtime.toISOString(), birth: 'dead' };
}

function isAlive(holder: Holder): boolean {
  // Of a process on another machine (a shared file system) only that machine could tell.
  if (holder.host !== hostname()) return true;
  if (holder.pid <= 0) return false;
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
