import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { DataError } from './data-error.ts';

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

/** Bytes of the largest file: it is made and read in one piece. 4 GiB for Node 20. */
export const LARGEST_FILE = constants.MAX_LENGTH;

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
  { magic, version }: BlockKind,
  words: readonly number[],
  blocks: readonly BlockPieces[],
): { bytes: Uint8Array; sha256: string } {
  const sizes = blocks.map((pieces) => pieces.reduce((sum, piece) => sum + piece.length, 0));
  const { starts, end } = layoutOf(sizes);
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(magic, 'latin1'));
  [version, HEADER, ...words].forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  starts.forEach((value, i) => view.setBigUint64(OFFSETS_AT + 8 * i, BigInt(value), true));
  view.setBigUint64(BYTES_AT, BigInt(end), true);
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

/** A problem with a file of prepared data. */
export function wrongFile(where: string, expected: string, found: string): DataError {
  return new DataError({ where, expected, found, advice: 'Run the prepare stage again' });
}

/**
 * The blocks of a file as views of `bytes`; `sizes` says from the header's numbers how many bytes each has, or throws.
 * Throws a DataError that names `path` when the file is cut, damaged, of another kind or version, or not the one with
 * the expected checksum.
 */
export function decodeBlocks(
  bytes: Uint8Array,
  path: string,
  { magic, version, what }: BlockKind,
  sha256: string,
  sizes: (word: (index: number) => number) => readonly number[],
): { readonly word: (index: number) => number; readonly blocks: readonly Uint8Array[] } {
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
  if (end !== bytes.length) throw wrongFile(path, `${end} bytes`, `${bytes.length}`);
  const checksum = Buffer.from(bytes.subarray(CHECKSUM_AT, CHECKSUM_AT + 32)).toString('hex');
  if (checksum !== sha256) throw wrongFile(path, 'the file that index.json describes', 'that of another preparation');
  if (checksumOf(bytes).toString('hex') !== checksum) {
    throw wrongFile(path, 'contents that fit their checksum', 'changed bytes');
  }
  const blocks = wanted.map((size, i) => bytes.subarray(starts[i] as number, (starts[i] as number) + size));
  return { word, blocks };
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
  const hash = createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT));
  for (let at = HEADER; at < bytes.length; at += piece) hash.update(bytes.subarray(at, at + piece));
  return hash.digest();
}
