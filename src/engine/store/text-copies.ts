import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import { type Digest, hashBytes } from './digest.ts';
import { readText } from './read-text.ts';

/** Raised when the form of copies changes, or a new version of the yaml package reads a file otherwise. */
export const copyFormat = 'nodes-2 yaml-2.9';

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
    return readCopy(this.#fileFor(file), digestOf(file, text));
  }

  put(file: string, text: string, content: string): void {
    if (!existsSync(path.join(this.#root, '.pipeline'))) return;
    try {
      writeCopy(this.#fileFor(file), digestOf(file, text), content);
    } catch {
      // The next run parses the file again.
    }
  }

  #fileFor(file: string): string {
    return path.join(this.#root, '.pipeline', 'parsed', `${hashBytes(file).slice(0, 16)}.json`);
  }
}

/** What `writeCopy` wrote for this digest; null when it is of another one, damaged or missing. */
export function readCopy(copyFile: string, digest: Digest): string | null {
  const copy = readText(copyFile);
  if (copy?.slice(0, 64) !== digest) return null;
  const content = copy.slice(130);
  return hashBytes(content) === copy.slice(65, 129) ? content : null;
}

/** Keeps what was made of the text with this digest. Throws the error of writing. */
export function writeCopy(copyFile: string, digest: Digest, content: string): void {
  writeFileAtomic(copyFile, `${digest} ${hashBytes(content)}\n${content}`);
}

function digestOf(file: string, text: string): Digest {
  return hashBytes(`${copyFormat}\0${file}\0${text}`);
}
