import { readFileSync, type Stats } from 'node:fs';
import { writeFileAtomic } from './atomic-file.ts';

/**
 * Remembers what was computed from a file's content (a digest, a list of imports) together with the file's stat, so that
 * an unchanged file is not read again.
 *
 * A stat cannot tell two writes within one tick of the file system's clock apart. So an entry counts only when the
 * file was already older than that tick when it was read ("racily clean" entries of git's index, for the same reason).
 */
export class StatIndex<Payload> {
  readonly #file: string;
  readonly #entries: Map<string, Entry<Payload>>;
  #changed = false;

  private constructor(file: string, entries: Map<string, Entry<Payload>>) {
    this.#file = file;
    this.#entries = entries;
  }

  /** Reads the index, or starts an empty one when there is none, or none that this version can read. */
  static load<Payload>(file: string, format: string): StatIndex<Payload> {
    try {
      const document = JSON.parse(readFileSync(file, 'utf8')) as {
        format: string;
        entries: [string, Entry<Payload>][];
      };
      if (document.format === format) return new StatIndex(file, new Map(document.entries)).#as(format);
    } catch {
      // A missing or damaged index costs time only: everything is read again.
    }
    return new StatIndex<Payload>(file, new Map()).#as(format);
  }

  #format = '';
  #as(format: string): this {
    this.#format = format;
    return this;
  }

  lookup(path: string, stat: Stats): Payload | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry[5] === 1) return undefined;
    return matches(entry, stat) ? entry[4] : undefined;
  }

  /** Records what was computed from the file; `stat` is from before its content was read, `readAt` the time then (ms). */
  record(path: string, stat: Stats, readAt: number, payload: Payload): void {
    const racy = readAt <= settledAt(stat) ? 1 : 0;
    this.#entries.set(path, [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, payload, racy]);
    this.#changed = true;
  }

  forget(path: string): void {
    if (this.#entries.delete(path)) this.#changed = true;
  }

  /** Paths whose entries were recorded too early to be trusted. */
  racyPaths(): string[] {
    return [...this.#entries].filter(([, entry]) => entry[5] === 1).map(([path]) => path);
  }

  /** Writes the index if it changed. */
  save(): void {
    if (!this.#changed) return;
    const entries = [...this.#entries].filter(([, entry]) => entry[5] === 0);
    writeFileAtomic(this.#file, JSON.stringify({ format: this.#format, entries }));
    this.#changed = false;
  }
}

/** Size, mtime and ctime (ms with a fraction: quarter microseconds), inode, payload, 1 if racy. */
type Entry<Payload> = [number, number, number, number, Payload, 0 | 1];

function matches<Payload>(entry: Entry<Payload>, stat: Stats): boolean {
  return entry[0] === stat.size && entry[1] === stat.mtimeMs && entry[2] === stat.ctimeMs && entry[3] === stat.ino;
}

/** The moment (ms) after which a further write to the file would surely show in its times. */
export function settledAt(stat: Stats): number {
  // Whole seconds point to a file system with coarse times (FAT counts in two seconds).
  const tick = stat.mtimeMs % 1000 === 0 ? 2000 : 20;
  return Math.max(stat.mtimeMs, stat.ctimeMs) + tick;
}
