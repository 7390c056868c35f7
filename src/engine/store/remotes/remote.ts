import { closeSync, constants, lstatSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { allEnded } from '../../../base/all-ended.ts';
import pLimit from 'p-limit';
import { type Artifact, directoryArtifact, isDirectory, isSame, type ManifestEntry } from '../contents/artifact.ts';
import { uniqueName } from '../../../base/atomic-file.ts';
import { type Digest, hashFile, hashOf } from '../contents/digest.ts';
import { openedName } from '../objects/links.ts';
import { CorruptObjectError, MissingObjectError, ObjectStore } from '../objects/object-store.ts';
import { flushFile, putInPlace } from '../objects/put-in-place.ts';
import { openRegular, UnusableFileError } from '../regular-file.ts';
import { asRemoteError, RemoteError } from './remote-error.ts';
import { RunCache } from '../objects/run-cache.ts';
import { makeFolder, shareAs } from '../objects/shared-folder.ts';
import { StatIndex } from '../contents/stat-index.ts';

/** What a transfer did: numbers of objects, and bytes that were copied. */
export interface Transfer {
  readonly copied: number;
  readonly bytes: number;
  readonly present: number;
  /** Of the copied ones, those that took the place of a damaged object in the remote. */
  readonly mended: readonly Digest[];
  /** On neither side, or damaged on the side they should have come from. */
  readonly missing: readonly Digest[];
  readonly corrupt: readonly Digest[];
}

export interface RemoteOptions {
  /** Where it is kept which objects of the remote were read and found right, with their stats; null: nowhere. */
  readonly verified?: string | null;
}

/** Enough to keep a network folder busy. */
const atOnce = 8;

/**
 * A shared folder in the layout of a cache: objects by their digest, runs by their fingerprint. Files appear by a
 * rename and never change, so that any number of people may push and pull at once. What comes from it is verified.
 */
export class DirectoryRemote {
  readonly #directory: string;
  readonly #objects: ObjectStore;
  readonly #runs: RunCache;
  readonly #verified: StatIndex<true> | null;

  private constructor(directory: string, { verified = null }: RemoteOptions) {
    this.#directory = directory;
    this.#objects = new ObjectStore(directory);
    this.#runs = new RunCache(directory);
    this.#verified = verified === null ? null : StatIndex.load(verified, `remote-1 ${directory}`);
  }

  /** Throws RemoteError when the folder is not there: an unmounted disk must not be taken for an empty remote. */
  static open(directory: string, options: RemoteOptions = {}): DirectoryRemote {
    if (!isFolder(directory)) {
      throw new RemoteError(
        `the remote ${directory} is not a directory. Mount or create it, or correct cache.remote in .pipeline/config.yaml.`,
      );
    }
    return new DirectoryRemote(directory, options);
  }

  /** True when the artifact is whole between here and there. A directory's manifest is fetched for that. */
  async couldComplete(artifact: Artifact, local: ObjectStore): Promise<boolean> {
    if (local.hasAll(artifact)) return true;
    const there = ({ digest, size }: Pick<ManifestEntry, 'digest' | 'size'>): boolean =>
      local.has(digest, size) || this.#objects.has(digest, size);
    if (!isDirectory(artifact)) return there(artifact);
    try {
      if ((await local.fetchFrom(this.#objects, artifact.digest)) !== 'fetched') return false;
      const manifest = local.readManifest(artifact.digest);
      return isSame(directoryArtifact(manifest), artifact) && manifest.files.every(there);
    } catch {
      // The cache here cannot take the manifest, or had a damaged one: the stage can run all the same.
      return false;
    }
  }

  /** Fetches a run's entry into the local cache, if it is there and whole. */
  pullRun(fingerprint: Digest, local: RunCache): boolean {
    return local.fetchFrom(this.#runs.pathOf(fingerprint), fingerprint);
  }

  /** Fetches what is missing here of the artifacts. */
  async pull(artifacts: Iterable<Artifact>, local: ObjectStore): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest, size: number | null): Promise<void> => {
      if (local.has(digest, size)) {
        tally.present++;
        return;
      }
      const file = this.#objects.pathOf(digest);
      const stat = this.#verified === null ? undefined : lstatSync(file, { throwIfNoEntry: false, bigint: true });
      const readAt = Date.now();
      const result = await local.fetchFrom(this.#objects, digest, size);
      if (result !== 'fetched') {
        tally[result].push(digest);
        return;
      }
      tally.count(statSync(local.pathOf(digest)).size);
      if (stat !== undefined) this.#verified?.record(digest, stat, readAt, true);
    };
    await this.#forEach(artifacts, move, local, tally);
    this.#verified?.save();
    return tally;
  }

  /**
   * Copies what is missing there of the artifacts, or damaged; verified on the way, so that damage does not spread. What
   * is there is read once and again when its stat has changed.
   *
   * @param options.verify true: all that is there is read
   * @throws RemoteError when the folder cannot be written
   */
  async push(artifacts: Iterable<Artifact>, local: ObjectStore, { verify = false } = {}): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest, size: number | null): Promise<void> => {
      const source = local.has(digest, size) ? statSync(local.pathOf(digest)) : undefined;
      const state = await this.#stateOf(digest, size ?? source?.size ?? null, verify);
      if (state === 'right') tally.present++;
      else if (source === undefined) tally.missing.push(digest);
      else if (!(await this.#sendObject(digest, local))) tally.corrupt.push(digest);
      else {
        tally.count(source.size);
        if (state === 'damaged') tally.mended.push(digest);
      }
    };
    await this.#forEach(artifacts, move, local, tally);
    this.#verified?.save();
    return tally;
  }

  /**
   * Copies a run's entry there, unless there is one whose outputs are there, too; false when there is none here.
   * Throws RemoteError when the folder cannot be written.
   */
  async pushRun(fingerprint: Digest, local: RunCache): Promise<boolean> {
    const outs = local.get(fingerprint);
    if (outs === null) return false;
    const there = this.#runs.get(fingerprint);
    const serves =
      there !== null &&
      [...there].every(([out, artifact]) => {
        const own = outs.get(out);
        // What is the same as here was just seen to be there.
        return (own !== undefined && isSame(own, artifact)) || this.#objects.hasAll(artifact);
      });
    if (!serves)
      await this.#send(local.pathOf(fingerprint), this.#runs.pathOf(fingerprint), { program: false, digest: null });
    return true;
  }

  /** What the remote has under a digest. */
  async #stateOf(digest: Digest, size: number | null, verify: boolean): Promise<'right' | 'damaged' | 'missing'> {
    const file = this.#objects.pathOf(digest);
    try {
      const source = openRegular(file, { size });
      try {
        const stat = statSync(file, { bigint: true });
        if (!verify && this.#verified?.lookup(digest, stat) === true) return 'right';
        const readAt = Date.now();
        if ((await hashFile(openedName({ file, ...source }))) !== hashOf(digest)) return 'damaged';
        this.#verified?.record(digest, stat, readAt, true);
        return 'right';
      } finally {
        closeSync(source.fd);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return 'missing';
      if (error instanceof UnusableFileError || code === 'EIO') return 'damaged';
      throw asRemoteError(error, this.#directory);
    }
  }

  /** Directories come after their files, so that a manifest on the other side says that all is there. */
  async #forEach(
    artifacts: Iterable<Artifact>,
    move: (digest: Digest, size: number | null) => Promise<void>,
    local: ObjectStore,
    tally: Tally,
  ): Promise<void> {
    const limit = pLimit(atOnce);
    const seen = new Set<Digest>();
    const moveOnce = async (digest: Digest, size: number | null): Promise<void> => {
      if (seen.has(digest)) return;
      seen.add(digest);
      await limit(() => move(digest, size));
    };
    for (const artifact of artifacts) {
      if (!isDirectory(artifact)) {
        await moveOnce(artifact.digest, artifact.size);
        continue;
      }
      if (!local.has(artifact.digest)) await moveOnce(artifact.digest, null);
      const files = filesOf(artifact.digest, local);
      if (files === 'corrupt') tally.corrupt.push(artifact.digest);
      else {
        await allEnded((files ?? []).map(({ digest, size }) => moveOnce(digest, size)));
        await moveOnce(artifact.digest, null);
      }
    }
  }

  /** False when the object here is damaged. */
  async #sendObject(digest: Digest, local: ObjectStore): Promise<boolean> {
    const target = this.#objects.pathOf(digest);
    const sent = await this.#send(local.pathOf(digest), target, { program: local.isProgram(digest), digest });
    if (sent) this.#verified?.record(digest, statSync(target, { bigint: true }), Number.MAX_SAFE_INTEGER, true);
    return sent;
  }

  async #send(
    source: string,
    target: string,
    { program, digest }: { readonly program: boolean; readonly digest: Digest | null },
  ): Promise<boolean> {
    const folder = path.join(this.#directory, 'tmp');
    const temporary = path.join(folder, uniqueName('push'));
    try {
      makeFolder(this.#directory, folder, { mend: true });
      const from = openRegular(source);
      try {
        await copyFile(openedName({ file: source, ...from }), temporary, constants.COPYFILE_EXCL);
      } finally {
        closeSync(from.fd);
      }
      if (digest !== null && (await hashFile(temporary)) !== hashOf(digest)) return false;
      // The folder says who may read what lies in it, not the umask of the person who brought it.
      shareAs(this.#directory, temporary, program ? 0o555 : 0o444);
      await flushFile(temporary);
      makeFolder(this.#directory, path.dirname(target), { mend: true });
      putInPlace(temporary, target);
      return true;
    } catch (error) {
      if (error instanceof UnusableFileError) return false;
      throw asRemoteError(error, this.#directory);
    } finally {
      removeQuietly(temporary);
    }
  }
}

/** What cannot be removed from a remote stays there; the error before it says why. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Said already.
  }
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

/** The files of a directory that is in the cache; null when it is not, or not any more. */
function filesOf(directory: Digest, local: ObjectStore): readonly ManifestEntry[] | 'corrupt' | null {
  try {
    return local.readManifest(directory).files;
  } catch (error) {
    if (error instanceof CorruptObjectError) return 'corrupt';
    if (error instanceof MissingObjectError) return null;
    throw error;
  }
}

class Tally implements Transfer {
  copied = 0;
  bytes = 0;
  present = 0;
  readonly mended: Digest[] = [];
  readonly missing: Digest[] = [];
  readonly corrupt: Digest[] = [];

  count(bytes: number): void {
    this.copied++;
    this.bytes += bytes;
  }
}
