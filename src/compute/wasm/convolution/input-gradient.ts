import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Axis, Geometry, Margins } from './convolution.ts';
import { listPositions, pad, steps } from './convolution.ts';
import type { Heap } from '../heap.ts';
import { multiply } from '../matrix.ts';
import { winogradConvolve, winogradPlan } from './winograd.ts';

/**
 * Every `stride`th pixel of the input, from `phase` on, meets the same taps of the filter. Its gradient is a plain
 * convolution of the output's gradient with these taps in reverse order.
 */
interface Phase {
  readonly phase: number;
  /** Pixels of the input in this phase. */
  readonly count: number;
  /** First of the taps that meet it; the others follow in steps of the stride. */
  readonly firstTap: number;
  readonly taps: number;
  /** Padding of the output's gradient; negative: pixels to leave out. */
  readonly before: number;
  readonly after: number;
}

function phasesOf({ input, output, kernel, stride, before }: Axis): Phase[] {
  return Array.from({ length: Math.min(stride, input) }, (_, phase) => {
    const firstTap = (phase + before) % stride;
    const taps = Math.max(0, Math.ceil((kernel - firstTap) / stride));
    const count = Math.ceil((input - phase) / stride);
    const padBefore = taps - 1 - (phase + before - firstTap) / stride;
    return { phase, count, firstTap, taps, before: padBefore, after: count - output - padBefore + taps - 1 };
  });
}

/**
 * The gradient of a convolution for its input, and the forward pass of a transposed convolution:
 * [batch, height, width, in] from dy [batch, height, width, out] and the filter [height, width, in, out].
 * Dilations must be 1.
 */
export function inputGradient(heap: Heap, dy: TensorInfo, filter: TensorInfo, sizes: Geometry): TensorInfo {
  const { batch, inputChannels, outputChannels } = sizes;
  const reversed = reversedSizes(sizes);
  const plan = winogradPlan(reversed);
  if (plan !== null) {
    const [row, column] = [phasesOf(sizes.y)[0], phasesOf(sizes.x)[0]] as [Phase, Phase];
    const taps = reversedTaps(heap, filter, sizes, row, column);
    const gradient = winogradConvolve(heap, dy, taps, null, reversed, 1, plan);
    heap.free(taps);
    return gradient;
  }
  const shape = [batch, sizes.y.input, sizes.x.input, inputChannels];
  const rows = phasesOf(sizes.y);
  const columns = phasesOf(sizes.x);
  const isComplete = [...rows, ...columns].every(({ taps }) => taps > 0);
  const gradient = isComplete ? heap.allocate(shape) : heap.zeros(shape);
  const [rowMargins, columnMargins] = [marginsOf(rows), marginsOf(columns)];
  const padded = pad(heap, dy, rowMargins, columnMargins);
  const [, height, width] = padded.shape as [number, number, number, number];
  for (const row of rows) {
    for (const column of columns) {
      if (row.taps === 0 || column.taps === 0) continue;
      const taps = reversedTaps(heap, filter, sizes, row, column);
      const source = { row: rowMargins.before - row.before, column: columnMargins.before - column.before };
      const target = { row: row.phase, column: column.phase };
      const positions = listPositions(batch, row.count, column.count, {
        source: steps(height, width, outputChannels, 1, 1, source),
        target: steps(sizes.y.input, sizes.x.input, inputChannels, sizes.y.stride, sizes.x.stride, target),
      });
      multiply(heap, {
        positions: heap.constant(positions),
        x: { address: heap.address(padded), rowBytes: 4 * width * outputChannels },
        weights: taps,
        filterRows: row.taps,
        run: column.taps * outputChannels,
        channels: inputChannels,
        bias: null,
        alpha: 1,
        y: heap.address(gradient),
      });
      heap.free(taps);
    }
  }
  if (padded !== dy) heap.free(padded);
  return gradient;
}

/** A convolution of stride 1 read backwards: from its output's gradient to its input's. */
function reversedSizes({ batch, inputChannels, outputChannels, y, x }: Geometry): Geometry {
  const reversed = (axis: Axis): Axis => ({
    ...axis,
    input: axis.output,
    output: axis.input,
    before: axis.kernel - 1 - axis.before,
  });
  return { batch, inputChannels: outputChannels, outputChannels: inputChannels, y: reversed(y), x: reversed(x) };
}

/** The widest padding that any phase asks for. */
function marginsOf(phases: readonly Phase[]): Margins {
  const used = phases.filter(({ taps }) => taps > 0);
  return {
    before: Math.max(0, ...used.map(({ before }) => before)),
    after: Math.max(0, ...used.map(({ after }) => after)),
  };
}

/** A phase's taps in reverse order, from [.., in, out] to [.., out, in]. */
function reversedTaps(heap: Heap, filter: TensorInfo, sizes: Geometry, row: Phase, column: Phase): TensorInfo {
  const { inputChannels, outputChannels } = sizes;
  const taps = heap.allocate([row.taps, column.taps, outputChannels, inputChannels]);
  const from = heap.address(filter);
  const to = heap.address(taps);
  const tapBytes = 4 * inputChannels * outputChannels;
  for (let y = 0; y < row.taps; y++) {
    for (let x = 0; x < column.taps; x++) {
      const sourceY = row.firstTap + sizes.y.stride * (row.taps - 1 - y);
      const sourceX = column.firstTap + sizes.x.stride * (column.taps - 1 - x);
      const source = from + tapBytes * (sourceY * sizes.x.kernel + sourceX);
      heap.programs.transpose(source, to + tapBytes * (y * column.taps + x), inputChannels, outputChannels);
    }
  }
  return taps;
}
