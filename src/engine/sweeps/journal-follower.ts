import { closeSync, openSync, readSync } from 'node:fs';

/** Reads a journal of JSON lines that somebody is writing: each call gives what one key has logged since the last. */
export class JournalFollower {
  readonly #file: string;
  #offset = 0;
  #rest = '';

  /** @param file absolute; it need not exist yet */
  constructor(file: string) {
    this.#file = file;
  }

  /** Numbers logged under `key`, in order; NaN for what was logged but is no finite number. */
  take(key: string): number[] {
    const lines = (this.#rest + this.#read()).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      const value = loggedValue(line, key);
      return value === undefined ? [] : [typeof value === 'number' ? value : Number.NaN];
    });
  }

  #read(): string {
    let handle: number;
    try {
      handle = openSync(this.#file, 'r');
    } catch {
      return '';
    }
    try {
      const chunks: Buffer[] = [];
      const chunk = Buffer.alloc(65_536);
      for (let count = 1; count > 0;) {
        count = readSync(handle, chunk, 0, chunk.length, this.#offset);
        this.#offset += count;
        chunks.push(Buffer.from(chunk.subarray(0, count)));
      }
      return Buffer.concat(chunks).toString('utf8');
    } finally {
      closeSync(handle);
    }
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
