import { readFile } from 'node:fs/promises';
import type { Absent, Content, Found, RemoteKey, RemoteStore } from '../../../src/engine/store/remotes/remote-store.ts';

/** A remote of another kind than a folder: a map in this process, which can be made to misbehave. */
export class MemoryStore implements RemoteStore {
  readonly name = 'memory';
  readonly contents = new Map<RemoteKey, Buffer>();
  /** Changes the bytes on their way out. */
  given: (bytes: AsyncIterable<Uint8Array>, key: RemoteKey) => AsyncIterable<Uint8Array> = (bytes) => bytes;
  /** Changes the content on its way in. */
  kept: (content: Buffer) => Buffer = (content) => content;

  has(key: RemoteKey): Promise<Found | Absent> {
    const content = this.contents.get(key);
    return Promise.resolve(content === undefined ? 'missing' : { size: content.length, stat: null });
  }

  async get<T>(key: RemoteKey, use: (content: Content) => Promise<T>): Promise<T | Absent> {
    const content = this.contents.get(key);
    if (content === undefined) return 'missing';
    return use({
      size: content.length,
      stat: null,
      executable: false,
      bytes: this.given(piecesOf(content), key),
      file: null,
    });
  }

  async put(key: RemoteKey, file: string): Promise<void> {
    this.contents.set(key, this.kept(await readFile(file)));
  }

  async *list(beginning: string): AsyncIterable<RemoteKey> {
    for (const key of await Promise.resolve([...this.contents.keys()])) if (key.startsWith(beginning)) yield key;
  }
}

async function* piecesOf(content: Buffer): AsyncIterable<Uint8Array> {
  const half = content.length >> 1;
  yield await Promise.resolve(content.subarray(0, half));
  yield content.subarray(half);
}
