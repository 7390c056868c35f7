import { BlockWriter, openBlocks, readBlock, wrongFile } from './block-file.ts';
import type { BlockLayout } from './block-file.ts';
import { LANDMARK_COUNT } from '../pictures/landmarks.ts';
import { rowsInMemory, rowsOfFile } from './picture-rows.ts';
import type { PictureRows } from './picture-rows.ts';
import { pictureBytes, sizeIn } from './prepared-format.ts';
import type { ImageSize } from './prepared-format.ts';

/** What one file of prepared stills holds: the pictures of one part. */
export interface StillsContent {
  readonly size: ImageSize;
  /** Class number of each picture, shape [n]. */
  readonly labels: Uint8Array;
  /** Pictures [n]. */
  readonly pictures: PictureRows;
  /** Shares of width and height, shape [n, 68, 2]; empty in a part without landmarks. */
  readonly landmarks: Float32Array;
}

/** What is said of the pictures of a part once all of them are written. */
export interface StillsFacts {
  readonly classes: number;
  readonly size: ImageSize;
  /** Class number of each picture. */
  readonly labels: readonly number[];
  /** One [68, 2] for each picture, or null for a part without landmarks. */
  readonly landmarks: readonly Float32Array[] | null;
}

/*
 * Numbers of the header (block-file.ts): points of each picture (0 or 68), number of classes, height, width, channels,
 * pictures n. Blocks: pictures, uint8 [n, height, width, channels]; labels, uint8 [n]; points, float32 [n, points, 2].
 */
type Block = BlockLayout['blocks'][number];

const KIND = { magic: 'GGANSTIL', version: 1, what: 'a part of prepared stills' };

/** Writes a stills file picture by picture, so that a part may be larger than memory. */
export class StillsWriter {
  readonly #blocks: BlockWriter;

  private constructor(blocks: BlockWriter) {
    this.#blocks = blocks;
    blocks.startBlock();
  }

  /** Until `finish`, the file has a temporary name. Throws the system's errors, as all that follows; then `discard`. */
  static async create(path: string): Promise<StillsWriter> {
    return new StillsWriter(await BlockWriter.create(path, KIND));
  }

  /** Adds the next picture, shape [height, width, channels]. */
  append(pixels: Uint8Array): Promise<void> {
    return this.#blocks.append(pixels);
  }

  /** Gives the file its name; returns its size and its checksum (SHA-256, hexadecimal). */
  async finish({ classes, size, labels, landmarks }: StillsFacts): Promise<{ bytes: number; sha256: string }> {
    this.#blocks.startBlock();
    await this.#blocks.append(Uint8Array.from(labels));
    this.#blocks.startBlock();
    for (const points of landmarks ?? []) await this.#blocks.append(littleEndian(points));
    const points = landmarks === null ? 0 : LANDMARK_COUNT;
    return this.#blocks.finish([points, classes, size.height, size.width, size.channels, labels.length]);
  }

  discard(): Promise<void> {
    return this.#blocks.discard();
  }
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}

/**
 * Opens a stills file. Pictures of more than `inMemory` bytes in all stay on the disk, each read when it is asked for.
 * Throws a DataError that names `path` when the file is cut, damaged, of another version, or not the one that the index
 * describes; the system's error where it cannot be read.
 */
export async function openStillsFile(
  path: string,
  expected: { readonly sha256: string; readonly classes: number },
  inMemory: number,
): Promise<StillsContent> {
  const { word, blocks } = await openBlocks(path, {
    kind: KIND,
    sha256: expected.sha256,
    sizes: (word) => {
      const n = word(5);
      return [n * pictureBytes(sizeIn(word, path)), n, 8 * n * word(0)];
    },
  });
  if (word(1) !== expected.classes) throw wrongFile(path, `${expected.classes} classes`, String(word(1)));
  const size = sizeIn(word, path);
  const each = pictureBytes(size);
  const [all, ofLabels, ofPoints] = blocks as [Block, Block, Block];
  const pictures =
    all.size > inMemory ? rowsOfFile(path, all.start, word(5), each) : rowsInMemory(await readBlock(path, all), each);
  const points = await readBlock(path, ofPoints);
  const view = new DataView(points.buffer, points.byteOffset, points.byteLength);
  const landmarks = Float32Array.from({ length: points.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return { size, labels: await readBlock(path, ofLabels), pictures, landmarks };
}
