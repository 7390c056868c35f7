import { createHash, hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { NotAFileError, openFlags } from '../../files/regular-file.ts';

/**
 * SHA-256 in lower-case hex; of a directory (its manifest) with the suffix `.dir`, of a file that its owner may execute
 * with the suffix `.exe`, because a program that lost the right to run is not the same output.
 */
export type Digest = string & { readonly __brand: 'Digest' };

export const directorySuffix = '.dir';
const executableSuffix = '.exe';

const digestPattern = /^[0-9a-f]{64}(?:\.dir|\.exe)?$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && digestPattern.test(text);
}

/** The hash of the bytes that a digest names, without what they are. */
export function hashOf(digest: Digest): Digest {
  return digest.slice(0, 64) as Digest;
}

export function isExecutable(digest: Digest): boolean {
  return digest.endsWith(executableSuffix);
}

/** The digest of a file whose bytes have this hash. */
export function fileDigest(hash: Digest, executable: boolean): Digest {
  return (executable ? `${hash}${executableSuffix}` : hash) as Digest;
}

export function hashBytes(bytes: string | Uint8Array): Digest {
  return hash('sha256', bytes, 'hex') as Digest;
}

/** Digest of a file's content, read in pieces so that memory stays small whatever its size. */
export async function hashFile(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  const handle = await open(file, openFlags);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new NotAFileError(file, stat);
    let [current, next] = [Buffer.allocUnsafe(1 << 19), Buffer.allocUnsafe(1 << 19)];
    // The next piece is read while this one is hashed.
    for (let reading = handle.read(current, 0, current.length, null); ;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) break;
      reading = handle.read(next, 0, next.length, null);
      hash.update(current.subarray(0, bytesRead));
      [current, next] = [next, current];
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex') as Digest;
}
