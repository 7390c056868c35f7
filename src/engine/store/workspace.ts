import {
  type BigIntStats,
  copyFileSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { uniqueName } from './atomic-file.ts';
import { type Artifact, directoryArtifact, isDirectory, type ManifestEntry } from './artifact.ts';
import type { Digest } from './digest.ts';
import { ArtifactError, listFiles, refuseLinks } from './directory-listing.ts';
import { DirectoryStamps, stampOf } from './directory-stamps.ts';
import { Hasher, smallFile } from './hasher.ts';
import { KnownPaths } from './known-paths.ts';
import { outputPlace, removeTree, takeAway } from './output-place.ts';
import { type LinkType, linkTypes, makeWritable } from './links.ts';
import { FileChangedError, ObjectStore } from './object-store.ts';
import { DirectoryRemote } from './remote.ts';
import { RunCache, type RunOutputs } from './run-cache.ts';
import { settledAt, StatIndex } from './stat-index.ts';

/** Files that are put into the cache or taken from it at once: the system flushes many in the time of one. */
const filesAtOnce = 32;

export interface WorkspaceOptions {
  /** Directory of the cache, absolute; `.pipeline/store` unless said otherwise. */
  readonly dir?: string;
  readonly links?: readonly LinkType[];
  /** A shared folder from which missing objects and runs are fetched; null: none. */
  readonly pullFrom?: string | null;
}

/**
 * The project's files as contents: says what a path holds, keeps it in the cache, brings it back.
 * All paths are relative to the project's root, with forward slashes.
 */
export class Workspace {
  readonly root: string;
  readonly objects: ObjectStore;
  readonly runs: RunCache;
  readonly #remote: DirectoryRemote | null;
  /** Of files that are looked at by themselves. */
  readonly #files: StatIndex<Digest>;
  /** Of files in directories; null until a directory has no stamp that is known. */
  #insides: StatIndex<Digest> | null = null;
  readonly #stamps: DirectoryStamps;
  readonly #known = new KnownPaths<Promise<Artifact | null>>();
  readonly #hasher = new Hasher();
  readonly #limit = pLimit(filesAtOnce);

  private constructor(root: string, { dir, links = linkTypes, pullFrom = null }: WorkspaceOptions) {
    this.root = root;
    const store = dir ?? path.join(root, '.pipeline', 'store');
    this.objects = new ObjectStore(store, links, this.#hasher);
    this.runs = new RunCache(store);
    this.#remote = pullFrom === null ? null : DirectoryRemote.open(pullFrom);
    this.#files = this.#loadIndex('stat-index');
    this.#stamps = new DirectoryStamps(root);
  }

  /** Throws RemoteError when there is to be a remote and it cannot be reached. */
  static open(root: string, options: WorkspaceOptions = {}): Workspace {
    return new Workspace(root, options);
  }

  /** What the path holds, or null when there is nothing. Asked again, it answers the same until `forget` or `look`. */
  digest(relative: string): Promise<Artifact | null> {
    return this.#known.get(relative) ?? this.look(relative);
  }

  /** What the path holds now. Unchanged files (by their stat) are not read again. */
  look(relative: string): Promise<Artifact | null> {
    const answer = this.#look(relative);
    this.#known.set(relative, answer);
    return answer;
  }

  /** Forgets what was said about the path and everything inside it or around it. */
  forget(relative: string): void {
    this.#known.forget(relative);
  }

  /**
   * Puts the path's content into the cache. Where files are hard links then, they have become read-only.
   * Throws ArtifactError for what cannot be kept.
   */
  async save(relative: string): Promise<Artifact> {
    this.forget(relative);
    const answer = this.#save(relative);
    this.#known.set(relative, answer);
    return answer;
  }

  /** What a run of this fingerprint made, here or, with a remote to pull from, there. */
  runOutputs(fingerprint: Digest): RunOutputs | null {
    const here = this.runs.get(fingerprint);
    if (here !== null || this.#remote === null) return here;
    return this.#remote.pullRun(fingerprint, this.runs) ? this.runs.get(fingerprint) : null;
  }

  /** True when every file of the artifact can be had from the cache, or from the remote to pull from. */
  async canRestore(artifact: Artifact): Promise<boolean> {
    return this.#remote === null ? this.objects.hasAll(artifact) : this.#remote.couldComplete(artifact, this.objects);
  }

  /**
   * Makes the path hold the artifact, replacing what is there. Every file is verified.
   * Throws CorruptObjectError or MissingObjectError; the path is then as it was before.
   */
  async restore(relative: string, artifact: Artifact): Promise<void> {
    if ((await this.look(relative))?.digest === artifact.digest) return;
    const target = outputPlace(this.root, relative);
    await this.#remote?.pull([artifact], this.objects);
    const entries = isDirectory(artifact) ? this.objects.readManifest(artifact.digest) : null;
    mkdirSync(path.dirname(target), { recursive: true });
    const temporary = this.#temporaryFor(target);
    const readAt = Date.now();
    try {
      if (entries === null) await this.objects.placeAt(artifact.digest, temporary);
      else await this.#placeDirectory(temporary, entries);
      await this.remove(relative);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    this.#learn(relative, artifact, entries, readAt);
    // What the index could not learn from the cache is read here.
    await this.look(relative);
  }

  /**
   * Removes the path, if it is there; read-only files, too. It is gone at once, however much it holds: nobody sees the
   * half of it. Throws ArtifactError for what really lies outside the project, and for a mount point.
   */
  async remove(relative: string): Promise<void> {
    this.forget(relative);
    const target = outputPlace(this.root, relative);
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
    const temporary = this.#temporaryFor(target);
    takeAway(target, temporary, relative);
    await removeTree(temporary);
  }

  /** Moves what is at the path to `target` (absolute, not there yet, in the project); throws as `remove` does. */
  setAside(relative: string, target: string): void {
    this.forget(relative);
    mkdirSync(path.dirname(target), { recursive: true });
    takeAway(outputPlace(this.root, relative), target, relative);
  }

  exists(relative: string): boolean {
    return existsSync(path.resolve(this.root, relative));
  }

  /**
   * Makes every file at the path a writable one of its own, so that a stage may write on where it stopped
   * (`persist`) without reaching the cache.
   */
  makePrivate(relative: string): void {
    const absolute = outputPlace(this.root, relative);
    const stat = lstatSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined || stat.isSymbolicLink()) return;
    const files = stat.isDirectory()
      ? listFiles(this.root, relative).filter(({ linked }) => !linked)
      : [{ inside: '', stat: statSync(absolute, { bigint: true }) }];
    for (const { inside, stat: fileStat } of files) {
      const file = path.join(absolute, inside);
      if (fileStat.nlink === 1n) {
        makeWritable(file);
        continue;
      }
      const temporary = this.#temporaryFor(file);
      try {
        copyFileSync(file, temporary, constants.COPYFILE_FICLONE);
        makeWritable(temporary);
        renameSync(temporary, file);
      } finally {
        rmSync(temporary, { force: true });
      }
    }
  }

  /**
   * Ends a run: small files that were hashed in the very moment they were written are hashed once more (their stat
   * could not be trusted then), and the index is written.
   */
  async close(): Promise<void> {
    const indices = [this.#files, ...(this.#insides === null ? [] : [this.#insides])];
    await Promise.all(indices.flatMap((index) => this.#hashRacy(index)));
    for (const index of indices) index.save();
    this.#stamps.save();
  }

  #hashRacy(index: StatIndex<Digest>): Promise<unknown>[] {
    const again: Promise<unknown>[] = [];
    for (const file of index.racyPaths()) {
      const stat = this.#stat(file);
      if (stat === undefined) index.forget(file);
      else if (stat.size <= smallFile && Date.now() > settledAt(stat)) again.push(this.#hash(index, file, stat));
    }
    return again;
  }

  async #look(relative: string): Promise<Artifact | null> {
    const stat = this.#stat(relative);
    if (stat === undefined) return null;
    if (stat.isDirectory()) {
      const stamp = stampOf(this.root, relative);
      return this.#stamps.lookup(relative, stamp) ?? this.#lookInside(relative, stamp);
    }
    return { digest: await this.#digestFile(this.#files, relative, stat), size: Number(stat.size) };
  }

  async #lookInside(relative: string, stamp: string): Promise<Artifact> {
    const index = this.#insideIndex();
    const entries: ManifestEntry[] = [];
    const unknown: Promise<void>[] = [];
    const files = listFiles(this.root, relative);
    for (const file of files) {
      const found = this.#digestFile(index, `${relative}/${file.inside}`, file.stat);
      const add = (digest: Digest): void =>
        void entries.push({ path: file.inside, digest, size: Number(file.stat.size) });
      if (typeof found === 'string') add(found);
      else unknown.push(found.then(add));
    }
    await Promise.all(unknown);
    const content = directoryArtifact(entries);
    const trusted = files.every(({ inside, stat }) => index.lookup(`${relative}/${inside}`, stat) !== undefined);
    if (trusted) this.#stamps.record(relative, stamp, content);
    return content;
  }

  #insideIndex(): StatIndex<Digest> {
    return (this.#insides ??= this.#loadIndex('stat-index-inside'));
  }

  #loadIndex(name: string): StatIndex<Digest> {
    return StatIndex.load(path.join(this.root, '.pipeline', `${name}.json`), 'digests-3');
  }

  #digestFile(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Digest | Promise<Digest> {
    return index.lookup(relative, stat) ?? this.#hash(index, relative, stat);
  }

  async #hash(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Promise<Digest> {
    const file = path.resolve(this.root, relative);
    const settled = stat.size <= smallFile ? stat : await settle(file, stat);
    const readAt = Date.now();
    const digest = await this.#hasher.hash(file, Number(stat.size));
    index.record(relative, settled, readAt, digest);
    return digest;
  }

  async #save(relative: string): Promise<Artifact> {
    const stat = this.#stat(relative);
    const files = stat?.isDirectory() === true ? listFiles(this.root, relative) : [];
    refuseLinks(this.root, relative, files);
    if (stat === undefined) throw new ArtifactError(`${relative} does not exist`);
    if (!stat.isDirectory()) {
      return { digest: await this.#saveFile(this.#files, relative, stat, false), size: Number(stat.size) };
    }
    const index = this.#insideIndex();
    const entries = await Promise.all(
      files.map(async ({ inside, stat: fileStat, linked }): Promise<ManifestEntry> => {
        const digest = await this.#saveFile(index, `${relative}/${inside}`, fileStat, linked);
        return { path: inside, digest, size: Number(fileStat.size) };
      }),
    );
    await this.objects.putManifest(entries);
    return directoryArtifact(entries);
  }

  async #saveFile(index: StatIndex<Digest>, relative: string, stat: BigIntStats, linked: boolean): Promise<Digest> {
    const known = index.lookup(relative, stat);
    if (known !== undefined && this.objects.has(known)) return known;
    return this.#limit(async () => {
      const file = path.resolve(this.root, relative);
      if (stat.size > smallFile) await settle(file, stat);
      const readAt = Date.now();
      const before = statSync(file, { bigint: true });
      if (linked) return this.objects.putFile(file);
      const { digest } = await this.#keep(relative, file);
      const after = statSync(file, { bigint: true });
      if (before.mtimeNs !== after.mtimeNs || before.size !== after.size) throw changedMeanwhile(relative);
      index.record(relative, after, readAt, digest);
      return digest;
    });
  }

  async #keep(relative: string, file: string): Promise<{ digest: Digest }> {
    try {
      return await this.objects.keep(file);
    } catch (error) {
      throw error instanceof FileChangedError ? changedMeanwhile(relative) : error;
    }
  }

  async #placeDirectory(target: string, entries: readonly ManifestEntry[]): Promise<void> {
    mkdirSync(target);
    for (const folder of new Set(entries.map((entry) => path.dirname(entry.path)))) {
      mkdirSync(path.join(target, folder), { recursive: true });
    }
    const place = ({ digest, path: inside }: ManifestEntry): Promise<unknown> =>
      this.#limit(() => this.objects.placeAt(digest, path.join(target, inside)));
    // All have ended when this does: nothing may go on writing where the caller cleans up.
    const results = await Promise.allSettled(entries.map(place));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** A hard link was verified when it was made; a copy is read once more, because its times are too fresh to trust. */
  #learn(relative: string, artifact: Artifact, entries: readonly ManifestEntry[] | null, readAt: number): void {
    const index = entries === null ? this.#files : this.#insideIndex();
    const files = entries?.map(({ path: inside, digest }) => ({ path: `${relative}/${inside}`, digest }));
    for (const file of files ?? [{ path: relative, digest: artifact.digest }]) {
      const stat = this.#stat(file.path);
      if (stat !== undefined && stat.nlink > 1n) index.record(file.path, stat, readAt, file.digest);
    }
  }

  #stat(relative: string): BigIntStats | undefined {
    return statSync(path.resolve(this.root, relative), { throwIfNoEntry: false, bigint: true });
  }

  /** A path from which a rename to `target` works: in the temporary folder, or beside it where that is another disk. */
  #temporaryFor(target: string): string {
    const folder = path.join(this.root, '.pipeline', 'tmp');
    mkdirSync(folder, { recursive: true });
    const parent = path.dirname(target);
    if (statSync(folder).dev === statSync(parent).dev) return path.join(folder, uniqueName('restore'));
    return path.join(parent, uniqueName(`.${path.basename(target)}`));
  }
}

/** Waits (some ms) until the file's stat tells any further write, so that a large file need not be hashed again. */
async function settle(file: string, stat: BigIntStats): Promise<BigIntStats> {
  const wait = settledAt(stat) - Date.now();
  if (wait < 0) return stat;
  if (wait < 100) await delay(wait + 1);
  return statSync(file, { bigint: true });
}

function changedMeanwhile(relative: string): ArtifactError {
  return new ArtifactError(
    `${relative} was written while it was being put into the cache. Does the command leave a process behind that still writes?`,
  );
}
