import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap, HostWork } from './heap.ts';

/** A small tensor against a large one: it repeats over `rows`, within each of `outer` blocks. */
interface Broadcast {
  readonly outer: number;
  readonly rows: number;
  readonly channels: number;
}

/** How `small` spreads over `large`, as [block, 1 .. 1, channels]; null if it is not of that form or has one channel. */
function broadcastOf(large: readonly number[], small: readonly number[]): Broadcast | null {
  const missing = large.length - small.length;
  if (missing < 0) return null;
  const padded = [...new Array<number>(missing).fill(1), ...small];
  const differs = large.map((length, axis) => padded[axis] !== length);
  if (large.some((_, axis) => differs[axis] === true && padded[axis] !== 1)) return null;
  const first = differs.indexOf(true);
  const last = differs.lastIndexOf(true);
  if (
    first < 0 ||
    differs.slice(first, last + 1).some((different, index) => !different && large[first + index] !== 1)
  ) {
    return null;
  }
  const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const channels = product(large.slice(last + 1));
  if (channels === 1 || product(large) === 0) return null;
  return { outer: product(large.slice(0, first)), rows: product(large.slice(first, last + 1)), channels };
}

export type BroadcastOperation = 'add' | 'subtract' | 'multiply';

/**
 * a + b, a - b or a * b where one is spread over the rows of the other, as a bias is. Null for everything else; the
 * backend's own kernels are fast on equal shapes and on scalars.
 */
export function broadcastOperation(
  heap: Heap,
  operation: BroadcastOperation,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | null {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  if (operation !== 'subtract' && b.shape.reduce((x, y) => x * y, 1) > a.shape.reduce((x, y) => x * y, 1)) {
    return broadcastOperation(heap, operation, b, a);
  }
  const spread = broadcastOf(a.shape, b.shape);
  if (spread === null) return null;
  const { outer, rows, channels } = spread;
  const result = heap.allocate(a.shape);
  const other = heap.allocate([channels]);
  const changed = operation === 'subtract' ? heap.allocate(b.shape) : null;
  heap.host(fill, [other], [operation === 'multiply' ? 0 : 1]);
  if (changed !== null) heap.host(negate, [b, changed]);
  const small = heap.address(changed ?? b);
  const fixed = heap.address(other);
  for (let block = 0; block < outer; block++) {
    const at = 4 * block * channels;
    const [scale, shift] = operation === 'multiply' ? [small + at, fixed] : [fixed, small + at];
    const [from, to] = [heap.address(a) + at * rows, heap.address(result) + at * rows];
    heap.programs.channelAffine(from, scale, shift, to, rows, channels, 1);
  }
  heap.free(other);
  if (changed !== null) heap.free(changed);
  return result;
}

const fill: HostWork = ([values], [value]) => void values.fill(value);

const negate: HostWork = ([from, to]) => {
  for (let index = 0; index < from.length; index++) to[index] = -(from[index] as number);
};
