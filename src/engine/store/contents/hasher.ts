import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { openFlags, readRegularFile } from '../../files/regular-file.ts';
import { type Digest, hashBytes, hashFile } from './digest.ts';

/** Files up to this size (bytes) are read whole; above, they are streamed. */
export const smallFile = 1 << 18;

/** Starting a thread costs as much as hashing this many small files, or this many bytes (measured by bench/hash.ts). */
const worthAThread = { files: 1000, bytes: 1 << 26 };
/** What a thread is given at once: enough that messages cost nothing, little enough that all end together. */
const batch = { files: 64, bytes: 1 << 24 };

interface Job {
  readonly file: string;
  readonly size: number;
  readonly resolve: (digest: Digest) => void;
  readonly reject: (error: unknown) => void;
}

type Answer = { readonly digest: Digest } | { readonly message: string; readonly code: string | undefined };

// A string, because the bundled command line has no file of its own for it.
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { openSync, readSync, closeSync, fstatSync } = require('node:fs');
const buffer = Buffer.allocUnsafeSlow(1 << 19);
const hashFile = (file) => {
  const hash = createHash('sha256');
  const handle = openSync(file, workerData.openFlags);
  try {
    if (!fstatSync(handle).isFile()) throw Object.assign(new Error(file + ' is not a file'), { code: 'ENXIO' });
    for (let read; (read = readSync(handle, buffer, 0, buffer.length, null)) > 0; ) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(handle);
  }
  return hash.digest('hex');
};
parentPort.on('message', (files) => {
  parentPort.postMessage(files.map((file) => {
    try {
      return { digest: hashFile(file) };
    } catch (error) {
      return { message: error.message, code: error.code };
    }
  }));
});
`;

/**
 * Hashes files: few on this thread, many on all cores. Threads are started when there is work enough for them, and end
 * with the process.
 */
export class Hasher {
  readonly #queue: Job[] = [];
  #next = 0;
  #bytes = 0;
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #most: number;
  #pumping = false;

  /** @param threads how many may hash at once, this one included */
  constructor(threads = availableParallelism()) {
    this.#most = threads - 1;
  }

  /** Digest of a file; `size` in bytes, as a measure of the work. Rejects with the error of reading it. */
  hash(file: string, size: number): Promise<Digest> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ file, size, resolve, reject });
      this.#bytes += size;
      if (this.#pumping) return;
      this.#pumping = true;
      setImmediate(() => void this.#pump());
    });
  }

  async #pump(): Promise<void> {
    while (this.#next < this.#queue.length) {
      this.#startThreads();
      for (let thread = this.#idle.pop(); thread !== undefined; thread = this.#idle.pop()) {
        if (!this.#send(thread)) break;
      }
      await this.#hashHere();
      // Answers of threads and everything else that waits come first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#queue.length = 0;
    this.#next = 0;
    this.#pumping = false;
  }

  #startThreads(): void {
    const waiting = this.#queue.length - this.#next;
    const enough = waiting > 1 && (waiting > worthAThread.files || this.#bytes > worthAThread.bytes);
    while (enough && this.#threads.length < this.#most) {
      const thread = new Worker(workerSource, { eval: true, workerData: { openFlags } });
      thread.unref();
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
  }

  #send(thread: Worker): boolean {
    const jobs = this.#take(batch);
    if (jobs.length === 0) {
      this.#idle.push(thread);
      return false;
    }
    const lost = (error: Error): void => {
      for (const { reject } of jobs) reject(error);
    };
    thread.ref();
    thread.once('error', lost);
    thread.once('message', (answers: readonly Answer[]) => {
      thread.unref();
      thread.off('error', lost);
      for (const [index, job] of jobs.entries()) answer(job, answers[index]);
      if (!this.#send(thread)) return;
    });
    thread.postMessage(jobs.map(({ file }) => file));
    return true;
  }

  /** Hashes one small batch, or one large file, on this thread. */
  async #hashHere(): Promise<void> {
    for (const { file, size, resolve, reject } of this.#take({ files: batch.files, bytes: smallFile })) {
      try {
        resolve(size <= smallFile ? hashBytes(readRegularFile(file)) : await hashFile(file));
      } catch (error) {
        reject(error);
      }
    }
  }

  /** The next jobs: at least one if there is any, at most what the limits say. */
  #take(limit: { readonly files: number; readonly bytes: number }): Job[] {
    const jobs: Job[] = [];
    let bytes = 0;
    while (jobs.length < limit.files) {
      const job = this.#queue[this.#next];
      if (job === undefined || (jobs.length > 0 && bytes + job.size > limit.bytes)) break;
      bytes += job.size;
      this.#next++;
      jobs.push(job);
    }
    this.#bytes -= bytes;
    return jobs;
  }
}

function answer({ file, resolve, reject }: Job, result: Answer | undefined): void {
  if (result === undefined) reject(new Error(`hashing ${file} ended without an answer`));
  else if ('digest' in result) resolve(result.digest);
  else reject(Object.assign(new Error(result.message), { code: result.code, path: file }));
}
