import type { DocumentCopies } from '../yaml/yaml-reader.ts';

/** The name under which the list is kept; its text changes when another validator may judge otherwise. */
const LIST = 'documents that satisfy their schema';
const FORMAT = 'verdicts-1 ajv-8';
/** One for each profile, each set of `-S` and each file in use; the oldest go. */
const MOST = 64;

/**
 * Which documents were found to satisfy their schema, by a digest of both, in the order in which they were found. So the
 * validator, whose loading and compiling costs more than the rest of reading a pipeline, is loaded only for what changed.
 */
export class Verdicts {
  readonly #copies: DocumentCopies | undefined;
  #found: Set<string> | null = null;

  /** @param copies where the list is kept, sealed so that only this user's own counts; undefined: nowhere */
  constructor(copies?: DocumentCopies) {
    this.#copies = copies;
  }

  has(digest: string): boolean {
    return this.#all().has(digest);
  }

  add(digest: string): void {
    // Read again: settings, params and other processes add to the same list.
    this.#found = null;
    const all = this.#all().add(digest);
    for (const oldest of all) {
      if (all.size <= MOST) break;
      all.delete(oldest);
    }
    this.#copies?.put(LIST, FORMAT, [...all].join('\n'));
  }

  #all(): Set<string> {
    this.#found ??= new Set(this.#copies?.get(LIST, FORMAT)?.split('\n'));
    return this.#found;
  }
}
