import { createWriteStream, mkdirSync, rmSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import path from 'node:path';

const tailLength = 20;

/** The full output of one instance on disk, and its last lines at hand. */
export class StageLog {
  readonly #stream: WriteStream;
  readonly #tail: string[] = [];
  readonly #closed: Promise<void>;

  constructor(file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    // A new file, so that whoever follows the log can tell this run's from the last one's.
    rmSync(file, { force: true });
    this.#stream = createWriteStream(file);
    // A log that cannot be written is no reason to lose the stage's work.
    this.#closed = finished(this.#stream).catch(() => undefined);
  }

  write(line: string): void {
    this.#stream.write(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length > tailLength) this.#tail.shift();
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  async close(): Promise<void> {
    this.#stream.end();
    await this.#closed;
  }
}
