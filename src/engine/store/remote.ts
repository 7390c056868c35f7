import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import { type Artifact, isDirectory } from './artifact.ts';
import { uniqueName } from './atomic-file.ts';
import { type Digest, directorySuffix, hashFile } from './digest.ts';
import { ObjectStore } from './object-store.ts';
import { RunCache } from './run-cache.ts';

/** The shared folder cannot be reached. The message says what to do. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
}

/** What a transfer did: numbers of objects, and bytes that were copied. */
export interface Transfer {
  readonly copied: number;
  readonly bytes: number;
  readonly present: number;
  /** On neither side, or damaged on the side they should have come from. */
  readonly missing: readonly Digest[];
  readonly corrupt: readonly Digest[];
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

  private constructor(directory: string) {
    this.#directory = directory;
    this.#objects = new ObjectStore(directory);
    this.#runs = new RunCache(directory);
  }

  /** Throws RemoteError when the folder is not there: an unmounted disk must not be taken for an empty remote. */
  static open(directory: string): DirectoryRemote {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new RemoteError(
        `the remote ${directory} is not a directory. Mount or create it, or correct cache.remote in .pipeline/config.yaml.`,
      );
    }
    return new DirectoryRemote(directory);
  }

  /** True when the artifact is whole between here and there. A directory's manifest is fetched for that. */
  async couldComplete(artifact: Artifact, local: ObjectStore): Promise<boolean> {
    if (local.hasAll(artifact)) return true;
    const there = (digest: Digest): boolean => local.has(digest) || this.#objects.has(digest);
    if (!there(artifact.digest)) return false;
    if (!isDirectory(artifact)) return true;
    if ((await this.#fetch(artifact.digest, local)) !== 'fetched') return false;
    return local.readManifest(artifact.digest).every((entry) => there(entry.digest));
  }

  /** Fetches a run's entry into the local cache, if it is there and whole. */
  pullRun(fingerprint: Digest, local: RunCache): boolean {
    return local.fetchFrom(this.#runs.pathOf(fingerprint), fingerprint);
  }

  /** Fetches what is missing here of the artifacts. */
  async pull(artifacts: Iterable<Artifact>, local: ObjectStore): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest): Promise<void> => {
      if (local.has(digest)) {
        tally.present++;
        return;
      }
      const result = await this.#fetch(digest, local);
      if (result === 'fetched') tally.count(statSync(local.pathOf(digest)).size);
      else tally[result].push(digest);
    };
    await this.#forEach(artifacts, move, local);
    return tally;
  }

  /** Copies what is missing there of the artifacts; verified on the way, so that damage does not spread. */
  async push(artifacts: Iterable<Artifact>, local: ObjectStore): Promise<Transfer> {
    const tally = new Tally();
    const move = async (digest: Digest): Promise<void> => {
      const source = statSync(local.pathOf(digest), { throwIfNoEntry: false });
      const there = statSync(this.#objects.pathOf(digest), { throwIfNoEntry: false });
      if (there !== undefined && (source === undefined || source.size === there.size)) tally.present++;
      else if (source === undefined) tally.missing.push(digest);
      else if (await this.#send(local.pathOf(digest), this.#objects.pathOf(digest), digest)) tally.count(source.size);
      else tally.corrupt.push(digest);
    };
    await this.#forEach(artifacts, move, local);
    return tally;
  }

  /** Copies a run's entry there; false when there is none here. */
  async pushRun(fingerprint: Digest, local: RunCache): Promise<boolean> {
    if (local.get(fingerprint) === null) return false;
    const target = this.#runs.pathOf(fingerprint);
    if (!existsSync(target)) await this.#send(local.pathOf(fingerprint), target, null);
    return true;
  }

  #fetch(digest: Digest, local: ObjectStore): Promise<'fetched' | 'missing' | 'corrupt'> {
    return local.fetchFrom(this.#objects.pathOf(digest), digest);
  }

  /** Directories come after their files, so that a manifest on the other side says that all is there. */
  async #forEach(
    artifacts: Iterable<Artifact>,
    move: (digest: Digest) => Promise<void>,
    local: ObjectStore,
  ): Promise<void> {
    const limit = pLimit(atOnce);
    const seen = new Set<Digest>();
    const moveOnce = async (digest: Digest): Promise<void> => {
      if (seen.has(digest)) return;
      seen.add(digest);
      await limit(() => move(digest));
    };
    for (const artifact of artifacts) {
      if (isDirectory(artifact)) {
        if (!local.has(artifact.digest)) await moveOnce(artifact.digest);
        if (local.has(artifact.digest)) {
          const files = local.readManifest(artifact.digest);
          await Promise.all(files.map(({ digest }) => moveOnce(digest)));
        }
      }
      await moveOnce(artifact.digest);
    }
  }

  async #send(source: string, target: string, digest: Digest | null): Promise<boolean> {
    const folder = path.join(this.#directory, 'tmp');
    mkdirSync(folder, { recursive: true });
    const temporary = path.join(folder, uniqueName('push'));
    try {
      await copyFile(source, temporary);
      if (digest !== null && (await hashFile(temporary)) !== digest.replace(directorySuffix, '')) return false;
      mkdirSync(path.dirname(target), { recursive: true });
      renameSync(temporary, target);
      return true;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

class Tally implements Transfer {
  copied = 0;
  bytes = 0;
  present = 0;
  readonly missing: Digest[] = [];
  readonly corrupt: Digest[] = [];

  count(bytes: number): void {
    this.copied++;
    this.bytes += bytes;
  }
}
