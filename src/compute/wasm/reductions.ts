import type { TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { Heap, HostWork } from './heap.ts';

export interface ReductionAttributes {
  readonly axis: number | number[] | null;
  readonly keepDims: boolean;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * The sum over neighbouring axes, times `scaleOf(how many values each sum has)`. Null where the backend's own kernel
 * is as good: sums along the last axis, other types, axes that are apart.
 */
export function sumOver(
  heap: Heap,
  x: TensorInfo,
  { axis, keepDims }: ReductionAttributes,
  scaleOf: (count: number) => number,
): TensorInfo | null {
  const axes = util.parseAxisParam(axis ?? x.shape.map((_, index) => index), x.shape).sort((a, b) => a - b);
  const [first, last] = [axes[0], axes.at(-1)];
  if (x.dtype !== 'float32' || first === undefined || last === undefined) return null;
  if (last - first + 1 !== axes.length || product(x.shape) === 0) return null;
  const outer = product(x.shape.slice(0, first));
  const count = product(x.shape.slice(first, last + 1));
  const inner = product(x.shape.slice(last + 1));
  if (inner === 1 && outer > 1) return null;
  const shape = x.shape.flatMap((length, index) => (!axes.includes(index) ? [length] : keepDims ? [1] : []));
  const result = heap.allocate(shape);
  const { channelSum } = heap.programs;
  if (inner === 1) {
    // Everything into one number: as sums of columns first, which are added up after.
    const columns = [16, 8, 4, 2, 1].find((width) => count % width === 0) ?? 1;
    const partial = heap.allocate([columns]);
    channelSum(heap.address(x), heap.address(partial), count / columns, columns);
    heap.host(addUp, [partial, result]);
    heap.free(partial);
  } else {
    for (let index = 0; index < outer; index++) {
      const at = 4 * index * inner;
      channelSum(heap.address(x) + count * at, heap.address(result) + at, count, inner);
    }
  }
  const scale = scaleOf(count);
  if (scale !== 1) heap.host(multiplyBy, [result], [scale]);
  return result;
}

const addUp: HostWork = ([values, sum]) => {
  let total = 0;
  for (const value of values) total += value;
  sum[0] = total;
};

const multiplyBy: HostWork = ([values], [factor]) => {
  for (let index = 0; index < values.length; index++) values[index] = (values[index] as number) * factor;
};
