import { createHash } from 'node:crypto';
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { type Artifact, isArtifact } from './artifact.ts';
import { hashBytes } from './digest.ts';
import { everyFile, type Selection, visitFiles } from './directory-listing.ts';
import { writeSpare } from '../spare-file.ts';
import { statePlace } from '../../../base/state-place.ts';

const format = 'stamps-2';

/** The stamps of a directory, of the files that count and of the others. */
export interface DirectoryStamp {
  readonly counted: string;
  /** Of the files that do not count; null when there are none, or they were not asked for. */
  readonly ignored: string | null;
  /** True when something does not count and was not looked at. */
  readonly leftOut: boolean;
}

/**
 * One digest over names and stats of all files of a directory, and over its empty folders: the same stamp means the
 * same content. Times count to a quarter of a microsecond, which is what a double holds of them and finer than file
 * systems tell time. What does not count has a stamp of its own, so that other rules make another stamp.
 */
export function stampOf(root: string, directory: string, selection: Selection = everyFile): DirectoryStamp {
  const counted = new Stamp(countedNumbers);
  const ignored: { stamp?: Stamp } = {};
  let leftOut = false;
  visitFiles(root, directory, selection, {
    stat: (file) => statSync(file, { throwIfNoEntry: false }),
    visit: (inside, stat, _linked, isIgnored) => {
      if (isIgnored) (ignored.stamp ??= new Stamp()).add(inside, stat);
      else counted.add(inside, stat);
    },
    visitEmpty: ({ inside, counted: counts }) => {
      if (counts) counted.addEmpty(inside);
      else (ignored.stamp ??= new Stamp()).addEmpty(inside);
    },
    leaveOut: () => (leftOut = true),
  });
  return { counted: counted.digest(), ignored: ignored.stamp?.digest() ?? null, leftOut };
}

/** Numbers that are hashed at once, of 1,024 files: a call for each file would take longer than its stat. */
const numbersAtOnce = 4 * 1024;
/** Most directories hold nothing that does not count: one buffer serves all stamps of files that do. */
const countedNumbers = new Float64Array(numbersAtOnce);

class Stamp {
  readonly #names = createHash('sha256');
  readonly #stats = createHash('sha256');
  readonly #numbers: Float64Array;
  #text = '';
  #filled = 0;

  constructor(numbers = new Float64Array(numbersAtOnce)) {
    this.#numbers = numbers;
  }

  addEmpty(inside: string): void {
    this.#text += `${inside}/\0`;
  }

  add(inside: string, { size, mtimeMs, ino, ctimeMs, nlink, mode }: Stats): void {
    if (this.#filled === numbersAtOnce) this.#flush();
    this.#text += `${inside}\0`;
    // The right to execute belongs to the content, and the change time does not always tell that it was given or taken.
    this.#numbers[this.#filled++] = (mode & 0o100) === 0 ? size : -1 - size;
    this.#numbers[this.#filled++] = mtimeMs;
    this.#numbers[this.#filled++] = ino;
    // The change time of a file with several names tells of these, not of its content.
    this.#numbers[this.#filled++] = nlink > 1 ? 0 : ctimeMs;
  }

  digest(): string {
    this.#flush();
    return `${this.#names.digest('base64')} ${this.#stats.digest('base64')}`;
  }

  #flush(): void {
    this.#names.update(this.#text);
    this.#stats.update(this.#numbers.subarray(0, this.#filled));
    this.#text = '';
    this.#filled = 0;
  }
}

/** What a directory, or any path, holds. */
export interface DirectoryContent {
  /** All of it: the path as an output. */
  readonly whole: Artifact;
  /** As an output, but without what does not count. */
  readonly visible: Artifact;
  /** As an input: without what does not count, and without the rights to execute. */
  readonly counted: Artifact;
}

/** What is as the one before is not written. */
type Content = readonly [whole: Artifact, counted?: Artifact, visible?: Artifact];

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
    this.#file = statePlace(root, '.pipeline/directory-stamps.json');
    this.#known = readStamps(this.#file);
  }

  /**
   * What the directory held, if it had this very stamp.
   *
   * @param selection tells apart the answers about one directory: empty for all that counts
   */
  lookup(directory: string, stamp: string, selection = ''): DirectoryContent | undefined {
    const known = this.#known.get(keyOf(directory, selection));
    if (known?.[0] !== stamp) return undefined;
    const [, whole, counted = whole, visible = whole] = known;
    return { whole, visible, counted };
  }

  /**
   * The stamp is from before the content was read; the caller vouches that every stat it read at was old enough to be
   * trusted. A file that changed in between has another stat than in the stamp for ever after, so that is never found.
   */
  record(directory: string, stamp: string, content: DirectoryContent, selection = ''): void {
    this.#known.set(keyOf(directory, selection), [stamp, ...written(content)]);
    this.#changed = true;
  }

  /** Writes what is known of directories that are still there, if it changed. */
  save(): void {
    if (!this.#changed) return;
    const text = JSON.stringify(
      [...this.#known].filter(([key]) => existsSync(path.resolve(this.#root, directoryOf(key)))),
    );
    writeSpare(this.#file, `${format} ${hashBytes(text)}\n${text}`);
    this.#changed = false;
  }
}

function keyOf(directory: string, selection: string): string {
  return selection === '' ? directory : `${directory}\0${selection}`;
}

function directoryOf(key: string): string {
  return key.split('\0', 1)[0] ?? '';
}

function written({ whole, visible, counted }: DirectoryContent): Content {
  if (visible.digest !== whole.digest) return [whole, counted, visible];
  return counted.digest === whole.digest ? [whole] : [whole, counted];
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
