import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

export type OutputName = 'stdout' | 'stderr';

/**
 * The streams of a process that node gives: none when the system had no descriptors left for them, whatever the types
 * say. The error of the process follows then.
 */
export function outputStreams(child: Partial<Pick<ChildProcess, OutputName>>): [OutputName, Readable][] {
  const { stdout = null, stderr = null } = child;
  const both: [OutputName, Readable | null][] = [
    ['stdout', stdout],
    ['stderr', stderr],
  ];
  return both.filter((entry): entry is [OutputName, Readable] => entry[1] !== null);
}

/** Calls `onBytes` for everything that comes, and then, once, `onEnd`, also when the stream is closed before its end. */
export function readBytes(stream: Readable, onBytes: (bytes: Buffer) => void, onEnd: () => void): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  stream.on('data', onBytes);
  stream.on('end', end);
  stream.on('error', end);
  stream.on('close', end);
}
