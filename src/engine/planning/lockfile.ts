import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ProcessLockError } from '../../base/locks/holder-file.ts';
import { LockBusyError, momentSilence, ProcessLocks } from '../../base/locks/process-locks.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { type LockBlock, type LockBlocks, LockError, writeBlockText, writeLockText } from './lock-format.ts';
import { lockText, parseLock } from './read-lock.ts';

/** A write of the lock may take at most this share of the time between two writes. */
const writingShare = 0.1;
const shortestPause = 200;

/** Time (ms) for which the end of a run waits for others that write the lock: until a dead one counts as dead. */
const patience = momentSilence + 10_000;
/** The same once the user wants the run to end. */
const hurriedPatience = 1000;
/** Time (ms) between two tries to write the lock while others do. */
const retryPause = 50;

/**
 * The lock file of one profile. It is rewritten as a whole, soon after each change: writes that would come too fast to
 * be worth it are put together. A kill loses at most the last of them, and those the run cache knows: the next run
 * finds the outputs in place and records them without running.
 *
 * Several processes may write it: each reads it again before it writes, and keeps the blocks of the others.
 */
export class Lockfile {
  readonly file: string;
  readonly #root: string;
  readonly #blocks: Map<string, LockBlock>;
  readonly #texts = new Map<string, string>();
  /** Instances that this process recorded: what other processes say of them is older. */
  readonly #own = new Set<string>();
  /** The state of the file whose content we know. */
  #known: string | null;
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #nextWriteAt = 0;

  private constructor(root: string, file: string, blocks: Map<string, LockBlock>, known: string | null) {
    this.#root = root;
    this.file = file;
    this.#blocks = blocks;
    this.#known = known;
  }

  /** Reads the lock, or starts an empty one. Throws LockError when a person has to mend it. */
  static open(root: string, file: string): Lockfile {
    const known = stateOf(path.join(root, file));
    return new Lockfile(root, file, readBlocks(root, file), known);
  }

  get(name: string): LockBlock | undefined {
    return this.#blocks.get(name);
  }

  get blocks(): LockBlocks {
    return this.#blocks;
  }

  /** Records an instance. It is on disk after a moment, or when `flush` returns. */
  set(name: string, block: LockBlock): void {
    this.#blocks.set(name, block);
    this.#texts.delete(name);
    this.#own.add(name);
    this.#dirty = true;
    const pause = this.#nextWriteAt - Date.now();
    if (pause <= 0) this.#flushWhilePossible();
    else this.#flushLater(pause);
  }

  /** Takes over what other processes have recorded since the file was read last. Throws LockError. */
  refresh(): void {
    const now = stateOf(path.join(this.#root, this.file));
    if (now === this.#known || now === null) return;
    const blocks = readBlocks(this.#root, this.file);
    for (const [name, block] of blocks) if (!this.#own.has(name)) this.#adopt(name, block);
    for (const name of [...this.#blocks.keys()]) {
      if (blocks.has(name) || this.#own.has(name)) continue;
      this.#blocks.delete(name);
      this.#texts.delete(name);
    }
    this.#known = now;
  }

  /** Throws LockError when the file cannot be written: better told before hours of work than after them. */
  requireWritable(): void {
    const folder = path.dirname(path.join(this.#root, this.file));
    try {
      mkdirSync(folder, { recursive: true });
      // The file is replaced, so it is its folder that has to be writable.
      accessSync(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unwritable(this.file, error, 'Nothing was run.');
    }
  }

  /** Drops the blocks of instances that no longer exist. */
  keepOnly(isCurrent: (name: string) => boolean): void {
    for (const name of [...this.#blocks.keys()].filter((known) => !isCurrent(known))) {
      this.#blocks.delete(name);
      this.#texts.delete(name);
      this.#dirty = true;
    }
  }

  /** Writes what is not written yet. Throws LockError when the file cannot be written, or was left unreadable by others. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#dirty) return;
    const startedAt = Date.now();
    const absolute = path.join(this.#root, this.file);
    ProcessLocks.exclusively(this.#root, this.file, (confirm) => {
      this.refresh();
      const text = this.#text();
      confirm();
      try {
        writeFileAtomic(absolute, text, { durable: true });
      } catch (error) {
        throw unwritable(this.file, error, 'What ran is in the cache, where the next run finds it.');
      }
      this.#known = stateOf(absolute);
    });
    this.#dirty = false;
    const took = Date.now() - startedAt;
    this.#nextWriteAt = Date.now() + Math.max(shortestPause, took / writingShare);
  }

  /** Writes what is left. Throws LockError as `flush` does. */
  close(): void {
    this.flush();
  }

  /**
   * Writes what is left, and waits while other processes write. Throws LockError when the file cannot be written, or
   * others do not come to an end; `signal` shortens the wait.
   */
  async settle(signal?: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        this.flush();
        return;
      } catch (error) {
        if (!(error instanceof ProcessLockError)) throw error;
        const limit = signal?.aborted === true ? hurriedPatience : patience;
        if (!(error instanceof LockBusyError) || performance.now() - startedAt > limit) {
          throw new LockError(
            `${this.file} cannot be written: ${error.message}. What ran is in the cache, where the next run finds it.`,
          );
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryPause));
    }
  }

  #flushLater(pause: number): void {
    this.#timer ??= setTimeout(() => this.#flushWhilePossible(), pause).unref();
  }

  /** A run goes on when the file cannot be read or written for a while; the run cache knows what is not written. `close` tells. */
  #flushWhilePossible(): void {
    try {
      this.flush();
    } catch (error) {
      if (error instanceof ProcessLockError) this.#flushLater(shortestPause);
      else if (!(error instanceof LockError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      this.#nextWriteAt = Date.now() + shortestPause;
    }
  }

  #adopt(name: string, block: LockBlock): void {
    if (this.#blocks.get(name)?.fingerprint !== block.fingerprint) this.#texts.delete(name);
    this.#blocks.set(name, block);
  }

  #text(): string {
    const texts = [...this.#blocks].map(([name, block]): [string, string] => {
      const text = this.#texts.get(name) ?? writeBlockText(name, block);
      this.#texts.set(name, text);
      return [name, text];
    });
    return writeLockText(texts);
  }
}

/** What stopped a write of the lock, in words; an error that is none of the file system's stays what it is. */
function unwritable(file: string, error: unknown, rest: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const folder = path.posix.dirname(file);
  return new LockError(
    `${file} cannot be written (${code}). ${rest} Check owner, mode and free space of ` +
      `${folder === '.' ? 'its folder' : `the folder ${folder}`}, and run again.`,
  );
}

/** Throws LockError. */
function readBlocks(root: string, file: string): Map<string, LockBlock> {
  const text = lockText(root, file);
  return text === null ? new Map<string, LockBlock>() : parseLock(text, file);
}

/** Every write of the lock makes a new file, so its inode tells that there was one. */
function stateOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}
