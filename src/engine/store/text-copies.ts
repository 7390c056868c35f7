import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Digest, hashBytes } from './contents/digest.ts';
import { readText } from './read-text.ts';
import { writeSpare } from './spare-file.ts';
import { userKey } from './user-key.ts';
import { stateFolder, statePlace } from '../../base/state-place.ts';

/** Raised when the form of copies changes, or a new version of the yaml package reads a file otherwise. */
export const copyFormat = 'nodes-3 yaml-2.9';

/**
 * What was made of the text of small files, kept in `.pipeline/parsed/` under the digest of that text: one copy a file,
 * replaced when the text changes. Where there is no `.pipeline` yet, or it cannot be written, nothing is kept.
 */
export class TextCopies {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The copy of this very text, or null. */
  get(file: string, text: string): string | null {
    return readCopy(this.#root, this.#fileFor(file), digestOf(file, text));
  }

  put(file: string, text: string, content: string): void {
    if (!existsSync(statePlace(this.#root, stateFolder))) return;
    writeCopy(this.#root, this.#fileFor(file), digestOf(file, text), content);
  }

  #fileFor(file: string): string {
    return path.posix.join(stateFolder, 'parsed', `${hashBytes(file).slice(0, 16)}.json`);
  }
}

/**
 * What `writeCopy` wrote for this digest; null when it is of another one, damaged or missing, or was not written here by
 * this user. What is read is believed, commands included, so a copy that came with the project counts for nothing.
 *
 * @param file relative to the root
 */
export function readCopy(root: string, file: string, digest: Digest): string | null {
  const copy = readText(statePlace(root, file));
  if (copy?.slice(0, 64) !== digest) return null;
  const key = userKey(root);
  const content = copy.slice(130);
  return key !== null && sealOf(key, root, file, digest, content) === copy.slice(65, 129) ? content : null;
}

/** Keeps what was made of the text with this digest, where this user has a key to seal it with. */
export function writeCopy(root: string, file: string, digest: Digest, content: string): void {
  const key = userKey(root);
  if (key === null) return;
  writeSpare(statePlace(root, file), `${digest} ${sealOf(key, root, file, digest, content)}\n${content}`);
}

/** A code that nobody can make who does not have the key, for this content at this place and for this text. */
function sealOf(key: Buffer, root: string, file: string, digest: Digest, content: string): string {
  return createHmac('sha256', key)
    .update(`${path.resolve(root)}\0${file}\0${digest}\0`)
    .update(content)
    .digest('hex');
}

function digestOf(file: string, text: string): Digest {
  return hashBytes(`${copyFormat}\0${file}\0${text}`);
}
