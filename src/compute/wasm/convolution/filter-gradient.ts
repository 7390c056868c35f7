import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Axis, Geometry } from './convolution.ts';
import type { Heap } from '../heap.ts';
import { winogradFilterGradient, winogradPlan } from './winograd.ts';

/** The outputs a filter tap meets inside the input: [first, count]. */
function outputsOfTap({ input, output, stride, dilation, before }: Axis, tap: number): [first: number, count: number] {
  const shift = tap * dilation - before;
  const first = Math.max(0, Math.ceil(-shift / stride));
  const last = Math.min(output - 1, Math.floor((input - 1 - shift) / stride));
  return [first, Math.max(0, last - first + 1)];
}

/** Input and gradient pixels that stay in the processor's second cache while every tap passes over them. */
const BLOCK_BYTES = 192 * 1024;

/**
 * The filter's gradient [height, width, in, out]: for each tap, the outer products of the input pixels under it with
 * the output's gradient, summed over all positions. No tensor is transposed or padded on the way.
 */
export function filterGradient(heap: Heap, x: TensorInfo, dy: TensorInfo, sizes: Geometry): TensorInfo {
  const plan = winogradPlan(sizes);
  if (plan !== null) return winogradFilterGradient(heap, x, dy, sizes, plan);
  const { batch, inputChannels, outputChannels } = sizes;
  const gradient = heap.zeros([sizes.y.kernel, sizes.x.kernel, inputChannels, outputChannels]);
  // The products are vectors along the second operand's channels: let that be the side that fills a vector.
  const swapped = outputChannels < 4 && inputChannels >= 4;
  const sums = swapped ? heap.zeros(gradient.shape) : gradient;
  const input = strides(heap.address(x), sizes.y.input, sizes.x.input, inputChannels);
  const output = strides(heap.address(dy), sizes.y.output, sizes.x.output, outputChannels);
  const target = heap.address(sums);
  const rowBytes = output.row + input.row * sizes.y.stride;
  const rowsPerBlock = Math.max(1, Math.min(sizes.y.output, Math.floor(BLOCK_BYTES / rowBytes)));
  const imagesPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (rowBytes * sizes.y.output)));

  const multiply = (
    image: number,
    images: number,
    firstRow: number,
    endRow: number,
    tapY: number,
    tapX: number,
  ): void => {
    const [top, height] = outputsOfTap(sizes.y, tapY);
    const [left, columns] = outputsOfTap(sizes.x, tapX);
    const from = Math.max(top, firstRow);
    const rows = Math.min(top + height, endRow) - from;
    if (rows <= 0 || columns <= 0) return;
    const row = from * sizes.y.stride + tapY * sizes.y.dilation - sizes.y.before;
    const column = left * sizes.x.stride + tapX * sizes.x.dilation - sizes.x.before;
    const a = input.at + image * input.image + row * input.row + column * input.column;
    const b = output.at + image * output.image + from * output.row + left * output.column;
    const result = target + 4 * (tapY * sizes.x.kernel + tapX) * inputChannels * outputChannels;
    const stepsA = [input.image, input.row * sizes.y.stride, input.column * sizes.x.stride] as const;
    const stepsB = [output.image, output.row, output.column] as const;
    const { outerProduct } = heap.programs;
    if (swapped) outerProduct(b, a, result, outputChannels, inputChannels, images, rows, columns, ...stepsB, ...stepsA);
    else outerProduct(a, b, result, inputChannels, outputChannels, images, rows, columns, ...stepsA, ...stepsB);
  };

  for (let image = 0; image < batch; image += imagesPerBlock) {
    const images = Math.min(imagesPerBlock, batch - image);
    for (let row = 0; row < sizes.y.output; row += rowsPerBlock) {
      for (let tapY = 0; tapY < sizes.y.kernel; tapY++) {
        for (let tapX = 0; tapX < sizes.x.kernel; tapX++) multiply(image, images, row, row + rowsPerBlock, tapY, tapX);
      }
    }
  }
  if (swapped) {
    const tapBytes = 4 * inputChannels * outputChannels;
    for (let tap = 0; tap < sizes.y.kernel * sizes.x.kernel; tap++) {
      const from = target + tap * tapBytes;
      heap.programs.transpose(from, heap.address(gradient) + tap * tapBytes, outputChannels, inputChannels);
    }
    heap.free(sums);
  }
  return gradient;
}

/** Address of the first and byte strides between images, rows and columns of [batch, height, width, channels]. */
function strides(
  at: number,
  height: number,
  width: number,
  channels: number,
): { at: number; image: number; row: number; column: number } {
  return { at, image: 4 * height * width * channels, row: 4 * width * channels, column: 4 * channels };
}
