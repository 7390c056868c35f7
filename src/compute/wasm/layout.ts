import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import type { Heap, HostWork } from './heap.ts';

/** Kernels that only move floats. Each answers null for other types, which the backend's own kernels take. */

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Copies `rows` runs of floats, with the distances in floats between runs. */
function copyRows(
  heap: Heap,
  from: number,
  to: number,
  rows: number,
  run: number,
  fromStep: number,
  toStep: number,
): void {
  heap.programs.stridedCopy(from, to, 1, rows, 1, run, 0, 4 * fromStep, 0, 0, 4 * toStep, 0);
}

/** The parts side by side along an axis. */
export function concat(heap: Heap, parts: readonly TensorInfo[], attributes: { axis: number }): TensorInfo | null {
  const shapes = parts.map(({ shape }) => shape);
  if (parts.length === 0 || parts.some(({ dtype }) => dtype !== 'float32')) return null;
  const axis = util.parseAxisParam(attributes.axis, shapes[0] as number[])[0] as number;
  backend_util.assertParamsConsistent(shapes, axis);
  const result = heap.allocate(backend_util.computeOutShape(shapes, axis));
  const rows = product(result.shape.slice(0, axis));
  const whole = product(result.shape.slice(axis));
  let offset = 0;
  for (const part of parts) {
    const run = product(part.shape.slice(axis));
    copyRows(heap, heap.address(part), heap.address(result) + 4 * offset, rows, run, run, whole);
    offset += run;
  }
  return result;
}

/** The parts along a new axis. */
export function pack(heap: Heap, parts: readonly TensorInfo[], { axis }: { axis: number }): TensorInfo | null {
  const rank = (parts[0]?.shape.length ?? 0) + 1;
  const at = axis < 0 ? axis + rank : axis;
  const widened = parts.map((part) => ({ ...part, shape: [...part.shape.slice(0, at), 1, ...part.shape.slice(at)] }));
  return concat(heap, widened, { axis: at });
}

/** As floats what were whole numbers or truth values, floats as they are; null for other casts. */
export function toFloats(heap: Heap, x: TensorInfo, dtype: DataType): TensorInfo | null {
  if (dtype === 'float32' && x.dtype === 'float32') return heap.share(x, x.shape);
  if (dtype !== 'float32' || (x.dtype !== 'bool' && x.dtype !== 'int32')) return null;
  const result = heap.allocate(x.shape);
  heap.host(copyNumbers, [x, result]);
  return result;
}

const copyNumbers: HostWork = ([from, to]) => {
  to.set(from);
};

/** The inverse of `concat`. */
export function split(
  heap: Heap,
  x: TensorInfo,
  attributes: { numOrSizeSplits: number | number[]; axis: number },
): TensorInfo[] | null {
  if (x.dtype !== 'float32') return null;
  const axis = util.parseAxisParam(attributes.axis, x.shape)[0] as number;
  const sizes = backend_util.prepareSplitSize(x, attributes.numOrSizeSplits, axis);
  const rows = product(x.shape.slice(0, axis));
  const inner = product(x.shape.slice(axis + 1));
  const whole = inner * (x.shape[axis] as number);
  let offset = 0;
  return sizes.map((size) => {
    const part = heap.allocate(x.shape.map((length, index) => (index === axis ? size : length)));
    copyRows(heap, heap.address(x) + 4 * offset, heap.address(part), rows, size * inner, whole, size * inner);
    offset += size * inner;
    return part;
  });
}

/** A block of a tensor of at most four axes. */
export function slice(heap: Heap, x: TensorInfo, attributes: { begin: number[]; size: number[] }): TensorInfo | null {
  if (x.dtype !== 'float32' || x.shape.length > 4 || product(x.shape) === 0) return null;
  const [begin = [], size = []] = slice_util.parseSliceParams(x, attributes.begin, attributes.size);
  slice_util.assertParamsValid(x, begin, size);
  const result = heap.allocate(size);
  if (product(size) === 0) return result;
  const missing = 4 - x.shape.length;
  const filled = (values: readonly number[], value: number): [number, number, number, number] =>
    [...new Array<number>(missing).fill(value), ...values] as [number, number, number, number];
  const [, height, width, channels] = filled(x.shape, 1);
  const [image, row, column, channel] = filled(begin, 0);
  const [images, rows, columns, run] = filled(size, 1);
  const first = channel + channels * (column + width * (row + height * image));
  const isRowWhole = run === channels;
  heap.programs.stridedCopy(
    heap.address(x) + 4 * first,
    heap.address(result),
    images,
    rows,
    isRowWhole ? 1 : columns,
    isRowWhole ? run * columns : run,
    4 * channels * width * height,
    4 * channels * width,
    4 * channels,
    4 * run * columns * rows,
    4 * run * columns,
    4 * run,
  );
  return result;
}

/** The tensor repeated `reps` times along each axis; broadcasting is this, too. */
export function tile(heap: Heap, x: TensorInfo, { reps }: { reps: readonly number[] }): TensorInfo | null {
  if (x.dtype !== 'float32' || product(x.shape) === 0 || product(reps) === 0) return null;
  const missing = reps.length - x.shape.length;
  if (missing < 0) return null;
  let shape = [...new Array<number>(missing).fill(1), ...x.shape];
  let current = heap.share(x, shape);
  // From the last axis on: what is repeated first is smallest.
  for (let axis = reps.length - 1; axis >= 0; axis--) {
    const times = reps[axis] as number;
    if (times === 1) continue;
    const outer = product(shape.slice(0, axis));
    const inner = product(shape.slice(axis));
    shape = shape.map((length, index) => (index === axis ? length * times : length));
    const next = heap.allocate(shape);
    if (inner === 1) {
      heap.host(repeatEach, [current, next], [times]);
    } else {
      const [from, to] = [heap.address(current), heap.address(next)];
      heap.programs.stridedCopy(from, to, outer, times, 1, inner, 4 * inner, 0, 0, 4 * inner * times, 4 * inner, 0);
    }
    heap.free(current);
    current = next;
  }
  return current;
}

const repeatEach: HostWork = ([from, to], [times]) => {
  for (let index = 0; index < from.length; index++) {
    to.fill(from[index] as number, index * times, (index + 1) * times);
  }
};
