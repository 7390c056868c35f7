import {
  type BigIntStats,
  copyFileSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import { isTemporary, uniqueName } from './atomic-file.ts';
import {
  type Artifact,
  directoryArtifact,
  isDirectory,
  type Manifest,
  type ManifestEntry,
  withoutRights,
} from './artifact.ts';
import { type Digest, fileDigest, hashOf, isDigest, isExecutable } from './digest.ts';
import { ArtifactError, listDirectory, listFiles, refuseLinks } from './directory-listing.ts';
import { type DirectoryContent, DirectoryStamps, stampOf } from './directory-stamps.ts';
import { FileModes, reachThrough } from './file-modes.ts';
import { Hasher, smallFile } from './hasher.ts';
import { KnownPaths } from './known-paths.ts';
import { outputPlace, removeTree, takeAway } from './output-place.ts';
import { defaultLinks, type LinkType, makeWritable } from './links.ts';
import { FileChangedError, type KeepOptions, ObjectStore } from './object-store.ts';
import { DirectoryRemote } from './remote.ts';
import { isUnrestorable, type PlacedFile, Restorer } from './restoring.ts';
import { RunCache, type RunOutputs } from './run-cache.ts';
import { settled, settledAt, StatIndex } from './stat-index.ts';

/** Files that are put into the cache or taken from it at once: the system flushes many in the time of one. */
const filesAtOnce = 32;

export interface WorkspaceOptions {
  /** Directory of the cache, absolute; `.pipeline/store` unless said otherwise. */
  readonly dir?: string;
  readonly links?: readonly LinkType[];
  /** A shared folder from which missing objects and runs are fetched; null: none. */
  readonly pullFrom?: string | null;
  /** Whether the file system keeps the right to execute a file; tried unless it is said. */
  readonly keepsModes?: boolean;
}

/**
 * The project's files as contents: says what a path holds, keeps it in the cache, brings it back.
 * All paths are relative to the project's root, with forward slashes.
 */
export class Workspace {
  readonly root: string;
  readonly objects: ObjectStore;
  readonly runs: RunCache;
  /** Runs that are nobody else's business, wherever the cache lies. */
  readonly #ownRuns: RunCache;
  readonly #remote: DirectoryRemote | null;
  /** Of files that are looked at by themselves. */
  readonly #files: StatIndex<Digest>;
  /** Of files in directories; null until a directory has no stamp that is known. */
  #insides: StatIndex<Digest> | null = null;
  readonly #stamps: DirectoryStamps;
  readonly #known = new KnownPaths<Promise<DirectoryContent | null>>();
  readonly #hasher = new Hasher();
  readonly #limit = pLimit(filesAtOnce);
  readonly #modes: FileModes;
  readonly #restorer: Restorer;

  private constructor(root: string, options: WorkspaceOptions) {
    const { dir, links = defaultLinks, pullFrom = null, keepsModes } = options;
    this.root = root;
    const own = path.join(root, '.pipeline', 'store');
    const store = dir ?? own;
    this.objects = new ObjectStore(store, links, this.#hasher);
    this.runs = new RunCache(store);
    this.#ownRuns = store === own ? this.runs : new RunCache(own);
    this.#remote = pullFrom === null ? null : DirectoryRemote.open(pullFrom);
    this.#files = this.#loadIndex('stat-index');
    this.#stamps = new DirectoryStamps(root);
    this.#modes = new FileModes(path.join(root, '.pipeline', 'tmp'), keepsModes);
    this.#restorer = new Restorer(this.objects, this.#limit);
  }

  /** Throws RemoteError when there is to be a remote and it cannot be reached. */
  static open(root: string, options: WorkspaceOptions = {}): Workspace {
    return new Workspace(root, options);
  }

  /**
   * What the path holds as an input: the right to execute a file does not count, because a copy of a data set may have
   * lost or gained it. Null when there is nothing. Asked again, it answers the same until `forget` or `look`.
   */
  async digest(relative: string): Promise<Artifact | null> {
    return (await this.#content(relative))?.counted ?? null;
  }

  /** What the path holds now as an input. Unchanged files (by their stat) are not read again. */
  async look(relative: string): Promise<Artifact | null> {
    return (await this.#lookAgain(relative))?.counted ?? null;
  }

  /** All that the path holds now, as an output. */
  async lookWhole(relative: string): Promise<Artifact | null> {
    return (await this.#lookAgain(relative))?.whole ?? null;
  }

  /** All that the path holds, as an output; asked again, it answers the same until `forget` or a look. */
  async digestWhole(relative: string): Promise<Artifact | null> {
    return (await this.#content(relative))?.whole ?? null;
  }

  /** True when the path holds the artifact, as an output, as far as the file system can tell. */
  async holds(relative: string, artifact: Artifact): Promise<boolean> {
    const now = await this.#content(relative);
    if (now === null) return false;
    if (now.whole.digest === artifact.digest) return true;
    if (now.counted.digest !== this.countedOf(artifact).digest) return false;
    return !this.#modes.areKept || this.objects.isOfOldKind(artifact);
  }

  /** What of an output's artifact counts where it is an input, as far as the cache can tell. */
  countedOf(artifact: Artifact): Artifact {
    if (!isDirectory(artifact)) return { ...artifact, digest: hashOf(artifact.digest) };
    try {
      const manifest = this.objects.readManifest(artifact.digest);
      return countedIn(manifest, artifact);
    } catch (error) {
      if (isUnrestorable(error)) return artifact;
      throw error;
    }
  }

  #content(relative: string): Promise<DirectoryContent | null> {
    return this.#known.get(relative) ?? this.#lookAgain(relative);
  }

  #lookAgain(relative: string): Promise<DirectoryContent | null> {
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
    return (await answer).whole;
  }

  /** Where runs are remembered: in the cache, or, unless other projects may know of them, in the project alone. */
  runsOf(shared: boolean): RunCache {
    return shared ? this.runs : this.#ownRuns;
  }

  /** What a run of this fingerprint made, here or, if it is shared and there is a remote to pull from, there. */
  runOutputs(fingerprint: Digest, shared = true): RunOutputs | null {
    if (!shared) return this.#ownRuns.get(fingerprint);
    const here = this.runs.get(fingerprint);
    if (here !== null || this.#remote === null) return here;
    return this.#remote.pullRun(fingerprint, this.runs) ? this.runs.get(fingerprint) : null;
  }

  /** True when every file of the artifact can be had from the cache, or from the remote to pull from. */
  async canRestore(artifact: Artifact): Promise<boolean> {
    return this.#remote === null ? this.objects.hasAll(artifact) : this.#remote.couldComplete(artifact, this.objects);
  }

  /**
   * Makes the path hold the artifact, replacing what is there. Every file is verified, and a directory as a whole.
   * Throws CorruptObjectError, MissingObjectError or RestoreError when the cache cannot bring it back; the path is then
   * as it was before.
   */
  async restore(relative: string, artifact: Artifact): Promise<void> {
    this.forget(relative);
    if (await this.holds(relative, artifact)) return;
    const target = outputPlace(this.root, relative);
    await this.#remote?.pull([artifact], this.objects);
    mkdirSync(path.dirname(target), { recursive: true });
    const temporary = this.#temporaryFor(target);
    try {
      const placed = await this.#restorer.place(artifact, temporary);
      const before = isDirectory(artifact) ? null : statSync(temporary, { bigint: true });
      await this.remove(relative);
      await rename(temporary, target);
      this.#learn(relative, artifact, placed, before);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
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

  async #look(relative: string): Promise<DirectoryContent | null> {
    const stat = this.#stat(relative);
    if (stat === undefined) return null;
    if (stat.isDirectory()) {
      const stamp = stampOf(this.root, relative);
      return this.#stamps.lookup(relative, stamp) ?? this.#lookInside(relative, stamp);
    }
    const hash = await this.#digestFile(this.#files, relative, stat);
    return this.#fileContent(hash, Number(stat.size), this.#modes.executable(stat));
  }

  #fileContent(hash: Digest, size: number, executable: boolean): DirectoryContent {
    const counted = { digest: hash, size };
    return { counted, whole: executable ? { digest: fileDigest(hash, true), size } : counted };
  }

  async #lookInside(relative: string, stamp: string): Promise<DirectoryContent> {
    const index = this.#insideIndex();
    const entries: ManifestEntry[] = [];
    const unknown: Promise<void>[] = [];
    const { files, emptyFolders } = listDirectory(this.root, relative);
    for (const file of files) {
      const found = this.#digestFile(index, `${relative}/${file.inside}`, file.stat);
      const add = (hash: Digest): void => {
        const digest = fileDigest(hash, this.#modes.executable(file.stat));
        entries.push({ path: file.inside, digest, size: Number(file.stat.size) });
      };
      if (typeof found === 'string') add(found);
      else unknown.push(found.then(add));
    }
    await Promise.all(unknown);
    const content = contentOf({ files: entries, emptyFolders });
    const trusted = files.every(({ inside, stat }) => index.lookup(`${relative}/${inside}`, stat) !== undefined);
    if (trusted) this.#stamps.record(relative, stamp, content);
    return content;
  }

  #insideIndex(): StatIndex<Digest> {
    return (this.#insides ??= this.#loadIndex('stat-index-inside'));
  }

  #loadIndex(name: string): StatIndex<Digest> {
    return StatIndex.load(path.join(this.root, '.pipeline', `${name}.json`), 'digests-3', isDigest);
  }

  #digestFile(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Digest | Promise<Digest> {
    return index.lookup(relative, stat) ?? this.#hash(index, relative, stat);
  }

  async #hash(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Promise<Digest> {
    const file = path.resolve(this.root, relative);
    const steady = stat.size <= smallFile ? stat : await settle(file, stat);
    const readAt = Date.now();
    const digest = await this.#hasher.hash(file, Number(stat.size));
    index.record(relative, steady, readAt, digest);
    return digest;
  }

  async #save(relative: string): Promise<DirectoryContent> {
    const stat = this.#stat(relative);
    const { files, emptyFolders } =
      stat?.isDirectory() === true ? listDirectory(this.root, relative) : { files: [], emptyFolders: [] };
    refuseLinks(this.root, relative, files);
    if (stat === undefined) throw new ArtifactError(`${relative} does not exist`);
    const reach = new Reach(this.root);
    if (!stat.isDirectory()) {
      const digest = await this.#saveFile(this.#files, relative, stat, false, reach);
      return this.#fileContent(hashOf(digest), Number(stat.size), isExecutable(digest));
    }
    const index = this.#insideIndex();
    const entries = await Promise.all(
      files.map(async ({ inside, stat: fileStat, linked }): Promise<ManifestEntry> => {
        const digest = await this.#saveFile(index, `${relative}/${inside}`, fileStat, linked, reach);
        return { path: inside, digest, size: Number(fileStat.size) };
      }),
    );
    const manifest = { files: entries, emptyFolders };
    await this.objects.putManifest(manifest);
    return contentOf(manifest);
  }

  /** The index knows the hash of the bytes; the right to execute is part of the stat. */
  async #saveFile(
    index: StatIndex<Digest>,
    relative: string,
    stat: BigIntStats,
    linked: boolean,
    reach: Reach,
  ): Promise<Digest> {
    const known = index.lookup(relative, stat);
    const executable = this.#modes.executable(stat);
    if (known !== undefined && this.objects.has(fileDigest(known, executable), Number(stat.size))) {
      return fileDigest(known, executable);
    }
    return this.#limit(async () => {
      const file = path.resolve(this.root, relative);
      if (stat.size > smallFile) await settle(file, stat);
      const readAt = Date.now();
      const before = statSync(file, { bigint: true });
      const options = { executable, reach: reach.of(relative) };
      if (linked) return this.objects.putFile(file, options);
      const { digest } = await this.#keep(relative, file, options);
      const after = statSync(file, { bigint: true });
      if (before.mtimeNs !== after.mtimeNs || before.size !== after.size) throw changedMeanwhile(relative);
      index.record(relative, after, readAt, hashOf(digest));
      return digest;
    });
  }

  async #keep(relative: string, file: string, options: KeepOptions): Promise<{ digest: Digest }> {
    try {
      return await this.objects.keep(file, options);
    } catch (error) {
      throw error instanceof FileChangedError ? changedMeanwhile(relative) : error;
    }
  }

  /**
   * What was placed was read and found right, so it need not be read again. The rename of a file, not that of a folder
   * around it, sets its change time; its modification time tells a write all the same.
   *
   * @param before of a file, its stat under its temporary name
   */
  #learn(relative: string, artifact: Artifact, placed: readonly PlacedFile[], before: BigIntStats | null): void {
    for (const { entry, readAt } of placed) {
      const file = entry.path === '' ? relative : `${relative}/${entry.path}`;
      const index = entry.path === '' ? this.#files : this.#insideIndex();
      const stat = this.#stat(file);
      if (stat === undefined) continue;
      const unwritten = before !== null && stat.mtimeNs === before.mtimeNs && readAt > settledAt(before);
      index.record(file, stat, unwritten ? Number.MAX_SAFE_INTEGER : readAt, hashOf(entry.digest));
    }
    this.#known.set(relative, Promise.resolve({ whole: artifact, counted: this.countedOf(artifact) }));
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
    const prefix = `.${path.basename(target)}`;
    // The temporary folder is emptied after a kill; here whoever comes to the same path next removes what was left.
    for (const name of readdirSync(parent)) {
      if (isTemporary(name, prefix)) rmSync(path.join(parent, name), { recursive: true, force: true });
    }
    return path.join(parent, uniqueName(prefix));
  }
}

/** The stat of a file once it tells any further write. */
async function settle(file: string, stat: BigIntStats): Promise<BigIntStats> {
  if (settledAt(stat) < Date.now()) return stat;
  await settled(stat);
  return statSync(file, { bigint: true });
}

function contentOf(manifest: Manifest): DirectoryContent {
  const whole = directoryArtifact(manifest);
  return { whole, counted: countedIn(manifest, whole) };
}

function countedIn(manifest: Manifest, artifact: Artifact): Artifact {
  return manifest.files.some(({ digest }) => isExecutable(digest))
    ? directoryArtifact(withoutRights(manifest))
    : artifact;
}

/** Which bits of a file's mode the folders around it, up to the project's root, leave to others. */
class Reach {
  readonly #root: string;
  readonly #folders = new Map<string, number>([['.', 0o777]]);

  constructor(root: string) {
    this.#root = root;
  }

  of(file: string): number {
    const folder = path.posix.dirname(file);
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const reach = this.of(folder) & reachThrough(statSync(path.resolve(this.#root, folder)).mode);
    this.#folders.set(folder, reach);
    return reach;
  }
}

function changedMeanwhile(relative: string): ArtifactError {
  return new ArtifactError(
    `${relative} was written while it was being put into the cache. Does the command leave a process behind that still writes?`,
  );
}
