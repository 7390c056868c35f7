import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { InstallError } from './install-error.ts';

/**
 * Takes single files out of a wheel, which is a zip archive (PKWARE's APPNOTE 6.3, without its 64-bit extension: a wheel
 * with more than 65,534 files or 4 GiB is refused). A wheel of TensorFlow unpacks to 1.3 GB, of which two libraries and a
 * dozen headers are needed.
 */

interface Entry {
  readonly name: string;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  /** Unix permissions. */
  readonly mode: number;
  /** Where the entry's own header begins. */
  readonly offset: number;
}

const END = { signature: 0x06054b50, length: 22, longest: 22 + 0xffff };
const CENTRAL = { signature: 0x02014b50, length: 46 };
const LOCAL = { length: 30 };

/**
 * Unpacks what `target` names: the absolute path of the file to write, or null for what is not wanted.
 *
 * @returns how many files were written
 * @throws InstallError when the file is no wheel or is cut short
 */
export async function unpackWheel(wheel: string, target: (name: string) => string | null): Promise<number> {
  const file = await open(wheel, 'r');
  try {
    let count = 0;
    for (const entry of await readEntries(file, wheel)) {
      const output = entry.name.endsWith('/') ? null : target(safe(entry.name));
      if (output === null) continue;
      await unpack(file, entry, output, wheel);
      count++;
    }
    return count;
  } finally {
    await file.close();
  }
}

/** An archive must not write outside of the folder it is unpacked to. */
function safe(name: string): string {
  if (!path.isAbsolute(name) && !name.split(/[\\/]/).includes('..')) return name;
  throw new InstallError(`The wheel names a file outside of itself (${name}): it is not installed.`);
}

async function readEntries(file: FileHandle, wheel: string): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - END.longest), Math.min(size, END.longest));
  const end = lastIndexOf(tail, END.signature);
  if (end < 0 || end + END.length > tail.length) throw damaged(wheel);
  const count = tail.readUInt16LE(end + 10);
  const bytes = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (count === 0xffff || start === 0xffffffff || start + bytes > size) throw damaged(wheel);
  const table = await read(file, start, bytes);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + CENTRAL.length > table.length || table.readUInt32LE(at) !== CENTRAL.signature) throw damaged(wheel);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => table.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    entries.push({
      name: table.toString('utf8', at + CENTRAL.length, at + CENTRAL.length + nameLength),
      method: table.readUInt16LE(at + 10),
      packed: table.readUInt32LE(at + 20),
      size: table.readUInt32LE(at + 24),
      mode: (table.readUInt32LE(at + 38) >>> 16) & 0o777,
      offset: table.readUInt32LE(at + 42),
    });
    at += CENTRAL.length + nameLength + extraLength + commentLength;
  }
  return entries;
}

async function unpack(file: FileHandle, entry: Entry, target: string, wheel: string): Promise<void> {
  if (entry.method !== 0 && entry.method !== 8) throw damaged(wheel);
  const header = await read(file, entry.offset, LOCAL.length);
  const start = entry.offset + LOCAL.length + header.readUInt16LE(26) + header.readUInt16LE(28);
  mkdirSync(path.dirname(target), { recursive: true });
  const output = createWriteStream(target, { mode: entry.mode | 0o600, flush: true });
  const decoder = entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 20 }) : new PassThrough();
  try {
    if (entry.packed === 0) await pipeline([], output);
    else {
      const input = createReadStream(wheel, { start, end: start + entry.packed - 1 });
      await pipeline(input, decoder, output);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true) throw damaged(wheel);
    throw error;
  }
  if (output.bytesWritten !== entry.size) throw damaged(wheel);
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function lastIndexOf(bytes: Buffer, signature: number): number {
  for (let at = bytes.length - 4; at >= 0; at--) if (bytes.readUInt32LE(at) === signature) return at;
  return -1;
}

function damaged(wheel: string): InstallError {
  return new InstallError(`${path.basename(wheel)} is damaged or no wheel. Run the command again to download it anew.`);
}
