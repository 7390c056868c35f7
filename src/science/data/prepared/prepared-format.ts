import { decodeBlocks, encodeBlocks, wrongFile } from './block-file.ts';
import { rowsInMemory } from './picture-rows.ts';
import type { PictureRows } from './picture-rows.ts';

/** What one file of prepared data holds: the sequences of one fold. */
export interface FoldContent {
  readonly size: ImageSize;
  /** Class number of each sequence, shape [n]. */
  readonly labels: Uint8Array;
  /** Peak of each sequence [n]. */
  readonly peaks: PictureRows;
  /** Weak frames, those of a sequence together [m]. */
  readonly weaks: PictureRows;
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
 * Numbers of the header (block-file.ts): fold, number of classes, height, width, channels, sequences n, weak frames m.
 * Blocks: peaks, uint8 [n, height, width, channels]; weak frames, uint8 [m, height, width, channels]; labels,
 * uint8 [n]; weak frame -> sequence, int32 [m].
 */
const KIND = { magic: 'GGANFOLD', version: 1, what: 'a fold of prepared data' };

/** The bytes of a fold file and their checksum (SHA-256, hexadecimal). */
export function encodeFold(
  pictures: FoldPictures,
  fold: number,
  classes: number,
): { bytes: Uint8Array; sha256: string } {
  const { size, labels, peaks, weaks, weakSequence } = pictures;
  const words = [fold, classes, size.height, size.width, size.channels, labels.length, weakSequence.length];
  const sequenceOf = new Uint8Array(4 * weakSequence.length);
  const view = new DataView(sequenceOf.buffer);
  weakSequence.forEach((value, i) => view.setInt32(4 * i, value, true));
  return encodeBlocks(KIND, words, [peaks, weaks, [Uint8Array.from(labels)], [sequenceOf]]);
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
  const { word, blocks } = decodeBlocks(bytes, path, {
    kind: KIND,
    sha256: expected.sha256,
    sizes: (word) => {
      const picture = pictureBytes(sizeIn(word, path));
      return [word(5) * picture, word(6) * picture, word(5), 4 * word(6)];
    },
  });
  if (word(1) !== expected.classes) throw wrongFile(path, `${expected.classes} classes`, String(word(1)));
  const [peaks, weaks, labels, sequenceOf] = blocks as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const view = new DataView(sequenceOf.buffer, sequenceOf.byteOffset, sequenceOf.byteLength);
  const weakSequence = Int32Array.from({ length: word(6) }, (_, i) => view.getInt32(4 * i, true));
  const size = sizeIn(word, path);
  const rows = (bytes: Uint8Array) => rowsInMemory(bytes, pictureBytes(size));
  return { size, labels, peaks: rows(peaks), weaks: rows(weaks), weakSequence };
}

/** The pictures' size from numbers 2 to 4 of a header; throws a DataError for other than 1 or 3 channels. */
export function sizeIn(word: (index: number) => number, path: string): ImageSize {
  const channels = word(4);
  if (channels !== 1 && channels !== 3) throw wrongFile(path, '1 or 3 channels', String(channels));
  return { height: word(2), width: word(3), channels };
}

/** Bytes of one picture. */
export function pictureBytes({ height, width, channels }: ImageSize): number {
  return height * width * channels;
}
