import { type BigIntStats, statSync } from 'node:fs';
import path from 'node:path';
import { ArtifactError, VanishedError } from '../../files/artifact-error.ts';
import { IgnoreRules } from '../../files/ignore-rules.ts';
import { adviceWhenNamedRefused, adviceWhenRefused, asReadError } from '../../files/read-error.ts';
import { whatItIs } from '../../files/regular-file.ts';
import type { Artifact } from './artifact.ts';
import { contentOf, type CountedEntry } from './counted.ts';
import { type Digest, fileDigest, isDigest } from './digest.ts';
import { listDirectory, listFiles, type Selection } from './directory-listing.ts';
import { type DirectoryContent, DirectoryStamps, stampOf } from './directory-stamps.ts';
import { FileModes } from './file-modes.ts';
import { type Hasher, smallFile } from './hasher.ts';
import { refuseKernelFile } from './kernel-files.ts';
import { KnownPaths } from './known-paths.ts';
import { settled, settledAt, StatIndex } from './stat-index.ts';
import { statePlace } from '../../../base/state-place.ts';

/** What a path holds, as far as it was asked for. */
export type Content = Omit<DirectoryContent, 'whole'> & {
  /** Null while nobody has asked and something in it does not count. */
  readonly whole: Artifact | null;
};

/** How often something that changes while it is read is read again. */
const attempts = 5;

/**
 * Says what the project's paths hold, reading as little as possible: a file by its stat, a directory by the stats of its
 * files. Paths are relative to the project's root, with forward slashes, or absolute outside it.
 */
export class Contents {
  readonly root: string;
  readonly rules: IgnoreRules;
  /** Of files that are looked at by themselves. */
  readonly files: StatIndex<Digest>;
  /** Of files in directories; null until a directory has no stamp that is known. */
  #insides: StatIndex<Digest> | null = null;
  readonly #stamps: DirectoryStamps;
  readonly #known = new KnownPaths<Promise<Content | null>>();
  readonly #hasher: Hasher;
  readonly modes: FileModes;

  /** @param keepsModes whether the file system keeps the right to execute a file; tried unless it is said */
  constructor(root: string, hasher: Hasher, keepsModes?: boolean) {
    this.root = root;
    this.modes = new FileModes(statePlace(root, '.pipeline/tmp'), keepsModes);
    this.#hasher = hasher;
    this.rules = new IgnoreRules(root);
    this.files = this.#loadIndex('stat-index');
    this.#stamps = new DirectoryStamps(root);
  }

  /** What the path holds as an input. Asked again, it answers the same until `forget` or `look`. */
  async digest(relative: string): Promise<Artifact | null> {
    return (await (this.#known.get(relative) ?? this.#lookAgain(relative, false)))?.counted ?? null;
  }

  /** What the path holds now as an input; see `Workspace.look`. */
  async look(relative: string, without: readonly string[] = []): Promise<Artifact | null> {
    const answer =
      without.length > 0
        ? this.steadily(relative, () => this.#look(relative, false, without))
        : this.#lookAgain(relative, false);
    return (await answer)?.counted ?? null;
  }

  /** What the path holds as input and as output. Asked again, it answers the same until `forget` or a look. */
  async digestWhole(relative: string): Promise<DirectoryContent | null> {
    const known = await this.#known.get(relative);
    if (known === null || (known !== undefined && isWhole(known))) return known;
    return this.lookWhole(relative);
  }

  /** What the path holds now, as input and as output. */
  async lookWhole(relative: string): Promise<DirectoryContent | null> {
    const content = await this.#lookAgain(relative, true);
    return content !== null && isWhole(content) ? content : null;
  }

  forget(relative: string): void {
    this.#known.forget(relative);
  }

  /** Takes note of what a path was just found to hold. */
  learn(relative: string, content: Content): void {
    this.#known.set(relative, Promise.resolve(content));
  }

  get insides(): StatIndex<Digest> {
    return (this.#insides ??= this.#loadIndex('stat-index-inside'));
  }

  stat(relative: string): BigIntStats | undefined {
    return statSync(path.resolve(this.root, relative), { throwIfNoEntry: false, bigint: true });
  }

  /** Files in a directory that count and whose times are not before `since` (ms since 1970), sorted. */
  writtenSince(relative: string, since: number, without: readonly string[]): string[] {
    try {
      return listFiles(this.root, relative, this.#selection(relative, false, without))
        .filter(({ stat }) => Number(stat.ctimeNs / 1_000_000n) >= since)
        .map(({ inside }) => (relative === '.' ? inside : `${relative}/${inside}`))
        .sort();
    } catch {
      // No directory, or one that changes still: then its name must do.
      return [];
    }
  }

  /** Hashes once more what was hashed in the very moment it was written, and writes the indices. */
  async close(): Promise<void> {
    const indices = [this.files, ...(this.#insides === null ? [] : [this.#insides])];
    await Promise.all(indices.flatMap((index) => this.#hashRacy(index)));
    for (const index of indices) index.save();
    this.#stamps.save();
  }

  /** Reads again what went away while it was read; other errors of reading become a sentence. */
  async steadily<Answer>(relative: string, read: () => Promise<Answer>): Promise<Answer> {
    const here = path.resolve(this.root, relative);
    for (let attempt = 1; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        const { code, path: where = '', dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
        // Of other places, such as the cache, others speak.
        const isHere = dest === undefined && (where === here || where.startsWith(`${here}/`));
        const vanished = error instanceof VanishedError || (isHere && (code === 'ENOENT' || code === 'ENOTDIR'));
        const advice = where === here ? adviceWhenNamedRefused : adviceWhenRefused;
        if (!vanished) throw isHere ? asReadError(this.root, where, error, advice) : error;
        if (attempt < attempts) continue;
        throw new ArtifactError(
          `${relative} changes faster than it can be read: files in it keep going away. ` +
            'Wait until nothing writes there any more, or name such files in .pipelineignore.',
        );
      }
    }
  }

  #lookAgain(relative: string, whole: boolean): Promise<Content | null> {
    const answer = this.steadily(relative, () => this.#look(relative, whole));
    this.#known.set(relative, answer);
    return answer;
  }

  async #look(relative: string, whole: boolean, without: readonly string[] = []): Promise<Content | null> {
    const stat = this.stat(relative);
    if (stat === undefined) return null;
    if (stat.isDirectory()) return this.#lookInside(relative, whole, without);
    requireFile(relative, stat);
    const hash = await this.#digestFile(this.files, relative, stat);
    return fileContent(hash, Number(stat.size), this.modes.executable(stat));
  }

  async #lookInside(relative: string, whole: boolean, without: readonly string[]): Promise<Content> {
    const selection = this.#selection(relative, whole, without);
    const { counted, ignored, leftOut } = stampOf(this.root, relative, selection);
    // A directory in which everything counts has one content and one stamp, whoever asks.
    const [key, stamp] = ignored === null ? [without.join('\0'), counted] : ['whole', `${counted} ${ignored}`];
    const content =
      this.#stamps.lookup(relative, stamp, key) ?? (await this.#readInside(relative, selection, stamp, key));
    return leftOut || without.length > 0 ? { ...content, whole: null } : content;
  }

  #selection(relative: string, whole: boolean, without: readonly string[]): Selection {
    const inside = new Set(without.map((other) => path.posix.relative(relative, other)));
    return { rules: this.rules.at(relative), whole, without: inside };
  }

  async #readInside(relative: string, selection: Selection, stamp: string, key: string): Promise<DirectoryContent> {
    const index = this.insides;
    const entries: CountedEntry[] = [];
    const unknown: Promise<void>[] = [];
    const { files, emptyFolders } = listDirectory(this.root, relative, selection);
    for (const file of files) {
      const found = this.#digestFile(index, `${relative}/${file.inside}`, file.stat);
      const add = (hash: Digest): void => {
        const digest = fileDigest(hash, this.modes.executable(file.stat));
        entries.push({ path: file.inside, digest, size: Number(file.stat.size), ignored: file.ignored });
      };
      if (typeof found === 'string') add(found);
      else unknown.push(found.then(add));
    }
    await Promise.all(unknown);
    const content = contentOf(entries, emptyFolders);
    const trusted = files.every(({ inside, stat }) => index.lookup(`${relative}/${inside}`, stat) !== undefined);
    if (trusted) this.#stamps.record(relative, stamp, content, key);
    return content;
  }

  #hashRacy(index: StatIndex<Digest>): Promise<unknown>[] {
    // What can no longer be read is of no use in the index, and no matter for the end of a run.
    const again = async (file: string): Promise<void> => {
      try {
        const stat = this.stat(file);
        if (stat?.isFile() !== true) index.forget(file);
        else if (stat.size <= smallFile && Date.now() > settledAt(stat)) await this.#hash(index, file, stat);
      } catch {
        index.forget(file);
      }
    };
    return [...index.racyPaths()].map(again);
  }

  #loadIndex(name: string): StatIndex<Digest> {
    return StatIndex.load(statePlace(this.root, `.pipeline/${name}.json`), 'digests-3', isDigest);
  }

  #digestFile(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Digest | Promise<Digest> {
    return index.lookup(relative, stat) ?? this.#hash(index, relative, stat);
  }

  async #hash(index: StatIndex<Digest>, relative: string, stat: BigIntStats): Promise<Digest> {
    const file = path.resolve(this.root, relative);
    refuseKernelFile(relative, file, stat);
    const steady = stat.size <= smallFile ? stat : await settle(file, stat);
    const readAt = Date.now();
    const digest = await this.#hasher.hash(file, Number(stat.size));
    index.record(relative, steady, readAt, digest);
    return digest;
  }
}

function isWhole(content: Content): content is DirectoryContent {
  return content.whole !== null;
}

/** What a file with these bytes holds. */
export function fileContent(hash: Digest, size: number, executable: boolean): DirectoryContent {
  const counted = { digest: hash, size };
  const whole = executable ? { digest: fileDigest(hash, true), size } : counted;
  return { whole, visible: whole, counted };
}

/** Refuses what is neither file nor directory, before anything opens it. */
export function requireFile(relative: string, stat: BigIntStats): void {
  if (!stat.isFile()) throw new ArtifactError(`${relative} ${whatItIs(stat)}, so it has no content to speak of`);
}

/** The stat of a file once it tells any further write. */
export async function settle(file: string, stat: BigIntStats): Promise<BigIntStats> {
  if (settledAt(stat) < Date.now()) return stat;
  await settled(stat);
  return statSync(file, { bigint: true });
}
