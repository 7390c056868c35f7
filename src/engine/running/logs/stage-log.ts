import { createWriteStream, mkdirSync, rmSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import path from 'node:path';

/** The full output of one instance on disk, byte for byte. */
export class StageLog {
  readonly #stream: WriteStream;
  readonly #closed: Promise<void>;

  constructor(file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    // A new file, so that whoever follows the log can tell this run's from the last one's.
    rmSync(file, { force: true });
    this.#stream = createWriteStream(file);
    // A log that cannot be written is no reason to lose the stage's work.
    this.#closed = finished(this.#stream).catch(() => undefined);
  }

  write(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await this.#closed;
  }
}
