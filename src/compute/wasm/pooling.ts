import type { TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { Heap, HostWork } from './heap.ts';

export interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Info = ReturnType<typeof backend_util.computePool2DInfo>;

function poolInfo(input: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes): Info {
  return backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

/**
 * Refuses a pooling that leaves no pixel, which the backend's own kernel answers by overwriting memory.
 *
 * @throws RangeError naming the sizes
 */
export function assertPixelsRemain(input: TensorInfo, attributes: PoolAttributes): void {
  const { outHeight, outWidth, filterHeight, filterWidth, inHeight, inWidth } = poolInfo(input, attributes);
  if (outHeight > 0 && outWidth > 0) return;
  throw new RangeError(
    `A pooling window of ${filterHeight}x${filterWidth} does not fit an image of ${inHeight}x${inWidth}: ` +
      'the network pools more often than the image size allows. Use larger images or a shallower network.',
  );
}

/** Each output's gradient goes to the first pixel of its window that holds the maximum. */
export function maxPoolGradient(
  heap: Heap,
  dy: TensorInfo,
  x: TensorInfo,
  y: TensorInfo,
  attributes: PoolAttributes,
): TensorInfo {
  const info = poolInfo(x, attributes);
  const dx = heap.zeros(x.shape);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, padInfo } = info;
  const pixel = 4 * inChannels;
  const [gradients, input, maxima, result] = [heap.address(dy), heap.address(x), heap.address(y), heap.address(dx)];
  // Windows that lie whole between the left and the right edge have one shape and are taken together.
  const firstWhole = Math.min(outWidth, Math.ceil(padInfo.left / strideWidth));
  const lastWhole = Math.floor((inWidth + padInfo.left - info.effectiveFilterWidth) / strideWidth);
  const endWhole = Math.max(firstWhole, Math.min(outWidth, lastWhole + 1));
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const start = row * strideHeight - padInfo.top;
      const top = Math.max(0, start);
      const height = Math.min(inHeight, start + info.effectiveFilterHeight) - top;
      const windows = (first: number, end: number): void => {
        if (end <= first) return;
        const from = first * strideWidth - padInfo.left;
        const left = Math.max(0, from);
        const width = Math.min(inWidth, from + info.effectiveFilterWidth) - left;
        const at = pixel * ((image * inHeight + top) * inWidth + left);
        const output = pixel * ((image * outHeight + row) * outWidth + first);
        heap.programs.maxPoolGradient(
          ...([input + at, maxima + output, gradients + output, result + at] as const),
          ...([end - first, pixel * strideWidth, height, width, pixel * inWidth, inChannels] as const),
        );
      };
      for (let column = 0; column < firstWhole; column++) windows(column, column + 1);
      windows(firstWhole, endWhole);
      for (let column = endWhole; column < outWidth; column++) windows(column, column + 1);
    }
  }
  return dx;
}

/** Each output's gradient is spread evenly over the pixels of its window inside the input, as the mean was taken. */
export function avgPoolGradient(heap: Heap, dy: TensorInfo, x: TensorInfo, attributes: PoolAttributes): TensorInfo {
  const info = poolInfo(x, attributes);
  const dx = heap.zeros(x.shape);
  heap.host(spreadEvenly, [dy, dx], windowSizes(info));
  return dx;
}

/** The sizes that `spreadEvenly` goes by. */
function windowSizes(info: Info): number[] {
  const { batchSize, outHeight, outWidth, strideHeight, strideWidth, padInfo, inHeight, inWidth, inChannels } = info;
  return [
    ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth],
    ...[strideHeight, strideWidth, padInfo.top, padInfo.left],
    ...[info.effectiveFilterHeight, info.effectiveFilterWidth],
  ];
}

const spreadEvenly: HostWork = ([gradient, result], sizes) => {
  const [images, inHeight, inWidth, channels, outHeight, outWidth, strideY, strideX, padTop, padLeft, height, width] =
    sizes;
  let output = 0;
  for (let image = 0; image < images; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const start = outRow * strideY - padTop;
      const [top, bottom] = [Math.max(0, start), Math.min(inHeight, start + height)];
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const from = outColumn * strideX - padLeft;
        const [left, right] = [Math.max(0, from), Math.min(inWidth, from + width)];
        const share = 1 / ((bottom - top) * (right - left));
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            const pixel = ((image * inHeight + row) * inWidth + column) * channels;
            for (let channel = 0; channel < channels; channel++) {
              result[pixel + channel] =
                (result[pixel + channel] as number) + (gradient[output + channel] as number) * share;
            }
          }
        }
        output += channels;
      }
    }
  }
};
