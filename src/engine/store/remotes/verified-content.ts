import { createHash } from 'node:crypto';
import { closeSync, constants } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { type Digest, hashFile, hashOf } from '../contents/digest.ts';
import { openedName } from '../objects/links.ts';
import { openRegular, UnusableFileError } from '../regular-file.ts';
import { type Absent, type Content, objectKey, type RemoteKey, type RemoteStore } from './remote-store.ts';

/**
 * Gives a file here to `use` by a name that stays its own until `use` ends.
 *
 * @param digest of the content that it must have; null: any
 * @returns false, without a call of `use`, when it cannot be read or has other content
 */
export async function withVerified(
  file: string,
  digest: Digest | null,
  use: (name: string) => Promise<void>,
): Promise<boolean> {
  let fd: number;
  try {
    ({ fd } = openRegular(file));
  } catch (error) {
    // A file that vanished here is no fault of the remote's.
    if (error instanceof UnusableFileError || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    const name = openedName({ file, fd });
    if (digest !== null && (await hashFile(name)) !== hashOf(digest)) return false;
    await use(name);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Writes content of a remote into a new file. Throws UnusableFileError when it cannot be read. */
export async function writeContent(content: Content, target: string): Promise<void> {
  if (content.file === null) {
    await writeFile(target, exactly(content), { flag: 'wx', mode: 0o600 });
    return;
  }
  try {
    await copyFile(content.file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'ESTALE') throw new UnusableFileError(`the remote cannot be read (${code})`);
    throw error;
  }
}

/** The bytes of content in a remote; throws UnusableFileError when they are more or fewer than was said. */
export async function* exactly({ bytes, size }: Content): AsyncIterable<Uint8Array> {
  let read = 0;
  for await (const piece of bytes) {
    read += piece.length;
    if (read > size) break;
    yield piece;
  }
  if (read !== size) throw new UnusableFileError(`the remote gave ${read} bytes where it had said ${size}`);
}

/** Like the verb `get`; content that cannot be read to its end counts as unusable. */
export async function readAt<T>(
  store: RemoteStore,
  key: RemoteKey,
  use: (content: Content) => Promise<T>,
): Promise<T | Absent> {
  try {
    return await store.get(key, use);
  } catch (error) {
    if (error instanceof UnusableFileError) return 'unusable';
    throw error;
  }
}

/** The text under a key (UTF-8) of at most `limit` bytes; null when there is none that could be one. */
export async function textAt(store: RemoteStore, key: RemoteKey, limit: number): Promise<string | null> {
  const read = await readAt(store, key, async (content) => {
    if (content.size > limit) return null;
    const pieces: Uint8Array[] = [];
    for await (const piece of exactly(content)) pieces.push(piece);
    return { text: Buffer.concat(pieces).toString('utf8') };
  });
  return read === null || typeof read === 'string' ? null : read.text;
}

/** Compares an object in a remote with its name; `stat` is that of the content that was read. */
export async function readBack(
  store: RemoteStore,
  digest: Digest,
): Promise<{ readonly is: 'right' | 'damaged' | 'missing'; readonly stat: Content['stat'] }> {
  const read = await readAt(store, objectKey(digest), async (content) => {
    const hash = createHash('sha256');
    for await (const piece of exactly(content)) hash.update(piece);
    return {
      is: hash.digest('hex') === hashOf(digest) ? ('right' as const) : ('damaged' as const),
      stat: content.stat,
    };
  });
  if (typeof read !== 'string') return read;
  return { is: read === 'missing' ? 'missing' : 'damaged', stat: null };
}
