import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import { hashBytes } from './digest.ts';
import { readText } from './read-text.ts';

/** Raised when the form of copies changes, or a new version of the yaml package reads a file otherwise. */
export const copyFormat = 'nodes-1 yaml-2.9';

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
    const copy = readText(this.#fileFor(file));
    if (copy?.slice(0, 64) !== digestOf(file, text)) return null;
    const content = copy.slice(130);
    return hashBytes(content) === copy.slice(65, 129) ? content : null;
  }

  put(file: string, text: string, content: string): void {
    if (!existsSync(path.join(this.#root, '.pipeline'))) return;
    try {
      writeFileAtomic(this.#fileFor(file), `${digestOf(file, text)} ${hashBytes(content)}\n${content}`);
    } catch {
      // The next run parses the file again.
    }
  }

  #fileFor(file: string): string {
    return path.join(this.#root, '.pipeline', 'parsed', `${hashBytes(file).slice(0, 16)}.json`);
  }
}

function digestOf(file: string, text: string): string {
  return hashBytes(`${copyFormat}\0${file}\0${text}`);
}
