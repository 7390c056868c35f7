import { chmodSync, closeSync, lstatSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import {
  type Artifact,
  directoryArtifact,
  isDirectory,
  isSame,
  type Manifest,
  serializeManifest,
} from '../contents/artifact.ts';
import { uniqueName, writeFileAtomic } from '../../../base/atomic-file.ts';
import { type Digest, directorySuffix, fileDigest, hashBytes, isExecutable } from '../contents/digest.ts';
import { FileModes, objectMode, workspaceMode } from '../contents/file-modes.ts';
import { Hasher, smallFile } from '../contents/hasher.ts';
import { defaultLinks, Linker, type LinkType } from './links.ts';
import { ManifestError, parseManifest } from './manifest.ts';
import { openRegular, readRegular, UnusableFileError } from '../regular-file.ts';
import { OlderObjects } from './older-objects.ts';
import { flushFile, putInPlace } from './put-in-place.ts';
import { makeFolder } from './shared-folder.ts';
import { settled } from '../contents/stat-index.ts';
import { ownFolder } from '../../../base/state-place.ts';

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

/** A manifest of more bytes than this stands for millions of files; it is not read. */
export const largestManifest = 1 << 28;

/** A file that has been put in place. */
export interface Placed {
  readonly link: LinkType;
  /** When its content was read and found right (ms since 1970); its times were settled then if it is large. */
  readonly readAt: number;
}

export interface KeepOptions {
  /** True for a file that its owner may execute: it is another object than the same bytes without that right. */
  readonly executable?: boolean;
  /** Bits of the mode that the folders around the file leave to others. */
  readonly reach?: number;
}

/**
 * Files by the SHA-256 of their content, below one directory. Objects appear by a rename and never change, so any
 * number of processes may read and write at once, and a kill leaves at worst a file with a temporary name.
 *
 * Content is read and compared with its name whenever it is used, hard links included: nothing but reading can tell a
 * flipped bit, and reading costs little beside running the stage again. What is no regular file, or cannot be read,
 * counts as corrupt: others may write into a shared cache.
 */
export class ObjectStore {
  /** Absolute. */
  readonly directory: string;
  readonly #linker: Linker;
  readonly #hasher: Hasher;
  readonly #older: OlderObjects;
  readonly #quarantined: CorruptObjectError[] = [];
  /** Corrupt objects that could not be moved away, in a cache of somebody else's. */
  readonly #refused = new Set<Digest>();

  constructor(directory: string, links: readonly LinkType[] = defaultLinks, hasher = new Hasher()) {
    for (const name of ['objects', 'tmp', 'quarantine']) ownFolder(path.join(directory, name));
    this.directory = directory;
    this.#linker = new Linker(links);
    this.#hasher = hasher;
    this.#older = new OlderObjects(directory, new FileModes(path.join(directory, 'tmp')));
  }

  /** @param size bytes that it must have, where they are known */
  has(digest: Digest, size: number | null = null): boolean {
    if (this.#refused.has(digest)) return false;
    const stat = statOf(this.pathOf(digest));
    return stat !== undefined && (size === null || stat.size === size);
  }

  /**
   * True when every file of the artifact is there with its size, and the artifact says of its extent what is so. Content
   * is checked only when it is used.
   */
  hasAll(artifact: Artifact): boolean {
    if (!isDirectory(artifact)) return this.has(artifact.digest, artifact.size);
    if (!this.has(artifact.digest)) return false;
    try {
      const manifest = this.readManifest(artifact.digest);
      return (
        isSame(directoryArtifact(manifest), artifact) &&
        manifest.files.every(({ digest, size }) => this.has(digest, size))
      );
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
  async putFile(file: string, options: KeepOptions = {}): Promise<Digest> {
    return (await this.#take(file, options, false)).digest;
  }

  /**
   * Takes the content of a file by the cheapest link the settings allow. At a hard link the file becomes read-only and
   * one with its object. At no moment is the content in neither place.
   * Throws FileChangedError when the file is written meanwhile.
   */
  keep(file: string, options: KeepOptions = {}): Promise<{ readonly digest: Digest; readonly link: LinkType }> {
    // A file that has another name already is not ours alone: its other name must stay writable.
    return this.#take(file, options, lstatSync(file).nlink === 1);
  }

  async putManifest(manifest: Manifest): Promise<Digest> {
    const text = serializeManifest(manifest);
    const digest = `${hashBytes(text)}${directorySuffix}` as Digest;
    if (!this.#holds(digest, Buffer.byteLength(text), 0o444)) {
      const temporary = this.#temporary();
      try {
        writeFileAtomic(temporary, text, { mode: 0o444 });
        await this.#install(temporary, digest);
      } finally {
        rmSync(temporary, { force: true });
      }
    }
    return digest;
  }

  /** Throws CorruptObjectError, or MissingObjectError. */
  readManifest(digest: Digest): Manifest {
    if (this.#refused.has(digest)) throw missing(digest);
    try {
      const text = readRegular(this.pathOf(digest), largestManifest);
      if (`${hashBytes(text)}${directorySuffix}` === digest) return parseManifest(text);
    } catch (error) {
      if (isMissing(error)) throw missing(digest);
      if (!(error instanceof UnusableFileError) && !(error instanceof ManifestError)) throw error;
    }
    throw this.#quarantine(digest);
  }

  /**
   * Writes the object's content to `target`, which must not exist yet, as a file of its own. The copy is verified
   * before this returns. Throws CorruptObjectError, or MissingObjectError.
   */
  async copyTo(digest: Digest, target: string, size: number | null = null): Promise<void> {
    await this.#bring(digest, target, size, false);
  }

  /** Like `copyTo`, but by the cheapest link that the settings allow: a hard link is read-only. */
  placeAt(digest: Digest, target: string, size: number | null = null): Promise<Placed> {
    return this.#bring(digest, target, size, true);
  }

  /**
   * Takes an object from elsewhere, if it is what its name says.
   *
   * @param bring writes a new file with at most `limit` bytes; 'unusable' where there is no content to write
   */
  async take(
    digest: Digest,
    bring: (target: string, limit: number) => Promise<{ readonly executable: boolean } | 'missing' | 'unusable'>,
  ): Promise<'taken' | 'missing' | 'corrupt'> {
    const temporary = this.#temporary();
    const isManifest = digest.endsWith(directorySuffix);
    try {
      const brought = await bring(temporary, isManifest ? largestManifest : Infinity);
      if (typeof brought === 'string') return brought === 'missing' ? 'missing' : 'corrupt';
      if ((await this.#digestOf(temporary, digest)) !== digest) return 'corrupt';
      if (isManifest) parseManifest(readRegular(temporary, largestManifest));
      // Who may read it is for the folders of this cache to say: what its maker allowed was not carried over.
      chmodSync(temporary, workspaceMode(0o444, isExecutable(digest) || brought.executable));
      await this.#install(temporary, digest);
      return 'taken';
    } catch (error) {
      if (error instanceof UnusableFileError || error instanceof ManifestError) return 'corrupt';
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /**
   * True for an artifact of a version that did not tell programs from other files: its objects are the only record of
   * which were programs.
   */
  isOfOldKind(artifact: Artifact): boolean {
    try {
      const digests = isDirectory(artifact)
        ? this.readManifest(artifact.digest).files.map(({ digest }) => digest)
        : [artifact.digest];
      return digests.some((digest) => !isExecutable(digest) && this.isProgram(digest));
    } catch {
      return false;
    }
  }

  /** True for a file that comes back with the right to be executed. */
  isProgram(digest: Digest): boolean {
    if (isExecutable(digest)) return true;
    const stat = statOf(this.pathOf(digest));
    return stat !== undefined && this.#older.include(digest, stat);
  }

  /** Where an object lies, or would lie. */
  pathOf(digest: Digest): string {
    return path.join(this.directory, 'objects', digest.slice(0, 2), digest.slice(2));
  }

  async #take(
    file: string,
    { executable = false, reach }: KeepOptions,
    shared: boolean,
  ): Promise<{ digest: Digest; link: LinkType }> {
    const temporary = this.#temporary();
    try {
      const source = openRegular(file, { follow: true });
      const mode = objectMode(source.stat.mode, executable, reach);
      let link: LinkType;
      try {
        link = await this.#linker.place({ file, ...source }, temporary, { shared, mode, linkMode: mode });
      } finally {
        closeSync(source.fd);
      }
      const before = statSync(temporary, { bigint: true });
      const digest = fileDigest(await this.#hasher.hash(temporary, Number(before.size)), executable);
      const after = statSync(temporary, { bigint: true });
      if (before.mtimeNs !== after.mtimeNs || before.size !== after.size) {
        throw new FileChangedError(`${file} was written while it was being kept`);
      }
      // A hard link takes the place of an older object of the same name: that one may have been damaged since.
      if (link === 'hardlink' || !this.#holds(digest, Number(after.size), mode)) await this.#install(temporary, digest);
      return { digest, link };
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  async #bring(digest: Digest, target: string, size: number | null, shared: boolean): Promise<Placed> {
    if (this.#refused.has(digest)) throw missing(digest);
    const file = this.pathOf(digest);
    let link: LinkType;
    try {
      link = await this.#place(file, target, digest, size, shared);
    } catch (error) {
      if (error instanceof UnusableFileError) throw this.#quarantine(digest);
      if (!isMissing(error) || this.has(digest)) throw error;
      throw missing(digest);
    }
    if (link !== 'hardlink') await flushFile(target);
    const stat = statSync(target, { bigint: true });
    if (stat.size > smallFile) await settled(stat);
    const readAt = Date.now();
    if ((await this.#digestOf(target, digest)) === digest) return { link, readAt };
    rmSync(target, { force: true });
    throw this.#quarantine(digest);
  }

  async #place(file: string, target: string, digest: Digest, size: number | null, shared: boolean): Promise<LinkType> {
    const source = openRegular(file, { size });
    try {
      const { mode } = source.stat;
      const executable = isExecutable(digest) || this.#older.include(digest, source.stat);
      return await this.#linker.place({ file, ...source }, target, {
        // What others may write they may write after it was read and found right.
        shared: shared && (mode & 0o022) === 0,
        mode: workspaceMode(mode, executable),
        linkMode: objectMode(mode, executable),
      });
    } finally {
      closeSync(source.fd);
    }
  }

  /** What the name of the content would be, if `digest` is a name of its kind. */
  async #digestOf(file: string, digest: Digest): Promise<Digest> {
    const hash = await this.#hasher.hash(file, statSync(file).size);
    return `${hash}${digest.slice(hash.length)}` as Digest;
  }

  /** Gives a whole file its name, once the disk has it. */
  async #install(temporary: string, digest: Digest): Promise<void> {
    const target = this.pathOf(digest);
    setReadOnly(temporary);
    await flushFile(temporary);
    this.#older.end();
    makeFolder(this.directory, path.dirname(target));
    putInPlace(temporary, target);
    this.#refused.delete(digest);
  }

  /**
   * A cheap look: an object that was cut short is put again, and so is one that fewer people may read, or that would
   * come back with another right to execute.
   */
  #holds(digest: Digest, size: number, mode: number): boolean {
    if (this.#refused.has(digest)) return false;
    const stat = statOf(this.pathOf(digest));
    if (stat?.size !== size) return false;
    return (mode & 0o444 & ~stat.mode) === 0 && !this.#older.include(digest, stat);
  }

  #temporary(): string {
    const folder = path.join(this.directory, 'tmp');
    makeFolder(this.directory, folder);
    return path.join(folder, uniqueName('object'));
  }

  #quarantine(digest: Digest): Error {
    const movedTo = path.join(this.directory, 'quarantine', uniqueName(digest));
    try {
      makeFolder(this.directory, path.dirname(movedTo));
      renameSync(this.pathOf(digest), movedTo);
    } catch (error) {
      // Either another restore of the same object has found it corrupt at the same time, or it is not ours to move.
      if (!isMissing(error)) this.#refused.add(digest);
      return missing(digest);
    }
    const error = new CorruptObjectError(digest, movedTo);
    this.#quarantined.push(error);
    return error;
  }
}

/** Of a regular file; what the system gives no answer for cannot be used either. */
function statOf(file: string): Stats | undefined {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat : undefined;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function missing(digest: Digest): MissingObjectError {
  return new MissingObjectError(`the cache has no object ${digest}`);
}

function setReadOnly(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o222) !== 0) chmodSync(file, mode & 0o555);
}
