import { statSync } from 'node:fs';
import { allEnded } from '../../../base/all-ended.ts';
import pLimit from 'p-limit';
import { type Artifact, directoryArtifact, isDirectory, isSame, type ManifestEntry } from '../contents/artifact.ts';
import { type Digest, directorySuffix, hashBytes } from '../contents/digest.ts';
import { ManifestError, parseManifest } from '../objects/manifest.ts';
import { CorruptObjectError, largestManifest, MissingObjectError, type ObjectStore } from '../objects/object-store.ts';
import { FolderStore } from './folder-store.ts';
import { RemoteError } from './remote-error.ts';
import { type Content, objectKey, type RemoteKey, type RemoteStore, runKey } from './remote-store.ts';
import { Tally, type Transfer } from './tally.ts';
import { readAt, readBack, textAt, withVerified, writeContent } from './verified-content.ts';
import { largestEntry, parseRunEntry, type RunCache, type RunOutputs } from '../objects/run-cache.ts';
import { StatIndex } from '../contents/stat-index.ts';

export interface RemoteOptions {
  /** Where it is kept which objects of the remote were read and found right, with their stats; null: nowhere. */
  readonly verified?: string | null;
}

/** Enough to keep a network folder busy. */
const atOnce = 8;

/** An object as a manifest names it. */
type Named = Pick<ManifestEntry, 'digest' | 'size'>;

/**
 * Objects by their digest and runs by their fingerprint, in a place that many people share. Whatever kind of place it is,
 * nothing in it is believed: content is compared with its name before it is used here or counts as being there.
 */
export class Remote {
  readonly #store: RemoteStore;
  readonly #verified: StatIndex<true> | null;

  constructor(store: RemoteStore, { verified = null }: RemoteOptions = {}) {
    this.#store = store;
    this.#verified = verified === null ? null : StatIndex.load(verified, `remote-1 ${store.name}`);
  }

  /**
   * Throws RemoteError when the remote cannot be reached.
   *
   * @param address a folder, absolute
   */
  static open(address: string, options: RemoteOptions = {}): Remote {
    return new Remote(FolderStore.open(address), options);
  }

  /** True when the artifact is whole between here and there. A directory's manifest is fetched for that. */
  async couldComplete(artifact: Artifact, local: ObjectStore): Promise<boolean> {
    if (local.hasAll(artifact)) return true;
    try {
      if (!isDirectory(artifact)) return await this.#has(artifact);
      if ((await this.#fetch(artifact.digest, null, local)) !== 'fetched') return false;
      const manifest = local.readManifest(artifact.digest);
      return (
        isSame(directoryArtifact(manifest), artifact) &&
        (await this.#hasEach(manifest.files.filter(({ digest, size }) => !local.has(digest, size))))
      );
    } catch {
      // The cache here cannot take the manifest, or had a damaged one, or the remote is gone: the stage can run all the
      // same.
      return false;
    }
  }

  /** Fetches a run's entry into the local cache, if it is there and whole. */
  async pullRun(fingerprint: Digest, local: RunCache): Promise<boolean> {
    const text = await textAt(this.#store, runKey(fingerprint), largestEntry);
    return text !== null && local.take(fingerprint, text);
  }

  /** Fetches what is missing here of the artifacts. */
  async pull(artifacts: Iterable<Artifact>, local: ObjectStore): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest, size: number | null): Promise<void> => {
      if (local.has(digest, size)) {
        tally.present++;
        return;
      }
      const result = await this.#fetch(digest, size, local);
      if (result === 'fetched') tally.count(statSync(local.pathOf(digest)).size);
      else tally[result].push(digest);
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
   * @throws RemoteError when the remote cannot be written
   */
  async push(artifacts: Iterable<Artifact>, local: ObjectStore, { verify = false } = {}): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest, size: number | null): Promise<void> => {
      const source = local.has(digest, size) ? statSync(local.pathOf(digest)) : undefined;
      const state = await this.#stateOf(digest, size ?? source?.size ?? null, verify);
      if (state === 'right') tally.present++;
      else if (source === undefined) tally.missing.push(digest);
      else if (!(await this.#sendObject(digest, source.size, local))) tally.corrupt.push(digest);
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
   * Throws RemoteError when the remote cannot be written.
   */
  async pushRun(fingerprint: Digest, local: RunCache): Promise<boolean> {
    const outs = local.get(fingerprint);
    if (outs === null) return false;
    const there = await this.#runOutputs(fingerprint);
    if (there !== null && (await this.#serves(there, outs))) return true;
    return this.#send(local.pathOf(fingerprint), runKey(fingerprint), { executable: false, digest: null });
  }

  async #runOutputs(fingerprint: Digest): Promise<RunOutputs | null> {
    const text = await textAt(this.#store, runKey(fingerprint), largestEntry);
    return text === null ? null : (parseRunEntry(text, fingerprint)?.outs ?? null);
  }

  /** Whether all that an entry there names is there. Of `own` it was just seen to be there. */
  async #serves(there: RunOutputs, own: RunOutputs): Promise<boolean> {
    for (const [out, artifact] of there) {
      const same = own.get(out);
      if ((same === undefined || !isSame(same, artifact)) && !(await this.#hasAll(artifact))) return false;
    }
    return true;
  }

  /** True when every file of the artifact is there with its size. Contents of files are checked when they are used. */
  async #hasAll(artifact: Artifact): Promise<boolean> {
    if (!isDirectory(artifact)) return this.#has(artifact);
    const text = await textAt(this.#store, objectKey(artifact.digest), largestManifest);
    if (text === null || `${hashBytes(text)}${directorySuffix}` !== artifact.digest) return false;
    try {
      const manifest = parseManifest(text);
      return isSame(directoryArtifact(manifest), artifact) && (await this.#hasEach(manifest.files));
    } catch (error) {
      if (error instanceof ManifestError) return false;
      throw error;
    }
  }

  async #hasEach(objects: readonly Named[]): Promise<boolean> {
    const limit = pLimit(atOnce);
    const found = await allEnded(objects.map((object) => limit(() => this.#has(object))));
    return found.every(Boolean);
  }

  async #has({ digest, size }: Named): Promise<boolean> {
    const found = await this.#store.has(objectKey(digest));
    return typeof found !== 'string' && found.size === size;
  }

  async #fetch(digest: Digest, size: number | null, local: ObjectStore): Promise<'fetched' | 'missing' | 'corrupt'> {
    if (local.has(digest, size)) return 'fetched';
    const seen: { readonly stat: NonNullable<Content['stat']>; readonly readAt: number }[] = [];
    const result = await local.take(digest, (target, limit) =>
      readAt(this.#store, objectKey(digest), async (content) => {
        if ((size !== null && content.size !== size) || content.size > limit) return 'unusable';
        if (content.stat !== null) seen.push({ stat: content.stat, readAt: Date.now() });
        await writeContent(content, target);
        return { executable: content.executable };
      }),
    );
    if (result !== 'taken') return result;
    for (const { stat, readAt } of seen) this.#verified?.record(digest, stat, readAt, true);
    return 'fetched';
  }

  /** Compares an object in the remote with its name. */
  async #stateOf(digest: Digest, size: number | null, verify: boolean): Promise<'right' | 'damaged' | 'missing'> {
    const found = await this.#store.has(objectKey(digest));
    if (found === 'missing') return 'missing';
    if (found === 'unusable' || (size !== null && found.size !== size)) return 'damaged';
    if (!verify && found.stat !== null && this.#verified?.lookup(digest, found.stat) === true) return 'right';
    const begun = Date.now();
    const state = await readBack(this.#store, digest);
    if (state.is === 'right' && state.stat !== null) this.#verified?.record(digest, state.stat, begun, true);
    return state.is;
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
  async #sendObject(digest: Digest, size: number, local: ObjectStore): Promise<boolean> {
    const executable = local.isProgram(digest);
    if (!(await this.#send(local.pathOf(digest), objectKey(digest), { executable, digest }))) return false;
    const { is, stat } = await readBack(this.#store, digest);
    if (is !== 'right') {
      throw new RemoteError(
        `the remote ${this.#store.name} does not give back what it was given: object ${digest} (${size} bytes) is ${is} ` +
          'there. Look whether its disk is whole and whether somebody else changes it, and push again.',
      );
    }
    // It was new and has been read: no write can have come between that its times would not tell.
    if (stat !== null) this.#verified?.record(digest, stat, Number.MAX_SAFE_INTEGER, true);
    return true;
  }

  /** False when the file here cannot be read, or is not what the digest says; then the remote is as it was. */
  #send(
    source: string,
    key: RemoteKey,
    { executable, digest }: { readonly executable: boolean; readonly digest: Digest | null },
  ): Promise<boolean> {
    return withVerified(source, digest, (file) => this.#store.put(key, file, { executable }));
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
