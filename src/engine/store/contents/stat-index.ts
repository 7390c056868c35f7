import { type BigIntStats, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hashBytes } from './digest.ts';
import { writeSpare } from '../spare-file.ts';

/**
 * Remembers what was computed from a file's content (a digest, a list of imports) together with the file's size, inode
 * and times (ns), so that an unchanged file is not read again.
 *
 * A stat cannot tell two writes within one tick of the file system's clock apart. So an entry counts only when the
 * file was already older than that tick when it was read ("racily clean" entries of git's index, for the same reason).
 */
export class StatIndex<Payload> {
  readonly #file: string;
  readonly #format: string;
  readonly #isPayload: (payload: unknown) => payload is Payload;
  readonly #entries: Map<string, Entry<unknown>>;
  #changed = false;

  private constructor(
    file: string,
    format: string,
    isPayload: (payload: unknown) => payload is Payload,
    entries: Map<string, Entry<unknown>>,
  ) {
    this.#file = file;
    this.#format = format;
    this.#isPayload = isPayload;
    this.#entries = entries;
  }

  /**
   * Reads the index, or starts an empty one when there is none, or none that this version can read.
   *
   * @param isPayload what an entry must hold to be believed; default: anything
   */
  static load<Payload>(
    file: string,
    format: string,
    isPayload: (payload: unknown) => payload is Payload = (payload): payload is Payload => payload !== undefined,
  ): StatIndex<Payload> {
    return new StatIndex(file, format, isPayload, readEntries(file, format) ?? new Map<string, Entry<unknown>>());
  }

  lookup(path: string, stat: BigIntStats): Payload | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry.racy) return undefined;
    // Asked of what is used only: there may be 100,000 entries.
    return matches(entry.key, stat) && this.#isPayload(entry.payload) ? entry.payload : undefined;
  }

  /** Records what was computed from the file; `stat` is from before its content was read, `readAt` the time then (ms). */
  record(path: string, stat: BigIntStats, readAt: number, payload: Payload): void {
    this.#entries.set(path, { key: keyOf(stat), payload, racy: readAt <= settledAt(stat) });
    this.#changed = true;
  }

  forget(path: string): void {
    if (this.#entries.delete(path)) this.#changed = true;
  }

  /** Paths whose entries were recorded too early to be trusted. */
  racyPaths(): string[] {
    return [...this.#entries].filter(([, { racy }]) => racy).map(([path]) => path);
  }

  /** Writes the index if it changed. That it cannot be written costs time only. */
  save(): void {
    if (!this.#changed) return;
    // One flat list: for 100,000 files this is read in a third of the time that a list of objects takes.
    const flat: unknown[] = [this.#format];
    for (const [path, { key, payload, racy }] of this.#entries) if (!racy) flat.push(path, key, payload);
    const text = JSON.stringify(flat);
    writeSpare(this.#file, `${hashBytes(text)}\n${text}`);
    this.#changed = false;
  }
}

interface Entry<Payload> {
  readonly key: string;
  readonly payload: Payload;
  readonly racy: boolean;
}

/** A missing or damaged index costs time only: everything is read again. */
function readEntries(file: string, format: string): Map<string, Entry<unknown>> | null {
  try {
    const text = readFileSync(file, 'utf8');
    const body = text.slice(65);
    if (hashBytes(body) !== text.slice(0, 64)) return null;
    const flat = JSON.parse(body) as unknown[];
    if (flat[0] !== format) return null;
    const entries = new Map<string, Entry<unknown>>();
    for (let at = 1; at + 2 < flat.length; at += 3) {
      const [path, key, payload] = [flat[at], flat[at + 1], flat[at + 2]];
      if (typeof path === 'string' && typeof key === 'string') entries.set(path, { key, payload, racy: false });
    }
    return entries;
  } catch {
    return null;
  }
}

function keyOf(stat: BigIntStats): string {
  return `${contentKey(stat)}${stat.ctimeNs}`;
}

function contentKey({ size, mtimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ino} `;
}

/**
 * The change time tells a write whose modification time was set back. But of a file with several names (a hard link of
 * the cache) it also changes whenever one of these appears or goes, so there it says nothing.
 */
function matches(key: string, stat: BigIntStats): boolean {
  return stat.nlink > 1n ? key.startsWith(contentKey(stat)) : key === keyOf(stat);
}

/** Waits (some ms) until the file's stat tells any further write, so that a large file need not be hashed again. */
export async function settled(stat: BigIntStats): Promise<void> {
  const wait = settledAt(stat) - Date.now();
  // A time far ahead of the clock never settles.
  if (wait >= 0 && wait < 100) await delay(wait + 1);
}

/** The moment (ms) after which a further write to the file would surely show in its times. */
export function settledAt(stat: BigIntStats): number {
  // Whole seconds point to a file system with coarse times (FAT counts in two seconds).
  const tick = stat.mtimeNs % 1_000_000_000n === 0n ? 2000 : 20;
  const changed = stat.nlink > 1n || stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  return Number(changed / 1_000_000n) + tick;
}
