import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { Activation, AdamAttributes, ConvBiasAttributes, MomentumAttributes } from '../composed-kernels.ts';
import {
  ACTIVATION_BIAS_GRAD,
  ADAM_UPDATE,
  BATCH_NORM,
  BATCH_NORM_GRAD,
  CONV_BIAS,
  MOMENTUM_UPDATE,
} from '../composed-kernels.ts';
import type { ConvAttributes } from './convolution.ts';
import { convolve, geometry, isPlain } from './convolution.ts';
import { filterGradient } from './filter-gradient.ts';
import type { Heap } from './heap.ts';
import { openHeap } from './heap.ts';
import { inputGradient } from './input-gradient.ts';
import { activationBiasGradient, batchNorm, batchNormGradient, slopeBelowZero } from './normalization.ts';
import { adamUpdate, momentumUpdate } from './optimizer.ts';
import type { PoolAttributes } from './pooling.ts';
import { avgPoolGradient, maxPoolGradient } from './pooling.ts';

type Input = (name: string) => TensorInfo;
type Result = TensorInfo | TensorInfo[];

/** Puts a kernel of ours in the place of whatever the WASM backend has under this name. */
function register<Attributes>(
  kernelName: string,
  run: (heap: Heap, input: Input, attributes: Attributes) => Result | null,
): void {
  const stock = getKernel(kernelName, 'wasm') as ReturnType<typeof getKernel> | undefined;
  if (stock !== undefined) unregisterKernel(kernelName, 'wasm');
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) => {
      const inputs = call.inputs as NamedTensorInfoMap;
      const input = (name: string): TensorInfo => {
        const tensor = inputs[name];
        if (tensor === undefined) throw new Error(`${kernelName} was called without its input ${name}`);
        return tensor;
      };
      // tfjs types attributes as a map of anything; each kernel's caller in tfjs-core or ours passes these.
      const result = run(openHeap(call.backend as object), input, call.attrs as unknown as Attributes);
      if (result !== null) return result;
      if (stock === undefined) throw new Error(`${kernelName} cannot handle these tensors on the WASM backend`);
      return stock.kernelFunc(call);
    },
  });
}

/** Registers our kernels over those of tfjs-backend-wasm. Call it once, when the backend is ready. */
export function registerWasmKernels(): void {
  register<ConvAttributes>('Conv2D', (heap, input, attributes) => {
    const sizes = geometry(input('x').shape, input('filter').shape, attributes);
    return isPlain(sizes) ? convolve(heap, input('x'), input('filter'), null, sizes, 1) : null;
  });
  register<ConvBiasAttributes>(CONV_BIAS, (heap, input, attributes) => {
    const sizes = geometry(input('x').shape, input('filter').shape, attributes);
    const alpha = slopeBelowZero(attributes.activation, attributes.alpha);
    return convolve(heap, input('x'), input('filter'), input('bias'), sizes, alpha);
  });
  register<ConvAttributes & { inputShape: readonly number[] }>('Conv2DBackpropInput', (heap, input, attributes) => {
    const sizes = geometry(attributes.inputShape, input('filter').shape, attributes);
    return inputGradient(heap, input('dy'), input('filter'), sizes);
  });
  register<ConvAttributes & { filterShape: readonly number[] }>('Conv2DBackpropFilter', (heap, input, attributes) => {
    const sizes = geometry(input('x').shape, attributes.filterShape, attributes);
    return filterGradient(heap, input('x'), input('dy'), sizes);
  });
  register<{ activation: Activation; alpha: number }>(ACTIVATION_BIAS_GRAD, (heap, input, attributes) =>
    activationBiasGradient(heap, input('dy'), input('y'), attributes),
  );
  register<{ epsilon: number; activation: Activation; alpha: number }>(BATCH_NORM, (heap, input, attributes) =>
    batchNorm(heap, input('x'), input('gamma'), input('beta'), attributes),
  );
  register<{ epsilon: number; activation: Activation; alpha: number }>(BATCH_NORM_GRAD, batchNormGradient);
  register<AdamAttributes>(ADAM_UPDATE, adamUpdate);
  register<MomentumAttributes>(MOMENTUM_UPDATE, momentumUpdate);
  register<PoolAttributes>('MaxPoolGrad', (heap, input, attributes) =>
    maxPoolGradient(heap, input('dy'), input('input'), input('output'), attributes),
  );
  register<PoolAttributes>('AvgPoolGrad', (heap, input, attributes) =>
    avgPoolGradient(heap, input('dy'), input('input'), attributes),
  );
}
