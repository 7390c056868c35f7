import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { FileClock } from './file-clock.ts';
import { asLockError, NotALockError, ProcessLockError } from './holder-file.ts';
import { describeMe, type Holder, holderName, holderText, type SeenHolder, wayOut } from './holder.ts';
import { defaultHeartbeat } from './liveness.ts';
import { type LockFolders, lockKey, type LockKey, momentPrefix, projectFolders } from './lock-folders.ts';
import { isThere, LockView, namesIn, type ViewOptions } from './lock-view.ts';

export { lockKey, type LockKey };

/** Time (ms) that `exclusively` waits. Nothing else goes on meanwhile, signals included. */
const momentPatience = 1000;

/** Time (ms) of silence after which one that wanted a lock for a moment counts as dead. */
export const momentSilence = 30_000;

/** A lock that changes hands so often while it is looked at is no lock. */
const mostAttempts = 1000;

export interface LockOptions extends ViewOptions {
  /** Begins the id of this holder; those of runs of stages have none. */
  readonly prefix?: string;
}

/** A lock that somebody else has, although only moments were to be waited for. */
export class LockBusyError extends ProcessLockError {}

/**
 * Locks between processes on one folder. A lock is a hard link to a file that says who its holder is: it is there with
 * its content or not at all. The holder touches that file every few seconds.
 *
 * The lock of a dead process is never removed by others, who might by then remove somebody else's. It gets a
 * successor instead: a link named after the dead holder's id, which only one process can make. Who holds a lock is
 * therefore the end of a chain that begins at the lock's own name. A holder that was only silent, because it was
 * suspended, finds its successor there and knows that the lock is lost.
 */
export class ProcessLocks {
  readonly me: Holder;
  /** Told of each lock that was ours and is not any more. */
  onLost: (key: LockKey) => void = () => undefined;
  readonly view: LockView;
  readonly #folders: LockFolders;
  readonly #mine: string;
  /** Keys of our locks, with the links to remove; the lock's own name first. */
  readonly #links = new Map<LockKey, readonly string[]>();
  /** What tells a link to our file from one to another, also to one that has its inode's number later. */
  #identity: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  private constructor(folders: LockFolders, options: LockOptions) {
    this.#folders = folders;
    this.view = new LockView(folders, new FileClock(() => this.#touch()), options);
    const { prefix = '' } = options;
    // Shorter with a shorter silence, so that a few beats may be missed.
    const heartbeat = prefix === momentPrefix ? null : Math.min(defaultHeartbeat, this.view.silence / 6);
    this.me = describeMe(prefix, heartbeat);
    this.#mine = path.join(folders.running, this.me.id);
    makeFolder(folders.held);
    makeFolder(folders.running);
    this.#announce();
    if (heartbeat !== null) this.#timer = setInterval(() => this.beat(), heartbeat).unref();
  }

  /** Announces this process as one that runs stages in the project. */
  static open(root: string, options: LockOptions = {}): ProcessLocks {
    return new ProcessLocks(projectFolders(root), options);
  }

  /** Locks in other folders than a project's. */
  static openIn(folders: LockFolders, options: LockOptions = {}): ProcessLocks {
    return new ProcessLocks(folders, options);
  }

  /**
   * Does something short and synchronous while no other process does the same. The work may ask whether the lock is still
   * ours, before it changes anything. Throws LockBusyError when another process holds the lock for longer than a second.
   */
  static exclusively<Result>(root: string, name: string, work: (confirm: () => void) => Result): Result {
    const locks = ProcessLocks.open(root, { prefix: momentPrefix });
    const view = new LockView(locks.#folders, new FileClock(() => locks.#touch()), {
      silence: Math.min(momentSilence, locks.view.silence),
    });
    const key = lockKey(name);
    const startedAt = performance.now();
    try {
      for (;;) {
        const holder = locks.tryLock(key, view);
        if (holder === null) break;
        if (performance.now() - startedAt > momentPatience) throw busy(name, holder);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      }
      return work(() => {
        if (!locks.isHeld(key)) throw new LockBusyError(`another process took over the lock of ${name}`);
      });
    } finally {
      locks.close();
    }
  }

  /** Takes the lock: null, or who has it. Throws ProcessLockError when there is something that is no lock. */
  tryLock(key: LockKey, view = this.view): SeenHolder | null {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const end = view.follow(key);
      if (end.holder !== null) return end.holder;
      const links = [...end.chain, end.free];
      if (!this.#tryCreate(end.free)) continue;
      // The chain that led here may have been released meanwhile, and the lock taken at its own name.
      if (links.length === 1 || view.follow(key).holder?.id === this.me.id) {
        this.#links.set(key, links);
        return null;
      }
      rmSync(end.free, { force: true });
    }
    throw new ProcessLockError(`${path.join(this.#folders.held, key)} can be neither read nor made. Remove it`);
  }

  /** Releases the lock, if it is ours. */
  unlock(key: LockKey): void {
    const links = this.#links.get(key);
    if (links === undefined) return;
    // A lost lock belongs to others, with all its links.
    const isOurs = quietly(() => this.isHeld(key)) !== false;
    this.#links.delete(key);
    // The lock's own name goes first: whoever finds a link of the rest can then tell that it leads nowhere.
    if (isOurs) for (const link of links) quietly(() => rmSync(link, { force: true }));
  }

  /** True when we took the lock and did not find it lost since; a cheap answer for what has no consequences. */
  has(key: LockKey): boolean {
    return this.#links.has(key);
  }

  /**
   * Looks whether the lock that we took is still ours. It is not when this process was suspended for so long that others
   * took it for dead, or when a person removed the lock.
   */
  isHeld(key: LockKey): boolean {
    const own = this.#links.get(key)?.at(-1);
    if (own === undefined || isThere(path.join(this.#folders.held, `${key}.${this.me.id}`))) return false;
    const stat = lstatSync(own, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return false;
    const identity = identityOf(stat);
    // Where files do not say when they were made, or have no second names, the text tells.
    return (identity !== null && identity === this.#identity) || this.view.look(own)?.id === this.me.id;
  }

  /** The living process that holds the lock, or null. Throws ProcessLockError. */
  holderOf(key: LockKey): SeenHolder | null {
    return this.view.follow(key).holder;
  }

  /** Keys of all locks that exist, of processes living and dead. */
  keys(): Set<LockKey> {
    return this.view.keys();
  }

  /** Removes what processes left that were killed. What is no lock is left for those who need it, or `pipeline unlock`. */
  sweep(): void {
    for (const name of namesIn(this.#folders.running)) {
      const holder = quietly(() => this.view.look(path.join(this.#folders.running, name)));
      if (holder?.life === 'dead') quietly(() => rmSync(holder.file, { force: true }));
    }
    for (const key of this.keys()) {
      quietly(() => {
        if (this.tryLock(key) === null) this.unlock(key);
      });
    }
  }

  /** Gives a sign of life, and finds out which locks were lost since the last one. */
  beat(): void {
    for (const key of [...this.#links.keys()]) {
      if (quietly(() => this.isHeld(key)) !== false) continue;
      this.#links.delete(key);
      this.onLost(key);
    }
    this.#touch();
  }

  /** Releases everything. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const key of [...this.#links.keys()]) this.unlock(key);
    quietly(() => rmSync(this.#mine, { force: true }));
  }

  #announce(): void {
    // Whole under its name at once: others may look at any time.
    const temporary = `${this.#mine}.new`;
    const handle = openSync(temporary, 'w', 0o644);
    try {
      writeSync(handle, holderText(this.me));
      this.#identity = identityOf(fstatSync(handle, { bigint: true }));
      // Others have to be able to read who holds a lock, whatever this user's umask; there is nothing private in it.
      quietly(() => fchmodSync(handle, 0o644));
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, this.#mine);
  }

  /**
   * A sign of life: the first byte of our file is written again, because only then does a file server use its own clock.
   * Returns the file's time (ms), or null when it cannot be written.
   */
  #touch(): number | null {
    try {
      const handle = openSync(this.#mine, 'r+');
      try {
        writeSync(handle, '{', 0);
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      // Removed by somebody although we live: others have to know of us.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || this.#timer === null) return null;
      quietly(() => this.#announce());
    }
    return quietly(() => lstatSync(this.#mine).mtimeMs);
  }

  /** Makes a link that names us; false when somebody else has made it. */
  #tryCreate(link: string): boolean {
    try {
      linkSync(this.#mine, link);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ENOENT'].includes(code))
        throw asLockError(link, error);
    }
    // A file system without hard links: the same, but for a moment the file is there without its content.
    try {
      writeFileSync(link, holderText(this.me), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw asLockError(link, error);
    }
  }
}

function identityOf({ ino, birthtimeNs }: BigIntStats): string | null {
  return birthtimeNs > 0n ? `${String(ino)} ${String(birthtimeNs)}` : null;
}

/** Throws ProcessLockError when something else is in the folder's place. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP'].includes(code)) throw error;
    throw new NotALockError(
      `expected a folder at ${folder}, found something else there or on the way (${code}). Remove it, and run again`,
    );
  }
}

function busy(name: string, holder: SeenHolder): LockBusyError {
  const more = wayOut(holder);
  return new LockBusyError(
    `${holderName(holder)} has the lock of ${name} (${holder.file}) since ${holder.since}` +
      (more === '' ? '; wait until it is done, or stop it' : `; ${more}`),
  );
}

/** The result, or null where the file system or another process is in the way. */
function quietly<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch {
    return null;
  }
}
