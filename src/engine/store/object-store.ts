import { constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { uniqueName, writeFileAtomic } from './atomic-file.ts';
import { type Artifact, isDirectory, type ManifestEntry, parseManifest, serializeManifest } from './artifact.ts';
import { type Digest, directorySuffix, hashBytes, hashFile } from './digest.ts';

/** An object whose content is not what its name says. It has been moved to `movedTo`, so that it is never used. */
export class CorruptObjectError extends Error {
  override readonly name = 'CorruptObjectError';
  readonly digest: Digest;
  readonly movedTo: string;

  constructor(digest: Digest, movedTo: string) {
    super(`object ${digest} in the cache is corrupt; moved to ${movedTo}`);
    this.digest = digest;
    this.movedTo = movedTo;
  }
}

/** An object that the cache does not hold (any more). */
export class MissingObjectError extends Error {
  override readonly name = 'MissingObjectError';
}

/**
 * Files by the SHA-256 of their content, below one directory. Objects appear by a rename and never change, so any
 * number of processes may read and write at once, and a kill leaves at worst a file with a temporary name.
 */
export class ObjectStore {
  readonly #directory: string;
  readonly #quarantined: CorruptObjectError[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  has(digest: Digest): boolean {
    return existsSync(this.#pathOf(digest));
  }

  /** True when every file of the artifact is there; content is checked only when it is used. */
  hasAll(artifact: Artifact): boolean {
    if (!this.has(artifact.digest)) return false;
    if (!isDirectory(artifact)) return true;
    try {
      return this.readManifest(artifact.digest).every((entry) => this.has(entry.digest));
    } catch {
      // A corrupt manifest was moved away by reading it: not there.
      return false;
    }
  }

  /** The corrupt objects found since this was asked last. */
  takeQuarantined(): CorruptObjectError[] {
    return this.#quarantined.splice(0);
  }

  putBytes(bytes: string | Uint8Array, digest: Digest, mode = 0o644): void {
    if (!this.has(digest)) writeFileAtomic(this.#pathOf(digest), bytes, { durable: true, mode });
  }

  /**
   * Takes a copy of a file and returns the digest of what was copied (which is what matters when the file changes
   * meanwhile). The copy shares its blocks with the file where the file system can do that.
   */
  async putFile(file: string): Promise<Digest> {
    const temporary = path.join(this.#directory, 'tmp', uniqueName('object'));
    mkdirSync(path.dirname(temporary), { recursive: true });
    try {
      await copyFile(file, temporary, constants.COPYFILE_FICLONE);
      const digest = await hashFile(temporary);
      const target = this.#pathOf(digest);
      if (!existsSync(target)) {
        await flushFile(temporary);
        mkdirSync(path.dirname(target), { recursive: true });
        await rename(temporary, target);
      }
      return digest;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  putManifest(entries: readonly ManifestEntry[]): Digest {
    const text = serializeManifest(entries);
    const digest = `${hashBytes(text)}${directorySuffix}` as Digest;
    this.putBytes(text, digest);
    return digest;
  }

  /** Throws CorruptObjectError, or MissingObjectError. */
  readManifest(digest: Digest): ManifestEntry[] {
    const file = this.#pathOf(digest);
    if (!existsSync(file)) throw new MissingObjectError(`the cache has no object ${digest}`);
    const text = readFileSync(file, 'utf8');
    if (`${hashBytes(text)}${directorySuffix}` !== digest) throw this.#quarantine(digest);
    return parseManifest(text);
  }

  /**
   * Writes the object's content to `target`, which must not exist yet. The copy is verified before this returns.
   * Throws CorruptObjectError, or MissingObjectError.
   */
  async copyTo(digest: Digest, target: string): Promise<void> {
    try {
      await copyFile(this.#pathOf(digest), target, constants.COPYFILE_FICLONE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new MissingObjectError(`the cache has no object ${digest}`);
    }
    if ((await hashFile(target)) !== digest) {
      rmSync(target, { force: true });
      throw this.#quarantine(digest);
    }
    await flushFile(target);
  }

  #quarantine(digest: Digest): Error {
    const movedTo = path.join(this.#directory, 'quarantine', uniqueName(digest));
    mkdirSync(path.dirname(movedTo), { recursive: true });
    try {
      renameSync(this.#pathOf(digest), movedTo);
    } catch {
      // Another restore of the same object has found it corrupt at the same time.
      return new MissingObjectError(`the cache has no object ${digest}`);
    }
    const error = new CorruptObjectError(digest, movedTo);
    this.#quarantined.push(error);
    return error;
  }

  #pathOf(digest: Digest): string {
    return path.join(this.#directory, 'objects', digest.slice(0, 2), digest.slice(2));
  }
}

async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
