import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { allEnded } from '../../../base/all-ended.ts';
import type { LimitFunction } from 'p-limit';
import {
  type Artifact,
  directoryArtifact,
  isDirectory,
  isSame,
  type Manifest,
  type ManifestEntry,
} from '../contents/artifact.ts';
import { LinkError } from './links.ts';
import { CorruptObjectError, MissingObjectError, type ObjectStore } from './object-store.ts';

/** What the cache holds cannot become an output here. The stage can be run instead. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
}

/** A file that was placed, and when it was read and found right (ms since 1970). */
export interface PlacedFile {
  readonly entry: ManifestEntry;
  readonly readAt: number;
}

/** Puts what an artifact holds at a temporary place, which must not exist yet. */
export class Restorer {
  readonly #objects: ObjectStore;
  readonly #limit: LimitFunction;

  /** @param limit how many files are placed at once */
  constructor(objects: ObjectStore, limit: LimitFunction) {
    this.#objects = objects;
    this.#limit = limit;
  }

  /**
   * Every file is verified, and a directory as a whole before this returns. `path` of what is returned is relative to the
   * target, and empty for the target itself.
   *
   * @throws CorruptObjectError, MissingObjectError, RestoreError, or the error of a disk that cannot take it
   */
  async place(artifact: Artifact, target: string): Promise<readonly PlacedFile[]> {
    try {
      if (isDirectory(artifact)) return await this.#placeDirectory(artifact, target);
      return [await this.#placeFile({ path: '', digest: artifact.digest, size: artifact.size }, target)];
    } catch (error) {
      throw isOfThisMachine(error) ? error : asRestoreError(error);
    }
  }

  async #placeDirectory(artifact: Artifact, target: string): Promise<readonly PlacedFile[]> {
    const manifest = this.#objects.readManifest(artifact.digest);
    if (!isSame(directoryArtifact(manifest), artifact)) {
      throw new RestoreError(`${artifact.digest} has another size or number of files than was recorded`);
    }
    makeFolders(target, manifest);
    const place = (entry: ManifestEntry): Promise<PlacedFile> =>
      this.#limit(() => this.#placeFile(entry, path.join(target, entry.path)));
    const placed = await allEnded(manifest.files.map(place));
    compareNames(target, manifest);
    closeFolders(target);
    return placed;
  }

  async #placeFile(entry: ManifestEntry, target: string): Promise<PlacedFile> {
    const { readAt } = await this.#objects.placeAt(entry.digest, target, entry.size);
    return { entry, readAt };
  }
}

function makeFolders(target: string, { files, emptyFolders }: Manifest): void {
  mkdirSync(target);
  for (const folder of new Set([...files.map(({ path: file }) => path.posix.dirname(file)), ...emptyFolders])) {
    mkdirSync(path.join(target, folder), { recursive: true });
  }
}

/** A file system may take two names for one, or keep another name than it was given. */
function compareNames(target: string, manifest: Manifest): void {
  const expected = new Set([...manifest.files.map((file) => file.path), ...manifest.emptyFolders]);
  let found = 0;
  for (const name of leavesOf(target)) {
    if (!expected.has(name)) throw new RestoreError(`this file system does not keep the name ${JSON.stringify(name)}`);
    found++;
  }
  if (found !== expected.size) throw new RestoreError('this file system takes two of the names for one');
}

function* leavesOf(folder: string, inside = ''): Generator<string> {
  for (const entry of readdirSync(path.join(folder, inside), { withFileTypes: true })) {
    const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (!entry.isDirectory()) {
      yield name;
      continue;
    }
    let isEmpty = true;
    for (const leaf of leavesOf(folder, name)) {
      isEmpty = false;
      yield leaf;
    }
    if (isEmpty) yield name;
  }
}

/** Closes to others every folder in which there is no file that they may read. Returns the bits that others have. */
function closeFolders(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true });
  let bits = 0;
  for (const entry of entries) {
    const inside = path.join(folder, entry.name);
    bits |= entry.isDirectory() ? closeFolders(inside) : lstatSync(inside).mode;
  }
  if (entries.length === 0) return lstatSync(folder).mode;
  const reach = ((bits & 0o040) === 0 ? 0 : 0o070) | ((bits & 0o004) === 0 ? 0 : 0o007);
  const { mode } = lstatSync(folder);
  const wanted = mode & (0o7700 | reach);
  if ((mode & 0o7777) !== wanted) chmodSync(folder, wanted);
  return bits;
}

/** A disk that is full or may not be written fails the stage: running it would fail in the same way, only later. */
const ofThisMachine = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'EBUSY']);

function isOfThisMachine(error: unknown): boolean {
  if (error instanceof LinkError) return true;
  return ofThisMachine.has((error as NodeJS.ErrnoException).code ?? '');
}

function asRestoreError(error: unknown): unknown {
  if (error instanceof CorruptObjectError || error instanceof MissingObjectError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? new RestoreError(message) : error;
}

/** True for the errors that say that the cache cannot bring an output back here. */
export function isUnrestorable(error: unknown): error is CorruptObjectError | MissingObjectError | RestoreError {
  return error instanceof CorruptObjectError || error instanceof MissingObjectError || error instanceof RestoreError;
}
