import type { TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { Heap } from '../heap.ts';

/** A convolution's sizes along one axis. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

export interface Geometry {
  readonly batch: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly y: Axis;
  readonly x: Axis;
}

type Pad = Parameters<typeof backend_util.computeConv2DInfo>[4];

export interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly dilations?: number | [number, number];
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Whether our kernels take a convolution; others go to the backend's own. */
export function isPlain(sizes: Geometry): boolean {
  return sizes.y.dilation === 1 && sizes.x.dilation === 1;
}

/**
 * Sizes from shapes [batch, height, width, channels] and [height, width, in, out].
 *
 * @throws RangeError where no output pixel is left
 */
export function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvAttributes,
): Geometry {
  const { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') throw new Error(`convolutions need data in NHWC order, not ${dataFormat}`);
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  if (info.outHeight < 1 || info.outWidth < 1) {
    throw new RangeError(
      `A filter of ${info.filterHeight}x${info.filterWidth} does not fit an image of ${info.inHeight}x${info.inWidth}: ` +
        'the network is deeper than the image size allows. Use larger images or a shallower network.',
    );
  }
  return {
    batch: info.batchSize,
    inputChannels: info.inChannels,
    outputChannels: info.outChannels,
    y: {
      input: info.inHeight,
      output: info.outHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
    },
    x: {
      input: info.inWidth,
      output: info.outWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
    },
  };
}

export interface Margins {
  readonly before: number;
  readonly after: number;
}

/** x [batch, height, width, channels] with zeros around; x itself where no margin is wanted. */
export function pad(heap: Heap, x: TensorInfo, rows: Margins, columns: Margins): TensorInfo {
  if (rows.before + rows.after + columns.before + columns.after === 0) return x;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, height + rows.before + rows.after, width + columns.before + columns.after, channels] as const;
  const padded = heap.zeros(shape);
  const rowBytes = 4 * shape[2] * channels;
  heap.programs.stridedCopy(
    heap.address(x),
    heap.address(padded) + rows.before * rowBytes + 4 * columns.before * channels,
    batch,
    height,
    1,
    width * channels,
    4 * height * width * channels,
    4 * width * channels,
    0,
    shape[1] * rowBytes,
    rowBytes,
    0,
  );
  return padded;
}

/** Bytes between images, rows and columns, and to the first pixel. */
export interface Steps {
  readonly first: number;
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

/** Every `strideY`th row and `strideX`th column of [.., height, width, channels]. */
export function steps(
  height: number,
  width: number,
  channels: number,
  strideY: number,
  strideX: number,
  first = { row: 0, column: 0 },
): Steps {
  const column = 4 * channels;
  const row = width * column;
  return {
    first: first.row * row + first.column * column,
    image: height * row,
    row: strideY * row,
    column: strideX * column,
  };
}

/** The list of positions that `multiply` walks: byte offsets of each pixel's source and target. */
export function listPositions(
  images: number,
  rows: number,
  columns: number,
  { source, target }: { source: Steps; target: Steps },
): Int32Array {
  const values = new Int32Array(2 * images * rows * columns);
  let index = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      let from = source.first + image * source.image + row * source.row;
      let to = target.first + image * target.image + row * target.row;
      for (let column = 0; column < columns; column++) {
        values[index++] = from;
        values[index++] = to;
        from += source.column;
        to += target.column;
      }
    }
  }
  return values;
}
