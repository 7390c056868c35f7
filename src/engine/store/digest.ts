import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** SHA-256 in lower-case hex; of a directory (its manifest) with the suffix `.dir`. */
export type Digest = string & { readonly __brand: 'Digest' };

export const directorySuffix = '.dir';

const digestPattern = /^[0-9a-f]{64}(?:\.dir)?$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && digestPattern.test(text);
}

export function hashBytes(bytes: string | Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

/** Digest of a file's content, read in pieces so that memory stays small whatever its size. */
export async function hashFile(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex') as Digest;
}
