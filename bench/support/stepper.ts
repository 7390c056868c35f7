import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What a worker says first. */
export interface Introduction {
  /** What computes, e.g. `wasm 4.22.0`. */
  readonly version: string;
  /** How many numbers each network trains. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** What a worker says after some steps. */
export interface Steps {
  /** Wall time of each step, ms. */
  readonly ms: readonly number[];
  /** Processor time of each step over all threads, ms. */
  readonly cpu: readonly number[];
  /** Wall time of making a batch, for which a step waits before it computes, ms. */
  readonly wait: readonly number[];
  /** The most memory that the process has held so far, MiB. */
  readonly peakMib: number;
  /** Tensors alive; ours only. */
  readonly tensors?: number;
}

/** A process that runs training steps when it is asked to, and stands still between. */
export class Stepper {
  readonly introduction: Introduction;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    introduction: Introduction,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.introduction = introduction;
  }

  /** @throws Error where the process ends before it introduces itself */
  static async start(program: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Stepper> {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const introduction = await Promise.race([failed, answer<Introduction>(lines, [program, ...words])]);
    return new Stepper(child, lines, introduction);
  }

  async run(count: number): Promise<Steps> {
    this.#child.stdin.write(`${count}\n`);
    return await answer<Steps>(this.#lines, this.#child.spawnargs);
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await closed;
  }
}

async function answer<T>(lines: AsyncIterator<string>, command: readonly string[]): Promise<T> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`${command.slice(0, 2).join(' ')} ended without an answer`);
  return JSON.parse(line.value) as T;
}
