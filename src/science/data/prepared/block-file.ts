import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { DataError } from '../data-error.ts';

/*
 * What the files of prepared data have in common. Little-endian: a header of 128 bytes, then up to four blocks, each
 * starting at a multiple of 8, zeros between.
 *   0  8 bytes   what the file is, for example "GGANFOLD"
 *   8  uint32    version
 *  12  uint32    bytes of the header, 128
 *  16  uint32[8] numbers that say how large the blocks are
 *  48  uint64[4] where the blocks start
 *  80  uint64    bytes of the file
 *  88  32 bytes  SHA-256 of the file without these 32 bytes and the 8 that follow
 * 120  8 bytes   0
 */
const HEADER = 128;
const WORDS_AT = 16;
const OFFSETS_AT = 48;
const BYTES_AT = 80;
const CHECKSUM_AT = 88;

/** A hash takes at most 2 GiB at once. */
const HASHED_AT_ONCE = 2 ** 30;

/** Bytes of a file that are read at once where it is not held in memory. */
const READ_AT_ONCE = 2 ** 22;

/** Which kind of file it is. */
export interface BlockKind {
  /** Eight characters. */
  readonly magic: string;
  readonly version: number;
  /** For messages: "a fold of prepared data". */
  readonly what: string;
}

/** A block before it is written: its bytes in pieces, one after the other. */
export type BlockPieces = readonly Uint8Array[];

/** The bytes of a file and their checksum (SHA-256, hexadecimal). At most 8 numbers and 4 blocks. */
export function encodeBlocks(
  kind: BlockKind,
  words: readonly number[],
  blocks: readonly BlockPieces[],
): { bytes: Uint8Array; sha256: string } {
  const sizes = blocks.map((pieces) => pieces.reduce((sum, piece) => sum + piece.length, 0));
  const { starts, end } = layoutOf(sizes);
  const bytes = new Uint8Array(end);
  bytes.set(headerOf(kind, words, starts, end));
  blocks.forEach((pieces, i) => {
    let at = starts[i] as number;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
  });
  const checksum = checksumOf(bytes);
  bytes.set(checksum, CHECKSUM_AT);
  return { bytes, sha256: checksum.toString('hex') };
}

/** A header whose checksum is still to come. */
function headerOf(
  { magic, version }: BlockKind,
  words: readonly number[],
  starts: readonly number[],
  end: number,
): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(magic, 'latin1'));
  [version, HEADER, ...words].forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  starts.forEach((value, i) => view.setBigUint64(OFFSETS_AT + 8 * i, BigInt(value), true));
  view.setBigUint64(BYTES_AT, BigInt(end), true);
  return bytes;
}

/**
 * Writes a file block by block, so that it may be larger than memory: the same bytes as `encodeBlocks`. Nobody sees half
 * of it: it has a temporary name until `finish`. Throws the system's errors; then `discard` it.
 */
export class BlockWriter {
  readonly #path: string;
  readonly #kind: BlockKind;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #sizes: number[] = [];
  #end = HEADER;

  private constructor(path: string, kind: BlockKind, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#kind = kind;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async create(path: string, kind: BlockKind): Promise<BlockWriter> {
    const temporary = `${path}.${process.pid}.tmp`;
    return new BlockWriter(path, kind, temporary, await open(temporary, 'w+'));
  }

  /** What is appended from now on belongs to the next block. */
  startBlock(): void {
    this.#sizes.push(0);
    this.#end = layoutOf(this.#sizes).end;
  }

  async append(piece: Uint8Array): Promise<void> {
    const block = this.#sizes.length - 1;
    for (let written = 0; written < piece.length;) {
      const { bytesWritten } = await this.#file.write(piece, written, piece.length - written, this.#end + written);
      written += bytesWritten;
    }
    this.#sizes[block] = (this.#sizes[block] as number) + piece.length;
    this.#end += piece.length;
  }

  /** Writes the header, flushes the file to the disk and gives it its name. */
  async finish(words: readonly number[]): Promise<{ bytes: number; sha256: string }> {
    const { starts, end } = layoutOf(this.#sizes);
    await this.#file.truncate(end);
    await this.#file.write(headerOf(this.#kind, words, starts, end), 0, HEADER, 0);
    const checksum = await checksumOfFile(this.#file);
    await this.#file.write(checksum, 0, checksum.length, CHECKSUM_AT);
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#path);
    return { bytes: end, sha256: checksum.toString('hex') };
  }

  /** Leaves nothing behind of what was not finished. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }
}

/** A problem with a file of prepared data. */
export function wrongFile(where: string, expected: string, found: string): DataError {
  return new DataError({ where, expected, found, advice: 'Run the prepare stage again' });
}

/** What a file is expected to be. */
export interface BlockExpectation {
  readonly kind: BlockKind;
  /** As the index has it, hexadecimal. */
  readonly sha256: string;
  /** From the header's numbers the bytes of each block; may throw. */
  readonly sizes: (word: (index: number) => number) => readonly number[];
}

/** The header's numbers, and where the blocks lie. */
export interface BlockLayout {
  readonly word: (index: number) => number;
  readonly blocks: readonly { readonly start: number; readonly size: number }[];
}

/**
 * The blocks of a file as views of `bytes`. Throws a DataError that names `path` when the file is cut, damaged, of
 * another kind or version, or not the one with the expected checksum.
 */
export function decodeBlocks(
  bytes: Uint8Array,
  path: string,
  expected: BlockExpectation,
): { readonly word: (index: number) => number; readonly blocks: readonly Uint8Array[] } {
  const { word, blocks } = readHeader(bytes, bytes.length, path, expected);
  if (checksumOf(bytes).toString('hex') !== expected.sha256) throw changedBytes(path);
  return { word, blocks: blocks.map(({ start, size }) => bytes.subarray(start, start + size)) };
}

/** The same for a file that is not held in memory: it is read once, piece by piece, to verify its checksum. */
export async function openBlocks(path: string, expected: BlockExpectation): Promise<BlockLayout> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = await readBytes(file, 0, Math.min(size, HEADER));
    const layout = readHeader(head, size, path, expected);
    if ((await checksumOfFile(file)).toString('hex') !== expected.sha256) throw changedBytes(path);
    return layout;
  } finally {
    await file.close();
  }
}

/** One block of a file, in memory. */
export async function readBlock(path: string, { start, size }: BlockLayout['blocks'][number]): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    return await readBytes(file, start, size);
  } finally {
    await file.close();
  }
}

/** Reads the header of a file of so many bytes; `bytes` has at least the header. */
function readHeader(
  bytes: Uint8Array,
  length: number,
  path: string,
  { kind: { magic, version, what }, sha256, sizes }: BlockExpectation,
): BlockLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== magic) {
    const found = bytes.length < HEADER ? `${bytes.length} bytes` : 'another format';
    throw wrongFile(path, `${what} (${magic})`, found);
  }
  const found = view.getUint32(8, true);
  if (found !== version) throw wrongFile(path, `format version ${version}`, `version ${found}`);
  const word = (index: number) => view.getUint32(WORDS_AT + 4 * index, true);
  const wanted = sizes(word);
  const { starts, end } = layoutOf(wanted);
  if (end !== length) throw wrongFile(path, `${end} bytes`, `${length}`);
  const checksum = Buffer.from(bytes.subarray(CHECKSUM_AT, CHECKSUM_AT + 32)).toString('hex');
  if (checksum !== sha256) throw wrongFile(path, 'the file that index.json describes', 'that of another preparation');
  return { word, blocks: wanted.map((size, i) => ({ start: starts[i] as number, size })) };
}

function changedBytes(path: string): DataError {
  return wrongFile(path, 'contents that fit their checksum', 'changed bytes');
}

function layoutOf(sizes: readonly number[]): { starts: number[]; end: number } {
  const starts: number[] = [];
  let end = HEADER;
  for (const size of sizes) {
    starts.push(end);
    end = Math.ceil((end + size) / 8) * 8;
  }
  return { starts, end };
}

/** The checksum that belongs into the header; `piece` is how many bytes are hashed at once. */
export function checksumOf(bytes: Uint8Array, piece = HASHED_AT_ONCE): Buffer {
  const hash = startChecksum(bytes);
  for (let at = HEADER; at < bytes.length; at += piece) hash.update(bytes.subarray(at, at + piece));
  return hash.digest();
}

async function checksumOfFile(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const hash = startChecksum(await readBytes(file, 0, HEADER));
  for (let at = HEADER; at < size; at += READ_AT_ONCE) {
    hash.update(await readBytes(file, at, Math.min(READ_AT_ONCE, size - at)));
  }
  return hash.digest();
}

/** The checksum leaves itself out, and the end of the header. */
function startChecksum(header: Uint8Array): Hash {
  return createHash('sha256').update(header.subarray(0, CHECKSUM_AT));
}

/** As many bytes as there are, at most `length`. */
async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
