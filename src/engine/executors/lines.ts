import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this (characters) is passed on in pieces, so that output without newlines cannot fill memory. */
const longestLine = 1 << 20;

/** Calls `onLine` for each line of the stream (without its newline), and for a last line that has none; then `onEnd`. */
export function readLines(stream: Readable, onLine: (line: string) => void, onEnd: () => void): void {
  const decoder = new StringDecoder('utf8');
  let open = '';
  stream.on('data', (chunk: Buffer) => {
    open += decoder.write(chunk);
    const lines = open.split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (open.length > longestLine) {
      onLine(open);
      open = '';
    }
  });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    open += decoder.end();
    if (open !== '') onLine(open);
    onEnd();
  };
  stream.on('end', end);
  stream.on('error', end);
  stream.on('close', end);
}
