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
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { allEnded } from '../../base/all-ended.ts';
import pLimit from 'p-limit';
import { isTemporary, uniqueName } from '../../base/atomic-file.ts';
import {
  type Artifact,
  artifactInside,
  directoryArtifact,
  isDirectory,
  type Manifest,
  manifestInside,
  withoutRights,
} from './contents/artifact.ts';
import { Contents, fileContent, requireFile, settle } from './contents/contents.ts';
import { contentOf, countedIn, type CountedEntry, visibleIn } from './contents/counted.ts';
import { type Digest, fileDigest, hashOf, isExecutable } from './contents/digest.ts';
import { ArtifactError, listDirectory, listFiles, refuseLinks } from './contents/directory-listing.ts';
import type { DirectoryContent } from './contents/directory-stamps.ts';
import { reachThrough } from './contents/file-modes.ts';
import { Hasher, smallFile } from './contents/hasher.ts';
import { outputPlace, removeOutput, takeAway } from './output-place.ts';
import { defaultLinks, type LinkType, makeWritable } from './objects/links.ts';
import { FileChangedError, type KeepOptions, ObjectStore } from './objects/object-store.ts';
import { Remote } from './remotes/remote.ts';
import { removeLeftover, removeTree } from './remove-tree.ts';
import { isUnrestorable, type PlacedFile, Restorer } from './objects/restoring.ts';
import { RunCache, type RunOutputs } from './objects/run-cache.ts';
import { settledAt, type StatIndex } from './contents/stat-index.ts';
import { statePlace } from '../../base/state-place.ts';

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
  readonly #remote: Remote | null;
  readonly #contents: Contents;
  readonly #limit = pLimit(filesAtOnce);
  readonly #restorer: Restorer;

  private constructor(root: string, options: WorkspaceOptions) {
    const { dir, links = defaultLinks, pullFrom = null, keepsModes } = options;
    this.root = root;
    const hasher = new Hasher();
    this.#contents = new Contents(root, hasher, keepsModes);
    const own = statePlace(root, '.pipeline/store');
    const store = dir ?? own;
    this.objects = new ObjectStore(store, links, hasher);
    this.runs = new RunCache(store);
    this.#ownRuns = store === own ? this.runs : new RunCache(own);
    this.#remote = pullFrom === null ? null : Remote.open(pullFrom);
    this.#restorer = new Restorer(this.objects, this.#limit);
  }

  /** Throws RemoteError when there is to be a remote and it cannot be reached, and StateFolderError. */
  static open(root: string, options: WorkspaceOptions = {}): Workspace {
    return new Workspace(root, options);
  }

  /**
   * What the path holds as an input: without what does not count, and without the right to execute a file, because a copy
   * of a data set may have lost or gained that. Null when there is nothing. Asked again, it answers the same until
   * `forget` or `look`.
   *
   * @param without project paths inside it that are passed over
   */
  digest(relative: string, without: readonly string[] = []): Promise<Artifact | null> {
    return without.length > 0 ? this.look(relative, without) : this.#contents.digest(relative);
  }

  /** What the path holds now as an input. Unchanged files (by their stat) are not read again. */
  look(relative: string, without: readonly string[] = []): Promise<Artifact | null> {
    return this.#contents.look(relative, without);
  }

  /** All that the path holds now, as an output. */
  async lookWhole(relative: string): Promise<Artifact | null> {
    return (await this.#contents.lookWhole(relative))?.whole ?? null;
  }

  /** All that the path holds, as an output; asked again, it answers the same until `forget` or a look. */
  async digestWhole(relative: string): Promise<Artifact | null> {
    return (await this.#contents.digestWhole(relative))?.whole ?? null;
  }

  /**
   * True when the path holds the artifact, as an output, as far as the file system can tell. What does not count in an
   * input may differ.
   */
  async holds(relative: string, artifact: Artifact): Promise<boolean> {
    const now = await this.#contents.digestWhole(relative);
    if (now === null) return false;
    if (now.whole.digest === artifact.digest) return true;
    const then = this.#contentOf(relative, artifact);
    if (now.visible.digest === then.visible.digest) return true;
    if (now.counted.digest !== then.counted.digest) return false;
    return !this.#contents.modes.areKept || this.objects.isOfOldKind(artifact);
  }

  /** What of an output's artifact counts where it is an input, as far as the cache can tell. */
  countedOf(relative: string, artifact: Artifact): Artifact {
    return this.#contentOf(relative, artifact).counted;
  }

  /** The same for a path inside an output: null when there is none, undefined when the cache cannot tell. */
  countedInside(relative: string, artifact: Artifact, inside: string): Artifact | null | undefined {
    const manifest = this.#manifestOf(artifact);
    if (manifest === null) return undefined;
    const part = manifestInside(manifest, inside);
    if (part === null) return artifactInside(withoutRights(manifest), inside);
    const visible = visibleIn(part, this.#contents.rules.at(`${relative}/${inside}`));
    return countedIn(visible, directoryArtifact(visible));
  }

  #contentOf(relative: string, artifact: Artifact): DirectoryContent {
    if (!isDirectory(artifact)) {
      return { whole: artifact, visible: artifact, counted: { ...artifact, digest: hashOf(artifact.digest) } };
    }
    const manifest = this.#manifestOf(artifact);
    if (manifest === null) return { whole: artifact, visible: artifact, counted: artifact };
    const part = visibleIn(manifest, this.#contents.rules.at(relative));
    const visible = part === manifest ? artifact : directoryArtifact(part);
    return { whole: artifact, visible, counted: countedIn(part, visible) };
  }

  /** Null when the directory cannot be had from the cache. */
  #manifestOf(artifact: Artifact): Manifest | null {
    try {
      return this.objects.readManifest(artifact.digest);
    } catch (error) {
      if (isUnrestorable(error)) return null;
      throw error;
    }
  }

  /** Files in a directory that count and were written since (ms since 1970), as far as that can be told. */
  writtenSince(relative: string, since: number, without: readonly string[] = []): string[] {
    return this.#contents.writtenSince(relative, since, without);
  }

  /** Forgets what was said about the path and everything inside it or around it. */
  forget(relative: string): void {
    this.#contents.forget(relative);
  }

  /**
   * Puts the path's content into the cache. Where files are hard links then, they have become read-only.
   * Throws ArtifactError for what cannot be kept.
   */
  async save(relative: string): Promise<Artifact> {
    this.forget(relative);
    const content = await this.#contents.steadily(relative, () => this.#save(relative));
    this.#contents.learn(relative, content);
    return content.whole;
  }

  /** Where runs are remembered: in the cache, or, unless other projects may know of them, in the project alone. */
  runsOf(shared: boolean): RunCache {
    return shared ? this.runs : this.#ownRuns;
  }

  /** What a run of this fingerprint made, here or, if it is shared and there is a remote to pull from, there. */
  async runOutputs(fingerprint: Digest, shared = true): Promise<RunOutputs | null> {
    if (!shared) return this.#ownRuns.get(fingerprint);
    const here = this.runs.get(fingerprint);
    if (here !== null || this.#remote === null) return here;
    return (await this.#remote.pullRun(fingerprint, this.runs)) ? this.runs.get(fingerprint) : null;
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
      await removeTree(temporary);
    }
  }

  /**
   * Removes the path, if it is there; read-only files, too. It is gone at once, however much it holds: nobody sees the
   * half of it. Throws ArtifactError for what really lies outside the project, for a mount point, and for what belongs to
   * another user; it is then as it was before.
   */
  async remove(relative: string): Promise<void> {
    this.forget(relative);
    const target = outputPlace(this.root, relative);
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
    await removeOutput(target, this.#temporaryFor(target), relative);
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
    await this.#contents.close();
  }

  async #save(relative: string): Promise<DirectoryContent> {
    const stat = this.#contents.stat(relative);
    const selection = { rules: this.#contents.rules.at(relative), whole: true };
    const { files, emptyFolders } =
      stat?.isDirectory() === true ? listDirectory(this.root, relative, selection) : { files: [], emptyFolders: [] };
    refuseLinks(this.root, relative, files);
    if (stat === undefined) throw new ArtifactError(`${relative} does not exist`);
    const reach = new Reach(this.root);
    if (!stat.isDirectory()) {
      requireFile(relative, stat);
      const digest = await this.#saveFile(this.#contents.files, relative, stat, false, reach);
      return fileContent(hashOf(digest), Number(stat.size), isExecutable(digest));
    }
    const index = this.#contents.insides;
    const entries = await allEnded(
      files.map(async ({ inside, stat: fileStat, linked, ignored }): Promise<CountedEntry> => {
        const digest = await this.#saveFile(index, `${relative}/${inside}`, fileStat, linked, reach);
        return { path: inside, digest, size: Number(fileStat.size), ignored };
      }),
    );
    const empty = emptyFolders.filter(({ whole }) => whole).map(({ inside }) => inside);
    await this.objects.putManifest({ files: entries, emptyFolders: empty });
    return contentOf(entries, emptyFolders);
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
    const executable = this.#contents.modes.executable(stat);
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
      const index = entry.path === '' ? this.#contents.files : this.#contents.insides;
      const stat = this.#contents.stat(file);
      if (stat === undefined) continue;
      const unwritten = before !== null && stat.mtimeNs === before.mtimeNs && readAt > settledAt(before);
      index.record(file, stat, unwritten ? Number.MAX_SAFE_INTEGER : readAt, hashOf(entry.digest));
    }
    this.#contents.learn(relative, this.#contentOf(relative, artifact));
  }

  /** A path from which a rename to `target` works: in the temporary folder, or beside it where that is another disk. */
  #temporaryFor(target: string): string {
    const folder = statePlace(this.root, '.pipeline/tmp');
    mkdirSync(folder, { recursive: true });
    const parent = path.dirname(target);
    if (statSync(folder).dev === statSync(parent).dev) return path.join(folder, uniqueName('restore'));
    const prefix = `.${path.basename(target)}`;
    // The temporary folder is emptied after a kill; here whoever comes to the same path next removes what was left.
    for (const name of readdirSync(parent)) {
      if (isTemporary(name, prefix)) removeLeftover(path.join(parent, name));
    }
    return path.join(parent, uniqueName(prefix));
  }
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
