import { createHash } from 'node:crypto';
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { type Artifact, isArtifact } from './artifact.ts';
import { visitFiles } from './directory-listing.ts';
import { hashBytes } from './digest.ts';
import { writeSpare } from './spare-file.ts';

const format = 'stamps-2';

/**
 * One digest over names and stats of all files of a directory, and over its empty folders: the same stamp means the same content. Times count to a
 * quarter of a microsecond, which is what a double holds of them and finer than file systems tell time.
 */
export function stampOf(root: string, directory: string): string {
  const stamp = new Stamp();
  visitFiles(root, directory, {
    stat: (file) => statSync(file, { throwIfNoEntry: false }),
    visit: (inside, stat) => stamp.add(inside, stat),
    visitEmpty: (inside) => stamp.addEmpty(inside),
  });
  return stamp.digest();
}

/**
 * Numbers that are hashed at once, of 1,024 files: a call for each file would take longer than its stat. One buffer serves
 * all stamps, because each is made without a pause.
 */
const numbers = new Float64Array(4 * 1024);

class Stamp {
  readonly #names = createHash('sha256');
  readonly #stats = createHash('sha256');
  #text = '';
  #filled = 0;

  addEmpty(inside: string): void {
    this.#text += `${inside}/\0`;
  }

  add(inside: string, { size, mtimeMs, ino, ctimeMs, nlink, mode }: Stats): void {
    if (this.#filled === numbers.length) this.#flush();
    this.#text += `${inside}\0`;
    // The right to execute belongs to the content, and the change time does not always tell that it was given or taken.
    numbers[this.#filled++] = (mode & 0o100) === 0 ? size : -1 - size;
    numbers[this.#filled++] = mtimeMs;
    numbers[this.#filled++] = ino;
    // The change time of a file with several names tells of these, not of its content.
    numbers[this.#filled++] = nlink > 1 ? 0 : ctimeMs;
  }

  digest(): string {
    this.#flush();
    return `${this.#names.digest('base64')} ${this.#stats.digest('base64')}`;
  }

  #flush(): void {
    this.#names.update(this.#text);
    this.#stats.update(numbers.subarray(0, this.#filled));
    this.#text = '';
    this.#filled = 0;
  }
}

/** What a directory holds as an output, and what of it counts as an input. */
export interface DirectoryContent {
  readonly whole: Artifact;
  readonly counted: Artifact;
}

type Content = readonly [whole: Artifact, counted?: Artifact];

/**
 * Remembers what directories held when they had a certain stamp, so that an unchanged directory costs its stats and
 * nothing for each of its files besides.
 */
export class DirectoryStamps {
  readonly #root: string;
  readonly #file: string;
  readonly #known: Map<string, readonly [stamp: string, ...content: Content]>;
  #changed = false;

  /** Kept in `.pipeline/`; a missing or damaged file costs time only. */
  constructor(root: string) {
    this.#root = root;
    this.#file = path.join(root, '.pipeline', 'directory-stamps.json');
    this.#known = readStamps(this.#file);
  }

  /** What the directory held, if it had this very stamp. */
  lookup(directory: string, stamp: string): DirectoryContent | undefined {
    const known = this.#known.get(directory);
    if (known?.[0] !== stamp) return undefined;
    const [, whole, counted = whole] = known;
    return { whole, counted };
  }

  /**
   * The stamp is from before the content was read; the caller vouches that every stat it read at was old enough to be
   * trusted. A file that changed in between has another stat than in the stamp for ever after, so that is never found.
   */
  record(directory: string, stamp: string, { whole, counted }: DirectoryContent): void {
    this.#known.set(directory, counted === whole ? [stamp, whole] : [stamp, whole, counted]);
    this.#changed = true;
  }

  /** Writes what is known of directories that are still there, if it changed. */
  save(): void {
    if (!this.#changed) return;
    const text = JSON.stringify(
      [...this.#known].filter(([directory]) => existsSync(path.resolve(this.#root, directory))),
    );
    writeSpare(this.#file, `${format} ${hashBytes(text)}\n${text}`);
    this.#changed = false;
  }
}

function readStamps(file: string): Map<string, readonly [string, ...Content]> {
  try {
    const [head = '', text = ''] = readFileSync(file, 'utf8').split('\n', 2);
    if (head !== `${format} ${hashBytes(text)}`) return new Map();
    const entries = JSON.parse(text) as [string, [string, ...Content]][];
    return new Map(entries.filter(([, [, ...contents]]) => contents.length > 0 && contents.every(isArtifact)));
  } catch {
    return new Map();
  }
}
