/**
 * The framing of a `.wandb` file: a LevelDB log. The file is cut into blocks of 32 KiB, counted from its start; a
 * record is cut into chunks that fit the blocks, each with a checksum. A reader of a file whose tail was lost therefore
 * finds every record before it.
 */
import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const BLOCK = 32_768;
/** u32 checksum, u16 length, u8 type, little-endian. */
const CHUNK_HEADER = 7;
/** `:W&B`, a magic number, version 0. */
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;
/** Written records reach the disk itself within this time (ms); a kill of the process alone loses none. */
const SYNC_EVERY = 1000;

/** The bytes that append a record to a log that is `at` bytes long. */
export function frame(payload: Uint8Array, at: number): Buffer {
  const parts: Buffer[] = [];
  let position = at;
  let rest = payload;
  let isFirst = true;
  for (;;) {
    const room = BLOCK - (position % BLOCK);
    if (room < CHUNK_HEADER) {
      parts.push(Buffer.alloc(room));
      position += room;
      continue;
    }
    const part = rest.subarray(0, room - CHUNK_HEADER);
    rest = rest.subarray(part.length);
    const isLast = rest.length === 0;
    parts.push(chunk(part, isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE));
    position += CHUNK_HEADER + part.length;
    isFirst = false;
    if (isLast) return Buffer.concat(parts);
  }
}

function chunk(part: Uint8Array, type: number): Buffer {
  const header = Buffer.alloc(CHUNK_HEADER);
  header.writeUInt32LE(checksum(type, part), 0);
  header.writeUInt16LE(part.length, 4);
  header.writeUInt8(type, 6);
  return Buffer.concat([header, part]);
}

function checksum(type: number, part: Uint8Array): number {
  // In one piece: zlib forgets what it was given before when it is given nothing.
  return crc32(Buffer.concat([Buffer.of(type), part]));
}

/** Writes a log. Every record is with the operating system when `append` returns. */
export class WandbLogWriter {
  readonly #file: number;
  #length = 0;
  #timer: NodeJS.Timeout | null = null;

  /** Throws where the file exists already: a run is written once. */
  constructor(path: string) {
    this.#file = openSync(path, 'ax');
    this.#write(FILE_HEADER);
  }

  append(payload: Uint8Array): void {
    this.#write(frame(payload, this.#length));
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // What a failing disk says, the next write says again.
      fdatasync(this.#file, () => undefined);
    }, SYNC_EVERY).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      fdatasyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }

  #write(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      // Half a record in the middle would hide every later one: what a full disk refused is taken back.
      ftruncateSync(this.#file, this.#length);
      throw error;
    }
    this.#length += bytes.length;
  }
}

/** The file does not begin as a `.wandb` file does. */
export class WandbLogError extends Error {
  override readonly name = 'WandbLogError';
}

/**
 * Reads a log that may still grow. Each call of `poll` returns the records that have become whole since the last; what
 * a kill or a power cut left half-written at the end is never returned.
 */
export class WandbLogFollower {
  readonly #path: string;
  /** Where the first record that was not returned yet begins. */
  #at = FILE_HEADER.length;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws a WandbLogError for a file of another kind, and what reading throws. */
  poll(): Buffer[] {
    const bytes = readFrom(this.#path, this.#blockStart());
    if (this.#blockStart() === 0) {
      if (bytes.length < FILE_HEADER.length) return [];
      if (!bytes.subarray(0, FILE_HEADER.length).equals(FILE_HEADER)) {
        throw new WandbLogError(`${this.#path} is not a .wandb file: it does not begin with the bytes of one`);
      }
    }
    const base = this.#blockStart();
    const records: Buffer[] = [];
    let position = this.#at - base;
    let parts: Buffer[] = [];
    for (;;) {
      const room = BLOCK - (position % BLOCK);
      if (room < CHUNK_HEADER) {
        position += room;
        continue;
      }
      const found = readChunk(bytes, position);
      if (found === null) return records;
      position += CHUNK_HEADER + found.part.length;
      if (found.type === FULL || found.type === FIRST) parts = [];
      parts.push(found.part);
      if (found.type !== FULL && found.type !== LAST) continue;
      records.push(Buffer.concat(parts));
      parts = [];
      this.#at = base + position;
    }
  }

  #blockStart(): number {
    return this.#at - (this.#at % BLOCK);
  }
}

function readChunk(bytes: Buffer, at: number): { readonly type: number; readonly part: Buffer } | null {
  if (at + CHUNK_HEADER > bytes.length) return null;
  const length = bytes.readUInt16LE(at + 4);
  const type = bytes.readUInt8(at + 6);
  const part = bytes.subarray(at + CHUNK_HEADER, at + CHUNK_HEADER + length);
  if (type < FULL || type > LAST || part.length < length) return null;
  return checksum(type, part) === bytes.readUInt32LE(at) ? { type, part: Buffer.from(part) } : null;
}

function readFrom(path: string, start: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let at = start; ;) {
      const part = Buffer.allocUnsafe(4 * BLOCK);
      const count = readSync(file, part, 0, part.length, at);
      if (count === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(file);
  }
}
