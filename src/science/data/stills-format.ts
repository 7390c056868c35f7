import { decodeBlocks, encodeBlocks, wrongFile } from './block-file.ts';
import { LANDMARK_COUNT } from './landmarks.ts';
import { pictureBytes, sizeIn } from './prepared-format.ts';
import type { ImageSize } from './prepared-format.ts';

/** What one file of prepared stills holds: the pictures of one part. */
export interface StillsContent {
  readonly size: ImageSize;
  /** Class number of each picture, shape [n]. */
  readonly labels: Uint8Array;
  /** Shape [n, height, width, channels]. */
  readonly pictures: Uint8Array;
  /** Shares of width and height, shape [n, 68, 2]; empty in a part without landmarks. */
  readonly landmarks: Float32Array;
}

/** The same before it is written: each picture on its own. */
export interface StillsPictures {
  readonly size: ImageSize;
  readonly labels: readonly number[];
  readonly pictures: readonly Uint8Array[];
  /** One [68, 2] for each picture, or null for a part without landmarks. */
  readonly landmarks: readonly Float32Array[] | null;
}

/*
 * Numbers of the header (block-file.ts): points of each picture (0 or 68), number of classes, height, width, channels,
 * pictures n. Blocks: pictures, uint8 [n, height, width, channels]; labels, uint8 [n]; points, float32 [n, points, 2].
 */
const KIND = { magic: 'GGANSTIL', version: 1, what: 'a part of prepared stills' };

/** The bytes of a stills file and their checksum (SHA-256, hexadecimal). */
export function encodeStills(
  { size, labels, pictures, landmarks }: StillsPictures,
  classes: number,
): { bytes: Uint8Array; sha256: string } {
  const points = landmarks === null ? 0 : LANDMARK_COUNT;
  const words = [points, classes, size.height, size.width, size.channels, labels.length];
  return encodeBlocks(KIND, words, [pictures, [Uint8Array.from(labels)], (landmarks ?? []).map(littleEndian)]);
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}

/**
 * Reads a stills file; pictures and labels are views of `bytes`. Throws a DataError that names `path` when the file is
 * cut, damaged, of another version, or not the one that the index describes.
 */
export function decodeStills(
  bytes: Uint8Array,
  path: string,
  expected: { readonly sha256: string; readonly classes: number },
): StillsContent {
  const { word, blocks } = decodeBlocks(bytes, path, KIND, expected.sha256, (word) => {
    const n = word(5);
    return [n * pictureBytes(sizeIn(word, path)), n, 8 * n * word(0)];
  });
  if (word(1) !== expected.classes) throw wrongFile(path, `${expected.classes} classes`, String(word(1)));
  const [pictures, labels, points] = blocks as [Uint8Array, Uint8Array, Uint8Array];
  const view = new DataView(points.buffer, points.byteOffset, points.byteLength);
  const landmarks = Float32Array.from({ length: points.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return { size: sizeIn(word, path), labels, pictures, landmarks };
}
