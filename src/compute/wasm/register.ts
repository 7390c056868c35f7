import type { DataType, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { Activation, ConvBiasAttributes } from '../composed-kernels.ts';
import {
  ACTIVATION_BIAS_GRAD,
  ACTIVATION_GRAD,
  ADAM_UPDATE,
  BATCH_NORM,
  BATCH_NORM_GRAD,
  CONV_BIAS,
  MOMENTUM_UPDATE,
  SIGMOID_GRAD,
  TANH_GRAD,
} from '../composed-kernels.ts';
import { broadcastOperation } from './broadcast.ts';
import type { ConvAttributes } from './convolution/convolution.ts';
import { geometry, isPlain } from './convolution/convolution.ts';
import { convolve } from './convolution/forward.ts';
import { filterGradient } from './convolution/filter-gradient.ts';
import type { Heap } from './heap.ts';
import { openHeap } from './heap.ts';
import { inputGradient } from './convolution/input-gradient.ts';
import { concat, pack, slice, split, tile, toFloats } from './layout.ts';
import { matrixProduct } from './matrix.ts';
import { activationBiasGradient, batchNorm, batchNormGradient, slopeBelowZero } from './normalization.ts';
import { adamUpdate, momentumUpdate } from './optimizer.ts';
import type { PoolAttributes } from './pooling.ts';
import { assertPixelsRemain, avgPoolGradient, maxPoolGradient } from './pooling.ts';
import type { ReductionAttributes } from './reductions.ts';
import { sumOver } from './reductions.ts';

type Input = (name: string) => TensorInfo;
type Result = TensorInfo | TensorInfo[];

/**
 * Puts a kernel of ours in the place of whatever the WASM backend has under this name, which still gets the calls that
 * ours answers with null. The attributes are what the kernel's caller in tfjs-core or ours passes; tfjs keeps them
 * untyped.
 */
function register(
  kernelName: string,
  run: (heap: Heap, input: Input, attributes: never, all: readonly TensorInfo[]) => Result | null,
): void {
  const stock = getKernelsForBackend('wasm').find((kernel) => kernel.kernelName === kernelName);
  if (stock !== undefined) unregisterKernel(kernelName, 'wasm');
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) => {
      const inputs: NamedTensorInfoMap = call.inputs;
      const input = (name: string): TensorInfo => {
        const tensor = inputs[name];
        if (tensor === undefined) throw new Error(`${kernelName} was called without its input ${name}`);
        return tensor;
      };
      const result = run(openHeap(call.backend), input, call.attrs as never, Object.values(inputs) as TensorInfo[]);
      if (result !== null) return result;
      if (stock === undefined) throw new Error(`${kernelName} cannot handle these tensors on the WASM backend`);
      return stock.kernelFunc(call);
    },
  });
}

/** Registers our kernels over those of tfjs-backend-wasm. Call it once, when the backend is ready. */
export function registerWasmKernels(): void {
  registerConvolutions();
  registerNormalization();
  registerPointwise();
  registerLayout();
  register(ADAM_UPDATE, adamUpdate);
  register(MOMENTUM_UPDATE, momentumUpdate);
}

function registerConvolutions(): void {
  register('Conv2D', (heap, input, attributes: ConvAttributes) => {
    const sizes = geometry(input('x').shape, input('filter').shape, attributes);
    return isPlain(sizes) ? convolve(heap, input('x'), input('filter'), null, sizes, 1) : null;
  });
  register(CONV_BIAS, (heap, input, attributes: ConvBiasAttributes) => {
    const sizes = geometry(input('x').shape, input('filter').shape, attributes);
    const alpha = slopeBelowZero(attributes.activation, attributes.alpha);
    return convolve(heap, input('x'), input('filter'), input('bias'), sizes, alpha);
  });
  register('Conv2DBackpropInput', (heap, input, attributes: ConvAttributes & { inputShape: readonly number[] }) => {
    const sizes = geometry(attributes.inputShape, input('filter').shape, attributes);
    return inputGradient(heap, input('dy'), input('filter'), sizes);
  });
  register('Conv2DBackpropFilter', (heap, input, attributes: ConvAttributes & { filterShape: readonly number[] }) => {
    const sizes = geometry(input('x').shape, attributes.filterShape, attributes);
    return filterGradient(heap, input('x'), input('dy'), sizes);
  });
  register('BatchMatMul', (heap, input, attributes: { transposeA: boolean; transposeB: boolean }) =>
    matrixProduct(heap, input('a'), input('b'), attributes),
  );
}

function registerNormalization(): void {
  register(ACTIVATION_BIAS_GRAD, (heap, input, attributes: { activation: Activation; alpha: number }) =>
    activationBiasGradient(heap, input('dy'), input('y'), attributes),
  );
  register(BATCH_NORM, (heap, input, attributes: { epsilon: number; activation: Activation; alpha: number }) =>
    batchNorm(heap, input('x'), input('gamma'), input('beta'), attributes),
  );
  register(BATCH_NORM_GRAD, batchNormGradient);
  register('Sum', (heap, input, attributes: ReductionAttributes) => sumOver(heap, input('x'), attributes, () => 1));
  register('Mean', (heap, input, attributes: ReductionAttributes) =>
    sumOver(heap, input('x'), attributes, (count) => 1 / count),
  );
  for (const name of ['MaxPool', 'AvgPool']) {
    register(name, (_, input, attributes: PoolAttributes) => {
      assertPixelsRemain(input('x'), attributes);
      return null;
    });
  }
  register('MaxPoolGrad', (heap, input, attributes: PoolAttributes) =>
    maxPoolGradient(heap, input('dy'), input('input'), input('output'), attributes),
  );
  register('AvgPoolGrad', (heap, input, attributes: PoolAttributes) =>
    avgPoolGradient(heap, input('dy'), input('input'), attributes),
  );
}

function registerPointwise(): void {
  register('Add', (heap, input) => broadcastOperation(heap, 'add', input('a'), input('b')));
  register('Sub', (heap, input) => broadcastOperation(heap, 'subtract', input('a'), input('b')));
  register('Multiply', (heap, input) => broadcastOperation(heap, 'multiply', input('a'), input('b')));
  register('LeakyRelu', (heap, input, { alpha }: { alpha: number }) => leakyRelu(heap, input('x'), alpha));
  register(ACTIVATION_GRAD, (heap, input, { alpha }: { alpha: number }) =>
    slopeTimes(heap, input('dy'), input('y'), (dy, y, dx, size) =>
      heap.programs.activationGradient(dy, y, dx, size, alpha),
    ),
  );
  register(TANH_GRAD, (heap, input) => slopeTimes(heap, input('dy'), input('y'), heap.programs.tanhGradient));
  register(SIGMOID_GRAD, (heap, input) => slopeTimes(heap, input('dy'), input('y'), heap.programs.sigmoidGradient));
}

function registerLayout(): void {
  // A clone is another name for the same data. What is changed in place is asked first whether it has one name only.
  register('Identity', (heap, input) =>
    input('x').dtype === 'string' ? null : heap.share(input('x'), input('x').shape),
  );
  register('Concat', (heap, _, attributes: { axis: number }, parts) => concat(heap, parts, attributes));
  register('Pack', (heap, _, attributes: { axis: number }, parts) => pack(heap, parts, attributes));
  register('Cast', (heap, input, { dtype }: { dtype: DataType }) => toFloats(heap, input('x'), dtype));
  register('SplitV', (heap, input, attributes: { numOrSizeSplits: number | number[]; axis: number }) =>
    split(heap, input('x'), attributes),
  );
  register('Slice', (heap, input, attributes: { begin: number[]; size: number[] }) =>
    slice(heap, input('x'), attributes),
  );
  register('Tile', (heap, input, attributes: { reps: number[] }) => tile(heap, input('x'), attributes));
}

function leakyRelu(heap: Heap, x: TensorInfo, alpha: number): TensorInfo | null {
  if (x.dtype !== 'float32') return null;
  const y = heap.allocate(x.shape);
  heap.programs.leakyRelu(heap.address(x), heap.address(y), sizeOf(x), alpha);
  return y;
}

/** dx from dy and an activation's output, all of one shape. */
function slopeTimes(
  heap: Heap,
  dy: TensorInfo,
  y: TensorInfo,
  run: (dy: number, y: number, dx: number, size: number) => void,
): TensorInfo {
  const dx = heap.allocate(dy.shape);
  run(heap.address(dy), heap.address(y), heap.address(dx), sizeOf(dy));
  return dx;
}

function sizeOf(tensor: TensorInfo): number {
  return tensor.shape.reduce((a, b) => a * b, 1);
}
