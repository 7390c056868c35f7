import { closeSync, constants, fstatSync, rmSync, statSync } from 'node:fs';
import { copyFile, lstat, opendir } from 'node:fs/promises';
import path from 'node:path';
import { uniqueName } from '../../../base/atomic-file.ts';
import { ownFolder } from '../../../base/state-place.ts';
import { type Digest, isDigest } from '../contents/digest.ts';
import { FileModes } from '../contents/file-modes.ts';
import { OlderObjects } from '../objects/older-objects.ts';
import { openedName } from '../objects/links.ts';
import { flushFile, putInPlace } from '../objects/put-in-place.ts';
import { makeFolder, shareAs } from '../objects/shared-folder.ts';
import { openRegular, piecesOf, UnusableFileError } from '../regular-file.ts';
import { asRemoteError, RemoteError } from './remote-error.ts';
import type { Absent, Content, Found, RemoteKey, RemoteStore } from './remote-store.ts';

/**
 * A shared folder in the layout of a cache. Files appear by a rename and never change, so that any number of people may
 * put and get at once, and folders and files have the mode and group of the folder itself.
 */
export class FolderStore implements RemoteStore {
  readonly name: string;
  readonly #older: OlderObjects;

  private constructor(directory: string) {
    for (const name of ['objects', 'runs', 'tmp']) ownFolder(path.join(directory, name));
    this.name = directory;
    this.#older = new OlderObjects(directory, new FileModes(path.join(directory, 'tmp')));
  }

  /**
   * Throws RemoteError when the folder is not there: an unmounted disk must not be taken for an empty remote; and
   * StateFolderError for a folder of it that is a link.
   *
   * @param directory absolute
   */
  static open(directory: string): FolderStore {
    if (!isFolder(directory)) {
      throw new RemoteError(
        `the remote ${directory} is not a directory. Mount or create it, or correct cache.remote in .pipeline/config.yaml.`,
      );
    }
    return new FolderStore(directory);
  }

  async has(key: RemoteKey): Promise<Found | Absent> {
    try {
      const stat = await lstat(this.#fileOf(key), { bigint: true });
      return stat.isFile() ? { size: Number(stat.size), stat } : 'unusable';
    } catch (error) {
      return this.#absent(error);
    }
  }

  async get<T>(key: RemoteKey, use: (content: Content) => Promise<T>): Promise<T | Absent> {
    const file = this.#fileOf(key);
    let opened: ReturnType<typeof openRegular>;
    try {
      opened = openRegular(file);
    } catch (error) {
      return this.#absent(error);
    }
    const { fd, stat } = opened;
    try {
      const digest = digestOf(key);
      const executable = digest !== null && this.#older.include(digest, stat);
      const facts = { size: stat.size, stat: fstatSync(fd, { bigint: true }), executable };
      return await use({ ...facts, bytes: piecesOf(fd), file: openedName({ file, fd }) });
    } finally {
      closeSync(fd);
    }
  }

  async put(key: RemoteKey, file: string, { executable }: { readonly executable: boolean }): Promise<void> {
    const target = this.#fileOf(key);
    const folder = path.join(this.name, 'tmp');
    const temporary = path.join(folder, uniqueName('push'));
    try {
      makeFolder(this.name, folder, { mend: true });
      await copyFile(file, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      // The folder says who may read what lies in it, not the umask of the person who brought it.
      shareAs(this.name, temporary, executable ? 0o555 : 0o444);
      await flushFile(temporary);
      makeFolder(this.name, path.dirname(target), { mend: true });
      putInPlace(temporary, target);
    } catch (error) {
      throw asRemoteError(error, this.name);
    } finally {
      removeQuietly(temporary);
    }
  }

  async *list(beginning: string): AsyncIterable<RemoteKey> {
    // Only the folders that the beginning names as a whole need not be searched for it.
    const around = beginning.slice(0, beginning.lastIndexOf('/') + 1);
    for await (const key of this.#keysBelow(around)) if (key.startsWith(beginning)) yield key;
  }

  async *#keysBelow(folder: string): AsyncIterable<RemoteKey> {
    try {
      for await (const entry of await opendir(path.join(this.name, folder))) {
        const key = folder + entry.name;
        if (entry.isDirectory() && key !== 'tmp' && key !== 'quarantine') yield* this.#keysBelow(`${key}/`);
        // Objects and runs lie two levels deep; what lies elsewhere is no content.
        else if (entry.isFile() && /^(?:objects|runs)\/[^/]+\/[^/]+$/.test(key)) yield key as RemoteKey;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asRemoteError(error, this.name);
    }
  }

  #fileOf(key: RemoteKey): string {
    return path.join(this.name, key);
  }

  /** An error of looking at a file as an answer about it; one that says nothing about the file is thrown. */
  #absent(error: unknown): Absent {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'missing';
    if (error instanceof UnusableFileError || code === 'EIO' || code === 'EACCES' || code === 'ENOTDIR') {
      return 'unusable';
    }
    throw asRemoteError(error, this.name);
  }
}

/** The digest that is the key of an object; null for a run. */
function digestOf(key: RemoteKey): Digest | null {
  const digest = key.split('/').slice(1).join('');
  return isDigest(digest) ? digest : null;
}

function isFolder(directory: string): boolean {
  try {
    return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new RemoteError(
      `the remote ${directory} cannot be reached (${code}). Look whether it is mounted and whether this user may enter it, ` +
        'or correct cache.remote in .pipeline/config.yaml.',
    );
  }
}

/** A file that cannot be removed from a remote stays there; the error before it says why. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Said already.
  }
}
