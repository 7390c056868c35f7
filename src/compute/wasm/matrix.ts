import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap.ts';

/** What a convolution or matrix product reads and writes; see convolve.ts. */
export interface Product {
  /** Pairs of byte offsets into `x` and `y`, int32; freed by `multiply`. */
  readonly positions: TensorInfo;
  /** Address and layout of the pixels. */
  readonly x: { readonly address: number; readonly rowBytes: number };
  /** Weights [filterRows, run, channels]. */
  readonly weights: TensorInfo;
  readonly filterRows: number;
  readonly run: number;
  readonly channels: number;
  readonly bias: TensorInfo | null;
  /** Slope of the activation below zero; 1 for none. */
  readonly alpha: number;
  readonly y: number;
}

/** Positions whose pixels stay in the first cache while every panel of weights passes over them. */
const BLOCK = 128;
const PANEL = 8;

/** Computes a product, eight output channels at a time. */
export function multiply(heap: Heap, product: Product): void {
  const { positions, x, weights, filterRows, run, channels, alpha, y } = product;
  const length = filterRows * run;
  const isDot = channels < 4 && run % 4 === 0;
  const packed =
    isDot && channels > 1
      ? transposed(heap, weights, length, channels)
      : isDot
        ? weights
        : panels(heap, weights, length, channels);
  const bias = product.bias ?? heap.zeros([channels]);
  const { convolveDot, convolveEight, convolveFour, convolveOne } = heap.programs;
  const [table, source, biasAddress] = [heap.address(positions), heap.address(packed), heap.address(bias)];
  const total = (positions.shape[0] as number) / 2;
  for (let first = 0; first < total; first += BLOCK) {
    const count = Math.min(BLOCK, total - first);
    const common = (
      channel: number,
      address: number,
    ): [number, number, number, number, number, number, number, number, number, number] => [
      table + 8 * first,
      count,
      x.address,
      y + 4 * channel,
      address,
      biasAddress + 4 * channel,
      filterRows,
      x.rowBytes,
      run,
      alpha,
    ];
    let channel = 0;
    if (isDot) for (; channel < channels; channel++) convolveDot(...common(channel, source + 4 * length * channel));
    for (; channel + PANEL <= channels; channel += PANEL) {
      convolveEight(...common(channel, source + 4 * length * channel), 4 * PANEL);
    }
    // The last channels lie side by side in a panel of their own.
    const rest = channels % PANEL;
    const last = source + 4 * length * (channels - rest);
    for (; channel + 4 <= channels; channel += 4) convolveFour(...common(channel, last), 4 * rest);
    for (; channel < channels; channel++) {
      convolveOne(...common(channel, last + 4 * (channel - (channels - rest))), 4 * rest);
    }
  }
  heap.free(positions);
  if (packed !== weights) heap.free(packed);
  if (product.bias === null) heap.free(bias);
}

/** Weights [length, channels] as panels of eight channels, each [length, 8], so that a panel is read in order. */
function panels(heap: Heap, weights: TensorInfo, length: number, channels: number): TensorInfo {
  if (channels <= PANEL) return weights;
  const packed = heap.allocate([length, channels]);
  const [from, to] = [heap.address(weights), heap.address(packed)];
  const whole = Math.floor(channels / PANEL);
  const copy = (channel: number, count: number, width: number): void =>
    heap.programs.stridedCopy(
      from + 4 * channel,
      to + 4 * length * channel,
      count,
      length,
      1,
      width,
      4 * PANEL,
      4 * channels,
      0,
      4 * PANEL * length,
      4 * width,
      0,
    );
  copy(0, whole, PANEL);
  if (channels % PANEL > 0) copy(whole * PANEL, 1, channels % PANEL);
  return packed;
}

/** The transpose of a [rows, columns] matrix, new memory even where there is nothing to do. */
function transposed(heap: Heap, matrix: TensorInfo, rows: number, columns: number): TensorInfo {
  const result = heap.allocate([columns, rows]);
  heap.programs.transpose(heap.address(matrix), heap.address(result), rows, columns);
  return result;
}

/** a b, [rows, columns], either of them transposed first; null for stacks of matrices. */
export function matrixProduct(
  heap: Heap,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): TensorInfo | null {
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  const [heightB, widthB] = b.shape as [number, number];
  const right = transposeB ? transposed(heap, b, heightB, widthB) : b;
  const [inner, columns] = right.shape as [number, number];
  const rows = a.shape[transposeA ? 1 : 0] as number;
  const result = transposeA ? heap.zeros([rows, columns]) : heap.allocate([rows, columns]);
  if (transposeA) {
    const [from, by, to] = [heap.address(a), heap.address(right), heap.address(result)];
    heap.programs.outerProduct(from, by, to, rows, columns, 1, 1, inner, 0, 0, 4 * rows, 0, 0, 4 * columns);
  } else {
    const offsets = new Int32Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      offsets[2 * row] = 4 * row * inner;
      offsets[2 * row + 1] = 4 * row * columns;
    }
    const x = { address: heap.address(a), rowBytes: 0 };
    const y = heap.address(result);
    multiply(heap, {
      positions: heap.constant(offsets),
      x,
      weights: right,
      filterRows: 1,
      run: inner,
      channels: columns,
      bias: null,
      alpha: 1,
      y,
    });
  }
  if (right !== b) heap.free(right);
  return result;
}
