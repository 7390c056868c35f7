import { DataError } from '../data/data-error.ts';
import { withChannels } from '../data/pictures/images.ts';
import type { ImageSize } from '../data/prepared/prepared-format.ts';

/** Pictures of one size; a `StillSet` is one. */
export interface Pictures {
  readonly size: ImageSize;
  /** Values in [0, 255], shape [n, height, width, channels]. */
  readonly pictures: Uint8Array;
}

/**
 * How a picture is divided. The numbers of blocks stay the same whatever the size of a picture, so that descriptors
 * have the same length: blocks shrink instead, and differ by one pixel where they do not divide it evenly.
 */
export interface BlockGrid {
  readonly rows: number;
  readonly columns: number;
}

/** 6 blocks across, 7 down, as Shan, Gong & McOwan (2009) divide a face. */
export const FACE_GRID: BlockGrid = { rows: 7, columns: 6 };

/** A value a pixel, shape [height, width]. */
export interface Plane<T extends Uint8Array | Float64Array = Uint8Array> {
  readonly height: number;
  readonly width: number;
  readonly values: T;
}

/** What `describePictures` needs to know of a descriptor. */
export interface BlockDescriptor {
  /** As messages call it. */
  readonly name: string;
  readonly grid: BlockGrid;
  /** Numbers a block. */
  readonly bins: number;
  /** Pixels at each edge of a picture that have no code, because their surroundings are not in the picture. */
  readonly margin: number;
  /** Fills `result`, zeros so far, shape [rows, columns, bins]. */
  readonly describe: (grey: Plane, result: Float32Array) => void;
}

/**
 * The descriptors of all pictures, each from its luma alone, shape [n, rows * columns * bins].
 *
 * @throws DataError where a block would be without a pixel
 * @throws RangeError for a grid that is none, and for pictures that do not fit their size
 */
export function describePictures(set: Pictures, descriptor: BlockDescriptor): Float32Array {
  const { height, width, channels } = set.size;
  const { grid, bins, margin } = descriptor;
  for (const blocks of [grid.rows, grid.columns]) {
    if (!Number.isInteger(blocks) || blocks < 1) throw new RangeError(`a grid has whole blocks, not ${blocks}`);
  }
  const leastHeight = grid.rows + 2 * margin;
  const leastWidth = grid.columns + 2 * margin;
  if (height < leastHeight || width < leastWidth) {
    throw new DataError({
      where: `descriptor ${descriptor.name}, ${grid.columns} x ${grid.rows} blocks`,
      expected: `pictures at least ${leastWidth} pixels wide and ${leastHeight} high`,
      found: `${width} x ${height}`,
      advice: 'Prepare larger pictures or choose fewer blocks',
    });
  }
  const pixels = height * width * channels;
  const count = set.pictures.length / pixels;
  if (!Number.isInteger(count)) {
    throw new RangeError(`${set.pictures.length} bytes are no whole number of ${width} x ${height} x ${channels}`);
  }
  const length = grid.rows * grid.columns * bins;
  const result = new Float32Array(count * length);
  for (let index = 0; index < count; index++) {
    const data = set.pictures.subarray(index * pixels, (index + 1) * pixels);
    const grey = withChannels({ height, width, channels, data }, 1);
    descriptor.describe({ height, width, values: grey.data }, result.subarray(index * length, (index + 1) * length));
  }
  return result;
}

/**
 * Calls `visit` once for each block, row by row: its pixels are rows [top, bottom) and columns [left, right) of a plane
 * at least as large as the grid.
 */
export function forEachBlock(
  plane: { readonly height: number; readonly width: number },
  grid: BlockGrid,
  visit: (block: number, top: number, bottom: number, left: number, right: number) => void,
): void {
  const cut = (length: number, parts: number, part: number) => Math.floor((part * length) / parts);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      visit(
        row * grid.columns + column,
        cut(plane.height, grid.rows, row),
        cut(plane.height, grid.rows, row + 1),
        cut(plane.width, grid.columns, column),
        cut(plane.width, grid.columns, column + 1),
      );
    }
  }
}

/** Writes each block's histogram of codes in [0, bins), as shares that sum to 1: shape [rows, columns, bins]. */
export function blockHistograms(codes: Plane, grid: BlockGrid, bins: number, result: Float32Array): void {
  forEachBlock(codes, grid, (block, top, bottom, left, right) => {
    const counts = result.subarray(block * bins, (block + 1) * bins);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const code = codes.values[y * codes.width + x] as number;
        counts[code] = (counts[code] as number) + 1;
      }
    }
    const pixels = (bottom - top) * (right - left);
    for (let bin = 0; bin < bins; bin++) counts[bin] = (counts[bin] as number) / pixels;
  });
}
