import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type Digest, hashBytes } from '../store/digest.ts';
import {
  type LockBlock,
  type LockBlocks,
  LockError,
  readLockDocument,
  rebuildAdvice,
  refuseConflictMarkers,
  writeBlockText,
  writeLockText,
} from './lock-format.ts';

/** A write of the lock may take at most this share of the time between two writes. */
const writingShare = 0.1;
const shortestPause = 200;

/**
 * The lock file of one profile. It is rewritten as a whole, soon after each change: writes that would come too fast to
 * be worth it are put together. A kill loses at most the last of them, and those the run cache knows: the next run
 * finds the outputs in place and records them without running.
 */
export class Lockfile {
  readonly file: string;
  readonly #root: string;
  readonly #blocks: Map<string, LockBlock>;
  readonly #texts = new Map<string, string>();
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #nextWriteAt = 0;

  private constructor(root: string, file: string, blocks: Map<string, LockBlock>) {
    this.#root = root;
    this.file = file;
    this.#blocks = blocks;
  }

  /** Reads the lock, or starts an empty one. Throws LockError when a person has to mend it. */
  static open(root: string, file: string): Lockfile {
    const absolute = path.join(root, file);
    if (!existsSync(absolute)) return new Lockfile(root, file, new Map());
    const text = readFileSync(absolute, 'utf8');
    const digest = hashBytes(text);
    const copy = readCopy(copyFile(root, file), digest);
    if (copy !== null) return new Lockfile(root, file, copy);
    refuseConflictMarkers(text, file);
    const blocks = readLockDocument(parseYaml(text, file), file);
    const lock = new Lockfile(root, file, blocks);
    lock.#writeCopy(digest);
    return lock;
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
    this.#dirty = true;
    const pause = this.#nextWriteAt - Date.now();
    if (pause <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), pause).unref();
  }

  /** Drops the blocks of instances that no longer exist. */
  keepOnly(isCurrent: (name: string) => boolean): void {
    for (const name of [...this.#blocks.keys()].filter((known) => !isCurrent(known))) {
      this.#blocks.delete(name);
      this.#texts.delete(name);
      this.#dirty = true;
    }
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#dirty) return;
    const startedAt = Date.now();
    writeFileAtomic(path.join(this.#root, this.file), this.#text(), { durable: true });
    this.#dirty = false;
    const took = Date.now() - startedAt;
    this.#nextWriteAt = Date.now() + Math.max(shortestPause, took / writingShare);
  }

  /** Writes what is left, and the copy that is read faster than YAML. */
  close(): void {
    this.flush();
    this.#writeCopy(hashBytes(this.#text()));
  }

  #text(): string {
    const texts = [...this.#blocks].map(([name, block]): [string, string] => {
      const text = this.#texts.get(name) ?? writeBlockText(name, block);
      this.#texts.set(name, text);
      return [name, text];
    });
    return writeLockText(texts);
  }

  // Parsing YAML takes about 1 ms for each of hundreds of blocks; JSON takes microseconds. The digest of the lock's
  // text tells whether the copy still says the same.
  #writeCopy(digest: Digest): void {
    const file = copyFile(this.#root, this.file);
    if (readCopyDigest(file) === digest) return;
    writeFileAtomic(file, `${digest}\n${JSON.stringify([...this.#blocks])}`);
  }
}

function copyFile(root: string, file: string): string {
  return path.join(root, '.pipeline', 'locks', `${hashBytes(file).slice(0, 16)}.json`);
}

function readCopyDigest(file: string): string | null {
  return readText(file)?.slice(0, 64) ?? null;
}

function readCopy(file: string, digest: Digest): Map<string, LockBlock> | null {
  const text = readText(file);
  if (text?.slice(0, 64) !== digest) return null;
  try {
    return new Map(JSON.parse(text.slice(65)) as [string, LockBlock][]);
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

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new LockError(`${file} cannot be read: ${first ?? ''} ${rebuildAdvice(file)}`);
  }
}
