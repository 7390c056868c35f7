import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const chunkSize = 1 << 16;

/**
 * The last `count` lines of a file, or of its first `length` bytes, byte for byte. Reads from its end, so a
 * log of gigabytes costs no more than a short one.
 */
export function lastLines(file: string, count: number, length = Infinity): Buffer {
  const handle = openSync(file, 'r');
  try {
    const size = Math.min(fstatSync(handle).size, length);
    const chunks: Buffer[] = [];
    let newlines = 0;
    for (let end = size; end > 0; end -= chunkSize) {
      const start = Math.max(0, end - chunkSize);
      const chunk = Buffer.alloc(end - start);
      readSync(handle, chunk, 0, chunk.length, start);
      for (let at = chunk.length - 1; at >= 0; at--) {
        // A newline at the very end of the file ends the last line; it does not begin another.
        if (chunk[at] !== 10 || start + at === size - 1) continue;
        newlines++;
        if (newlines < count) continue;
        return Buffer.concat([chunk.subarray(at + 1), ...chunks.reverse()]);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks.reverse());
  } finally {
    closeSync(handle);
  }
}
