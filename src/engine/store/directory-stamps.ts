import { createHash } from 'node:crypto';
import { type BigIntStats, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Artifact, isArtifact } from './artifact.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { type ListedFile, visitFiles } from './directory-listing.ts';
import { hashBytes } from './digest.ts';
import { statKey } from './stat-index.ts';

const format = 'stamps-1';

/** One digest over names and stats of all files of a directory: the same stamp means the same content. */
export function stampOf(root: string, directory: string): string {
  const stamp = new Stamp();
  visitFiles(root, directory, (inside, stat) => stamp.add(inside, stat));
  return stamp.digest();
}

/** The stamp of a directory that was listed before. */
export function stampOfFiles(files: readonly ListedFile[]): string {
  const stamp = new Stamp();
  for (const { inside, stat } of files) stamp.add(inside, stat);
  return stamp.digest();
}

class Stamp {
  readonly #hash = createHash('sha256');
  #text = '';

  add(inside: string, stat: BigIntStats): void {
    this.#text += `${inside}\0${statKey(stat)}\n`;
    if (this.#text.length < 1 << 16) return;
    this.#hash.update(this.#text);
    this.#text = '';
  }

  digest(): string {
    return this.#hash.update(this.#text).digest('base64');
  }
}

/**
 * Remembers what directories held when they had a certain stamp, so that an unchanged directory costs its stats and
 * nothing for each of its files besides.
 */
export class DirectoryStamps {
  readonly #root: string;
  readonly #file: string;
  readonly #known: Map<string, readonly [stamp: string, content: Artifact]>;
  #changed = false;

  /** Kept in `.pipeline/`; a missing or damaged file costs time only. */
  constructor(root: string) {
    this.#root = root;
    this.#file = path.join(root, '.pipeline', 'directory-stamps.json');
    this.#known = readStamps(this.#file);
  }

  /** What the directory held, if it had this very stamp. */
  lookup(directory: string, stamp: string): Artifact | undefined {
    const known = this.#known.get(directory);
    return known?.[0] === stamp ? known[1] : undefined;
  }

  /** The caller vouches that every stat in the stamp was old enough to be trusted. */
  record(directory: string, stamp: string, content: Artifact): void {
    this.#known.set(directory, [stamp, content]);
    this.#changed = true;
  }

  /** Writes what is known of directories that are still there, if it changed. */
  save(): void {
    if (!this.#changed) return;
    const text = JSON.stringify([...this.#known].filter(([directory]) => existsSync(path.join(this.#root, directory))));
    writeFileAtomic(this.#file, `${format} ${hashBytes(text)}\n${text}`);
    this.#changed = false;
  }
}

function readStamps(file: string): Map<string, readonly [string, Artifact]> {
  try {
    const [head = '', text = ''] = readFileSync(file, 'utf8').split('\n', 2);
    if (head !== `${format} ${hashBytes(text)}`) return new Map();
    const entries = JSON.parse(text) as [string, [string, Artifact]][];
    return new Map(entries.filter(([, [, content]]) => isArtifact(content)));
  } catch {
    return new Map();
  }
}
