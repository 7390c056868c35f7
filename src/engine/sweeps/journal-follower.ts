import { GrowingFile } from '../running/logs/growing-file.ts';

/** Reads a journal of JSON lines that somebody is writing: each call gives what one key has logged since the last. */
export class JournalFollower {
  readonly #file: GrowingFile;
  #rest = '';

  /** @param file absolute; it need not exist yet */
  constructor(file: string) {
    this.#file = new GrowingFile(file);
  }

  /** Numbers logged under `key`, in order; NaN for what was logged but is no finite number. */
  take(key: string): number[] {
    const lines = (this.#rest + this.#file.read().toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      const value = loggedValue(line, key);
      return value === undefined ? [] : [typeof value === 'number' ? value : Number.NaN];
    });
  }
}

function loggedValue(line: string, key: string): unknown {
  try {
    const entry = JSON.parse(line) as { readonly type?: unknown; readonly values?: Readonly<Record<string, unknown>> };
    return entry.type === 'log' ? entry.values?.[key] : undefined;
  } catch {
    return undefined;
  }
}
