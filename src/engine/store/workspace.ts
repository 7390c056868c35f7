import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { uniqueName } from './atomic-file.ts';
import { type Artifact, directoryArtifact, isDirectory, type ManifestEntry } from './artifact.ts';
import { type Digest, hashBytes, hashFile } from './digest.ts';
import { ObjectStore } from './object-store.ts';
import { RunCache } from './run-cache.ts';
import { settledAt, StatIndex } from './stat-index.ts';

/** Files up to this size (bytes) are read whole; above, they are streamed. */
const smallFile = 1 << 18;

/** A path that a stage should not have made: the message says which and why. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/**
 * The project's files as contents: says what a path holds, keeps a copy of it in the cache, brings it back.
 * All paths are relative to the project's root, with forward slashes.
 */
export class Workspace {
  readonly root: string;
  readonly objects: ObjectStore;
  readonly runs: RunCache;
  readonly #index: StatIndex<Digest>;
  readonly #known = new Map<string, Promise<Artifact | null>>();
  // Enough to keep all cores hashing and the disk's queue filled, without opening thousands of files at once.
  readonly #limit = pLimit(Math.max(4, availableParallelism() * 2));

  private constructor(root: string) {
    this.root = root;
    const store = path.join(root, '.pipeline', 'store');
    this.objects = new ObjectStore(store);
    this.runs = new RunCache(store);
    this.#index = StatIndex.load(path.join(root, '.pipeline', 'stat-index.json'), 'digests-1');
  }

  static open(root: string): Workspace {
    return new Workspace(root);
  }

  /** What the path holds, or null when there is nothing. Asked again, it answers the same until `forget` or `look`. */
  digest(relative: string): Promise<Artifact | null> {
    const known = this.#known.get(relative);
    if (known !== undefined) return known;
    return this.look(relative);
  }

  /** What the path holds now. Unchanged files (by their stat) are not read again. */
  look(relative: string): Promise<Artifact | null> {
    const answer = this.#digestPath(relative, (file, stat) => this.#digestFile(file, stat));
    this.#known.set(relative, answer);
    return answer;
  }

  /** Forgets what was said about the path and everything inside it or around it. */
  forget(relative: string): void {
    for (const known of this.#known.keys()) {
      if (known === relative || known.startsWith(`${relative}/`) || relative.startsWith(`${known}/`)) {
        this.#known.delete(known);
      }
    }
  }

  /** Puts the path's content into the cache. Throws ArtifactError for what cannot be kept. */
  async save(relative: string): Promise<Artifact> {
    this.#refuseLink(relative);
    this.forget(relative);
    const answer = this.#digestPath(relative, (file, stat) => this.#saveFile(file, stat), true);
    this.#known.set(relative, answer);
    const artifact = await answer;
    if (artifact === null) throw new ArtifactError(`${relative} does not exist`);
    return artifact;
  }

  /**
   * Makes the path hold the artifact, replacing what is there. Every copy is verified.
   * Throws CorruptObjectError or MissingObjectError; the path is then as it was before.
   */
  async restore(relative: string, artifact: Artifact): Promise<void> {
    if ((await this.look(relative))?.digest === artifact.digest) return;
    const target = path.join(this.root, relative);
    mkdirSync(path.dirname(target), { recursive: true });
    const temporary = this.#temporaryFor(target);
    try {
      if (isDirectory(artifact)) {
        mkdirSync(temporary);
        const entries = this.objects.readManifest(artifact.digest);
        for (const folder of new Set(entries.map((entry) => path.dirname(entry.path)))) {
          mkdirSync(path.join(temporary, folder), { recursive: true });
        }
        await Promise.all(
          entries.map((entry) =>
            this.#limit(() => this.objects.copyTo(entry.digest, path.join(temporary, entry.path))),
          ),
        );
      } else {
        await this.objects.copyTo(artifact.digest, temporary);
      }
      await this.remove(relative);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    // The index learns the new files' stats here, while we know their content.
    await this.look(relative);
  }

  /** Removes the path, if it is there. */
  async remove(relative: string): Promise<void> {
    this.forget(relative);
    await rm(path.join(this.root, relative), { recursive: true, force: true });
  }

  exists(relative: string): boolean {
    return existsSync(path.join(this.root, relative));
  }

  /** Removes what an interrupted run left in the temporary folder. Only for the holder of the workspace's lock. */
  clearTemporary(): void {
    rmSync(path.join(this.root, '.pipeline', 'tmp'), { recursive: true, force: true });
  }

  /**
   * Ends a run: small files that were hashed in the very moment they were written are hashed once more (their stat
   * could not be trusted then), and the index is written.
   */
  async close(): Promise<void> {
    for (const file of this.#index.racyPaths()) {
      const stat = statSync(path.join(this.root, file), { throwIfNoEntry: false });
      if (stat === undefined) this.#index.forget(file);
      else if (stat.size <= smallFile && Date.now() > settledAt(stat)) await this.#digestFile(file, stat);
    }
    this.#index.save();
  }

  async #digestPath(
    relative: string,
    digestOf: (file: string, stat: Stats) => Digest | Promise<Digest>,
    keepManifest = false,
  ): Promise<Artifact | null> {
    const stat = statSync(path.join(this.root, relative), { throwIfNoEntry: false });
    if (stat === undefined) return null;
    if (!stat.isDirectory()) return { digest: await digestOf(relative, stat), size: stat.size };
    const files = this.#filesBelow(relative, '', new Set());
    const entries = await Promise.all(
      files.map(async ({ inside, stat: fileStat }): Promise<ManifestEntry> => {
        const digest = digestOf(`${relative}/${inside}`, fileStat);
        return { path: inside, digest: typeof digest === 'string' ? digest : await digest, size: fileStat.size };
      }),
    );
    if (keepManifest) this.objects.putManifest(entries);
    return directoryArtifact(entries);
  }

  #filesBelow(base: string, inside: string, ancestors: ReadonlySet<string>): { inside: string; stat: Stats }[] {
    const directory = path.join(this.root, base, inside);
    const real = realpathSync(directory);
    if (ancestors.has(real))
      throw new ArtifactError(`${path.join(base, inside)} is a link to a directory around itself`);
    const found: { inside: string; stat: Stats }[] = [];
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const child = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) {
        found.push(...this.#filesBelow(base, child, ancestors));
        continue;
      }
      const stat = statSync(path.join(directory, entry.name), { throwIfNoEntry: false });
      if (stat === undefined) throw new ArtifactError(`${base}/${child} is a link to something that does not exist`);
      if (stat.isDirectory()) found.push(...this.#filesBelow(base, child, new Set([...ancestors, real])));
      else if (stat.isFile()) found.push({ inside: child, stat });
      else throw new ArtifactError(`${base}/${child} is neither a file nor a directory`);
    }
    return found;
  }

  #digestFile(relative: string, stat: Stats): Digest | Promise<Digest> {
    return this.#index.lookup(relative, stat) ?? this.#limit(() => this.#hash(relative, stat));
  }

  async #hash(relative: string, stat: Stats): Promise<Digest> {
    const file = path.join(this.root, relative);
    if (stat.size <= smallFile) {
      const readAt = Date.now();
      const digest = hashBytes(readFileSync(file));
      this.#index.record(relative, stat, readAt, digest);
      return digest;
    }
    const settled = await this.#settle(file, stat);
    const readAt = Date.now();
    const digest = await hashFile(file);
    this.#index.record(relative, settled, readAt, digest);
    return digest;
  }

  #saveFile(relative: string, stat: Stats): Digest | Promise<Digest> {
    const known = this.#index.lookup(relative, stat);
    if (known !== undefined && this.objects.has(known)) return known;
    return this.#limit(async () => {
      const file = path.join(this.root, relative);
      if (stat.size <= smallFile) {
        const readAt = Date.now();
        const bytes = readFileSync(file);
        const digest = hashBytes(bytes);
        this.objects.putBytes(bytes, digest, stat.mode & 0o777);
        this.#index.record(relative, stat, readAt, digest);
        return digest;
      }
      const settled = await this.#settle(file, stat);
      const readAt = Date.now();
      const digest = await this.objects.putFile(file);
      this.#index.record(relative, settled, readAt, digest);
      return digest;
    });
  }

  /** Waits (some ms) until the file's stat tells any further write, so that a large file need not be hashed again. */
  async #settle(file: string, stat: Stats): Promise<Stats> {
    const wait = settledAt(stat) - Date.now();
    if (wait < 0) return stat;
    if (wait < 100) await delay(wait + 1);
    return statSync(file);
  }

  /** A path from which a rename to `target` works: in the temporary folder, or beside it where that is another disk. */
  #temporaryFor(target: string): string {
    const folder = path.join(this.root, '.pipeline', 'tmp');
    mkdirSync(folder, { recursive: true });
    const parent = path.dirname(target);
    if (statSync(folder).dev === statSync(parent).dev) return path.join(folder, uniqueName('restore'));
    return path.join(parent, uniqueName(`.${path.basename(target)}`));
  }

  #refuseLink(relative: string): void {
    const stat = lstatSync(path.join(this.root, relative), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() !== true) return;
    throw new ArtifactError(
      `output ${relative} is a symbolic link; the cache keeps contents, not links. Write the file itself instead.`,
    );
  }
}
