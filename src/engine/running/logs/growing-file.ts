import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

const chunkSize = 1 << 16;

/** A file that somebody else is writing: each look gives what has come since the last. It need not exist yet. */
export class GrowingFile {
  readonly #file: string;
  #offset = 0;
  #identity: string | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Counts what the file holds as seen. Returns how many bytes that are. */
  skip(): number {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    if (stat === undefined) return 0;
    this.#identity = identityOf(stat);
    this.#offset = stat.size;
    return stat.size;
  }

  /** What is new, in pieces. A file that another has replaced, or that was emptied, is read from its beginning. */
  *chunks(): Generator<Buffer> {
    let handle: number;
    try {
      handle = openSync(this.#file, 'r');
    } catch {
      return;
    }
    try {
      const stat = fstatSync(handle);
      const identity = identityOf(stat);
      if (identity !== this.#identity || stat.size < this.#offset) this.#offset = 0;
      this.#identity = identity;
      for (;;) {
        const chunk = Buffer.alloc(chunkSize);
        const count = readSync(handle, chunk, 0, chunk.length, this.#offset);
        if (count === 0) return;
        this.#offset += count;
        yield chunk.subarray(0, count);
      }
    } finally {
      closeSync(handle);
    }
  }

  /** What is new, as one piece. */
  read(): Buffer {
    return Buffer.concat([...this.chunks()]);
  }
}

function identityOf({ ino, birthtimeMs }: Stats): string {
  return `${ino} ${birthtimeMs}`;
}
