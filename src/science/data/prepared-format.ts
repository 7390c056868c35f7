import { createHash } from 'node:crypto';
import { DataError } from './data-error.ts';

/** What one file of prepared data holds: the sequences of one fold. */
export interface FoldContent {
  readonly size: ImageSize;
  /** Class number of each sequence, shape [n]. */
  readonly labels: Uint8Array;
  /** Peak of each sequence, shape [n, height, width, channels]. */
  readonly peaks: Uint8Array;
  /** Weak frames, those of a sequence together, shape [m, height, width, channels]. */
  readonly weaks: Uint8Array;
  /** Row of `peaks` and `labels` to which each weak frame belongs, shape [m]. */
  readonly weakSequence: Int32Array;
}

/** The same before it is written: each picture on its own. */
export interface FoldPictures {
  readonly size: ImageSize;
  readonly labels: readonly number[];
  readonly peaks: readonly Uint8Array[];
  readonly weaks: readonly Uint8Array[];
  readonly weakSequence: readonly number[];
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/*
 * Little-endian. A header of 128 bytes, then four blocks, each starting at a multiple of 8, zeros between.
 *   0  8 bytes   "GGANFOLD"
 *   8  uint32    version, 1
 *  12  uint32    bytes of the header, 128
 *  16  uint32    fold          20  uint32  number of classes
 *  24  uint32    height        28  uint32  width          32  uint32  channels
 *  36  uint32    sequences n   40  uint32  weak frames m  44  uint32  0
 *  48  uint64    offset of peaks, uint8 [n, height, width, channels]
 *  56  uint64    offset of weak frames, uint8 [m, height, width, channels]
 *  64  uint64    offset of labels, uint8 [n]
 *  72  uint64    offset of weak frame -> sequence, int32 [m]
 *  80  uint64    bytes of the file
 *  88  32 bytes  SHA-256 of the file without these 32 bytes and the 8 that follow
 * 120  8 bytes   0
 */
const MAGIC = 'GGANFOLD';
const VERSION = 1;
const HEADER = 128;
const CHECKSUM_AT = 88;

interface Layout {
  readonly peaks: number;
  readonly weaks: number;
  readonly labels: number;
  readonly weakSequence: number;
  readonly bytes: number;
}

function layoutOf(n: number, m: number, { height, width, channels }: ImageSize): Layout {
  const picture = height * width * channels;
  const peaks = HEADER;
  const weaks = aligned(peaks + n * picture);
  const labels = aligned(weaks + m * picture);
  const weakSequence = aligned(labels + n);
  return { peaks, weaks, labels, weakSequence, bytes: aligned(weakSequence + 4 * m) };
}

function aligned(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

/** The bytes of a fold file and their checksum (SHA-256, hexadecimal). */
export function encodeFold(
  pictures: FoldPictures,
  fold: number,
  classes: number,
): { bytes: Uint8Array; sha256: string } {
  const { size, labels, peaks, weaks, weakSequence } = pictures;
  const layout = layoutOf(labels.length, weakSequence.length, size);
  const bytes = new Uint8Array(layout.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  const numbers = [VERSION, HEADER, fold, classes, size.height, size.width, size.channels];
  [...numbers, labels.length, weakSequence.length].forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  const offsets = [layout.peaks, layout.weaks, layout.labels, layout.weakSequence, layout.bytes];
  offsets.forEach((value, i) => view.setBigUint64(48 + 8 * i, BigInt(value), true));
  const picture = size.height * size.width * size.channels;
  peaks.forEach((pixels, i) => bytes.set(pixels, layout.peaks + i * picture));
  weaks.forEach((pixels, i) => bytes.set(pixels, layout.weaks + i * picture));
  bytes.set(labels, layout.labels);
  weakSequence.forEach((value, i) => view.setInt32(layout.weakSequence + 4 * i, value, true));
  const checksum = checksumOf(bytes);
  bytes.set(checksum, CHECKSUM_AT);
  return { bytes, sha256: checksum.toString('hex') };
}

/**
 * Reads a fold file. The arrays are views of `bytes` (labels of weak frames are copied). Throws a DataError that names
 * `path` when the file is cut, damaged, of another version, or not the one that the index describes.
 */
export function decodeFold(
  bytes: Uint8Array,
  path: string,
  expected: { sha256: string; classes: number },
): FoldContent {
  const wrong = (wanted: string, found: string) =>
    new DataError({ where: path, expected: wanted, found, advice: 'Run the prepare stage again' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== MAGIC) {
    throw wrong(
      `a fold of prepared data (${MAGIC})`,
      bytes.length < HEADER ? `${bytes.length} bytes` : 'another format',
    );
  }
  const word = (offset: number) => view.getUint32(offset, true);
  if (word(8) !== VERSION) throw wrong(`format version ${VERSION}`, `version ${word(8)}`);
  const [classes, height, width, channels, n, m] = [word(20), word(24), word(28), word(32), word(36), word(40)];
  if (channels !== 1 && channels !== 3) throw wrong('1 or 3 channels', String(channels));
  const size = { height, width, channels } as const;
  const layout = layoutOf(n, m, size);
  if (layout.bytes !== bytes.length) throw wrong(`${layout.bytes} bytes`, `${bytes.length}`);
  const checksum = Buffer.from(bytes.subarray(CHECKSUM_AT, CHECKSUM_AT + 32)).toString('hex');
  if (checksum !== expected.sha256) throw wrong('the file that index.json describes', 'that of another preparation');
  if (checksumOf(bytes).toString('hex') !== checksum) throw wrong('contents that fit their checksum', 'changed bytes');
  if (classes !== expected.classes) throw wrong(`${expected.classes} classes`, String(classes));
  const picture = height * width * channels;
  const weakSequence = Int32Array.from({ length: m }, (_, i) => view.getInt32(layout.weakSequence + 4 * i, true));
  return {
    size,
    labels: bytes.subarray(layout.labels, layout.labels + n),
    peaks: bytes.subarray(layout.peaks, layout.peaks + n * picture),
    weaks: bytes.subarray(layout.weaks, layout.weaks + m * picture),
    weakSequence,
  };
}

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(HEADER)).digest();
}
