import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Axis, Geometry, Margins } from './convolution.ts';
import { listPositions, pad, steps } from './convolution.ts';
import type { Heap } from '../heap.ts';
import { multiply } from '../matrix.ts';
import { winogradConvolve, winogradPlan } from './winograd.ts';

/**
 * activation(convolution + bias), [batch, height, width, out]. `alpha` is the activation's slope below zero, 1 for
 * none.
 */
export function convolve(
  heap: Heap,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | null,
  sizes: Geometry,
  alpha: number,
): TensorInfo {
  const plan = winogradPlan(sizes);
  if (plan !== null) return winogradConvolve(heap, x, filter, bias, sizes, alpha, plan);
  const { batch, inputChannels, outputChannels } = sizes;
  const rows = marginsOf(sizes.y);
  const columns = marginsOf(sizes.x);
  const padded = pad(heap, x, rows, columns);
  const y = heap.allocate([batch, sizes.y.output, sizes.x.output, outputChannels]);
  const width = sizes.x.input + columns.before + columns.after;
  const height = sizes.y.input + rows.before + rows.after;
  const positions = listPositions(batch, sizes.y.output, sizes.x.output, {
    source: steps(height, width, inputChannels, sizes.y.stride, sizes.x.stride),
    target: steps(sizes.y.output, sizes.x.output, outputChannels, 1, 1),
  });
  multiply(heap, {
    positions: heap.constant(positions),
    x: { address: heap.address(padded), rowBytes: 4 * width * inputChannels },
    weights: filter,
    filterRows: sizes.y.kernel,
    run: sizes.x.kernel * inputChannels,
    channels: outputChannels,
    bias,
    alpha,
    y: heap.address(y),
  });
  if (padded !== x) heap.free(padded);
  return y;
}

/** The padding that the windows really reach into. */
function marginsOf({ input, output, kernel, stride, before }: Axis): Margins {
  return { before, after: Math.max(0, (output - 1) * stride + kernel - before - input) };
}
