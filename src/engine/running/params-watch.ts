import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readRegularFile } from '../files/regular-file.ts';
import type { Pipeline, StageInstance } from '../stages/types.ts';
import { valueAt } from '../yaml/value-at.ts';
import { canonicalJson } from '../planning/fingerprint.ts';

interface Watched {
  readonly state: string;
  readonly text: string | null;
}

/**
 * Params files as they were when the run began. A stage that reads them itself, as DVC's users are wont to, may read
 * something else than what was planned when one is edited meanwhile.
 */
export class ParamsWatch {
  readonly #root: string;
  readonly #files = new Map<string, Watched>();
  /** Files that were found changed, as they were then. */
  readonly #now = new Map<string, { readonly state: string; readonly document: unknown }>();
  readonly #before = new Map<string, unknown>();

  constructor(pipeline: Pipeline) {
    this.#root = pipeline.root;
    for (const { params } of pipeline.instances.values()) {
      for (const { at } of params) {
        if (at !== null && !this.#files.has(at.file)) this.#files.set(at.file, this.#read(at.file));
      }
    }
  }

  /** Params of the instance whose value in their file is not what it was, as `KEY in FILE`. */
  changed(instance: StageInstance): string[] {
    return instance.params.flatMap(({ key: named, keyInFile, at }) => {
      if (at === null) return [];
      const before = this.#files.get(at.file);
      if (before === undefined || before.state === this.#state(at.file)) return [];
      const key = keyInFile ?? named;
      const [earlier, later] = [this.#documentBefore(at.file, before), this.#documentNow(at.file)];
      return same(valueAt(earlier, key), valueAt(later, key)) ? [] : [`param ${key} in ${at.file}`];
    });
  }

  #documentBefore(file: string, { text }: Watched): unknown {
    if (!this.#before.has(file)) this.#before.set(file, parsed(text));
    return this.#before.get(file);
  }

  #documentNow(file: string): unknown {
    const known = this.#now.get(file);
    const { state, text } = this.#read(file);
    if (known?.state === state) return known.document;
    const document = parsed(text);
    this.#now.set(file, { state, document });
    return document;
  }

  #read(file: string): Watched {
    const state = this.#state(file);
    try {
      return { state, text: readRegularFile(path.resolve(this.#root, file)).toString('utf8') };
    } catch {
      return { state, text: null };
    }
  }

  #state(file: string): string {
    const stat: Stats | undefined = statSync(path.resolve(this.#root, file), { throwIfNoEntry: false });
    return stat === undefined ? 'missing' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
  }
}

/** A file that cannot be read has no values: what it said before then counts as changed. */
function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
