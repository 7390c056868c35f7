import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { type Artifact, isDirectory, type ManifestEntry, parseManifest, serializeManifest } from './artifact.ts';
import { uniqueName, writeFileAtomic } from './atomic-file.ts';
import { type Digest, directorySuffix, hashBytes } from './digest.ts';
import { Hasher } from './hasher.ts';
import { Linker, type LinkType, linkTypes, makeReadOnly } from './links.ts';

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

/** A file that was written while its content was being taken. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';
}

/**
 * Files by the SHA-256 of their content, below one directory. Objects appear by a rename and never change, so any
 * number of processes may read and write at once, and a kill leaves at worst a file with a temporary name.
 *
 * Content is read and compared with its name whenever it is used, hard links included: nothing but reading can tell a
 * flipped bit, and reading costs little beside running the stage again.
 */
export class ObjectStore {
  /** Absolute. */
  readonly directory: string;
  readonly #linker: Linker;
  readonly #hasher: Hasher;
  readonly #quarantined: CorruptObjectError[] = [];

  constructor(directory: string, links: readonly LinkType[] = linkTypes, hasher = new Hasher()) {
    this.directory = directory;
    this.#linker = new Linker(links);
    this.#hasher = hasher;
  }

  has(digest: Digest): boolean {
    return existsSync(this.pathOf(digest));
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

  /** Takes a copy of a file that goes on living, such as a log; returns the digest of what was copied. */
  async putFile(file: string): Promise<Digest> {
    return (await this.#take(file, false)).digest;
  }

  /**
   * Takes the content of a file by the cheapest link the settings allow. At a hard link the file becomes read-only and
   * one with its object. At no moment is the content in neither place.
   * Throws FileChangedError when the file is written meanwhile.
   */
  keep(file: string): Promise<{ readonly digest: Digest; readonly link: LinkType }> {
    // A file that has another name already is not ours alone: its other name must stay writable.
    return this.#take(file, lstatSync(file).nlink === 1);
  }

  async putManifest(entries: readonly ManifestEntry[]): Promise<Digest> {
    const text = serializeManifest(entries);
    const digest = `${hashBytes(text)}${directorySuffix}` as Digest;
    if (!this.#holds(digest, Buffer.byteLength(text))) {
      const temporary = this.#temporary();
      writeFileAtomic(temporary, text, { mode: 0o444 });
      await this.#install(temporary, digest);
    }
    return digest;
  }

  /** Throws CorruptObjectError, or MissingObjectError. */
  readManifest(digest: Digest): ManifestEntry[] {
    const file = this.pathOf(digest);
    if (!existsSync(file)) throw missing(digest);
    const text = readFileSync(file, 'utf8');
    if (`${hashBytes(text)}${directorySuffix}` !== digest) throw this.#quarantine(digest);
    return parseManifest(text);
  }

  /**
   * Writes the object's content to `target`, which must not exist yet, as a file of its own. The copy is verified
   * before this returns. Throws CorruptObjectError, or MissingObjectError.
   */
  async copyTo(digest: Digest, target: string): Promise<void> {
    await this.#bring(digest, target, false);
  }

  /** Like `copyTo`, but by the cheapest link that the settings allow: a hard link is read-only. */
  placeAt(digest: Digest, target: string): Promise<LinkType> {
    return this.#bring(digest, target, true);
  }

  /** Takes an object from another store's directory. False when it is not there, or not what its name says. */
  async fetchFrom(source: string, digest: Digest): Promise<'fetched' | 'missing' | 'corrupt'> {
    if (this.has(digest)) return 'fetched';
    const temporary = this.#temporary();
    try {
      await this.#linker.place(source, temporary, { shared: false });
      if ((await this.#digestOf(temporary, digest)) !== digest) return 'corrupt';
      await this.#install(temporary, digest);
      return 'fetched';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Where an object lies, or would lie. */
  pathOf(digest: Digest): string {
    return path.join(this.directory, 'objects', digest.slice(0, 2), digest.slice(2));
  }

  async #take(file: string, shared: boolean): Promise<{ digest: Digest; link: LinkType }> {
    const temporary = this.#temporary();
    try {
      const link = await this.#linker.place(file, temporary, { shared });
      const before = statSync(temporary, { bigint: true });
      const digest = await this.#hasher.hash(temporary, Number(before.size));
      const after = statSync(temporary, { bigint: true });
      if (before.mtimeNs !== after.mtimeNs || before.size !== after.size) {
        throw new FileChangedError(`${file} was written while it was being kept`);
      }
      // A hard link takes the place of an older object of the same name: that one may have been damaged since.
      if (link === 'hardlink' || !this.#holds(digest, Number(after.size))) await this.#install(temporary, digest);
      return { digest, link };
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  async #bring(digest: Digest, target: string, shared: boolean): Promise<LinkType> {
    let link: LinkType;
    try {
      link = await this.#linker.place(this.pathOf(digest), target, { shared });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || this.has(digest)) throw error;
      throw missing(digest);
    }
    if ((await this.#digestOf(target, digest)) !== digest) {
      rmSync(target, { force: true });
      throw this.#quarantine(digest);
    }
    if (link !== 'hardlink') await flushFile(target);
    return link;
  }

  /** What the name of the content would be, if `digest` is a name of its kind. */
  async #digestOf(file: string, digest: Digest): Promise<Digest> {
    const content = await this.#hasher.hash(file, statSync(file).size);
    return (digest.endsWith(directorySuffix) ? `${content}${directorySuffix}` : content) as Digest;
  }

  /** Gives a whole file its name, once the disk has it. */
  async #install(temporary: string, digest: Digest): Promise<void> {
    const target = this.pathOf(digest);
    makeReadOnly(temporary);
    await flushFile(temporary);
    mkdirSync(path.dirname(target), { recursive: true });
    renameSync(temporary, target);
  }

  /** A cheap look: an object that was cut short is put again. */
  #holds(digest: Digest, size: number): boolean {
    return statSync(this.pathOf(digest), { throwIfNoEntry: false })?.size === size;
  }

  #temporary(): string {
    const folder = path.join(this.directory, 'tmp');
    mkdirSync(folder, { recursive: true });
    return path.join(folder, uniqueName('object'));
  }

  #quarantine(digest: Digest): Error {
    const movedTo = path.join(this.directory, 'quarantine', uniqueName(digest));
    mkdirSync(path.dirname(movedTo), { recursive: true });
    try {
      renameSync(this.pathOf(digest), movedTo);
    } catch {
      // Another restore of the same object has found it corrupt at the same time.
      return missing(digest);
    }
    const error = new CorruptObjectError(digest, movedTo);
    this.#quarantined.push(error);
    return error;
  }
}

function missing(digest: Digest): MissingObjectError {
  return new MissingObjectError(`the cache has no object ${digest}`);
}

/** Waits until the disk has the file. Asynchronous, because the system flushes many at once in the time of one. */
async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
