import type { BigIntStats } from 'node:fs';
import type { Digest } from '../contents/digest.ts';

/** The name of something in a remote, as in the layout of a cache: `objects/ab/cdef...` or `runs/01/23....json`. */
export type RemoteKey = string & { readonly __brand: 'RemoteKey' };

/** The key of an object. */
export function objectKey(digest: Digest): RemoteKey {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2)}` as RemoteKey;
}

/** The key of a run's entry. */
export function runKey(fingerprint: Digest): RemoteKey {
  return `runs/${fingerprint.slice(0, 2)}/${fingerprint.slice(2)}.json` as RemoteKey;
}

/** The facts about something that is there. */
export interface Found {
  /** Bytes. */
  readonly size: number;
  /** Of the file that holds it: while this stays the same, content that was found right is not read again. Null: read it. */
  readonly stat: BigIntStats | null;
}

export interface Content extends Found {
  /** Whether it came from a program, as far as the remote itself keeps that; the key may say so as well. */
  readonly executable: boolean;
  /**
   * The bytes as the remote gives them out: nothing says that they are right, or that they end. Throws UnusableFileError
   * where they cannot be read.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** A file here with the same bytes, where there is one: it is cloned rather than read. Null: there is none. */
  readonly file: string | null;
}

/** There is nothing under a key, or something that cannot be its content, such as a folder or an unreadable file. */
export type Absent = 'missing' | 'unusable';

/**
 * One kind of remote: a place that many people put content into and get it from. It only keeps bytes under keys; whether
 * they are the right ones is for `Remote` to find out, so that a new kind is these four verbs.
 *
 * What cannot be reached or written is a RemoteError whose message names the remote and says what to do.
 */
export interface RemoteStore {
  /** The remote in messages, and in the record of what was verified in it. */
  readonly name: string;

  has(key: RemoteKey): Promise<Found | Absent>;

  /**
   * Gives the content to `use` and returns what that returns. The content may be read once, while `use` runs; errors of
   * `use` are passed on.
   */
  get<T>(key: RemoteKey, use: (content: Content) => Promise<T>): Promise<T | Absent>;

  /**
   * Keeps the content of a file under the key, in place of whatever is there. It appears as a whole, at once, or not at
   * all.
   */
  put(key: RemoteKey, file: string, options: { readonly executable: boolean }): Promise<void>;

  /** The keys that begin so, in no order; what others put or remove meanwhile may be missing. */
  list(beginning: string): AsyncIterable<RemoteKey>;
}
