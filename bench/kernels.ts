import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { loadBackend } from '../src/science/tensor/backend.ts';
import '../src/science/tensor/ops.ts';
import { createTrainingStep } from './training-step.ts';

/**
 * What the WASM kernels cost: `npx tsx bench/kernels.ts`. Times are the best of many runs, in ms; GFLOPS count a
 * multiplication and an addition as two.
 */

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function best(compute: () => unknown, runs = 25): number {
  let shortest = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    tf.tidy(() => void compute());
    if (run > 2) shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

interface Shape {
  readonly size: number;
  readonly input: number;
  readonly output: number;
}

const VGG13_CHANNELS = [64, 64, 128, 128, 256, 256, 512, 512, 512, 512];

function vgg13(size: number, width: number): Shape[] {
  return VGG13_CHANNELS.map((channels, index) => ({
    size: Math.floor(size / 2 ** Math.floor(index / 2)),
    input: index === 0 ? 1 : Math.round((VGG13_CHANNELS[index - 1] ?? 1) * width),
    output: Math.round(channels * width),
  }));
}

const run = (name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor =>
  tf.engine().runKernel<tf.Tensor>(name, inputs, attributes);

function benchConvolution({ size, input, output }: Shape): void {
  const x = tf.randomNormal<tf.Rank.R4>([16, size, size, input]);
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, input, output]);
  const dy = tf.randomNormal([16, size, size, output]);
  const flops = 2 * dy.size * 9 * input;
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
  const times = [
    best(() => tf.conv2d(x, filter, 1, 'same')),
    best(() => run('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape: x.shape })),
    best(() => run('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter.shape })),
  ];
  const cells = times.map((ms) => `${ms.toFixed(2).padStart(7)} ms ${(flops / ms / 1e6).toFixed(1).padStart(5)}`);
  print(`${`${size}x${size} ${input} -> ${output}`.padEnd(20)}${cells.join('  ')}`);
  tf.dispose([x, filter, dy]);
}

/** Kernels whose stock version is slow, on [16, 48, 48, 16]. */
function slowKernels(): Readonly<Record<string, () => unknown>> {
  const x = tf.randomNormal<tf.Rank.R4>([16, 48, 48, 16]);
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 16, 16]);
  const perImage = tf.randomNormal<tf.Rank.R4>([16, 1, 1, 16]);
  const bias = tf.randomNormal([16]);
  const pooled = tf.maxPool(x, 2, 2, 'valid');
  const gradient = tf.onesLike(pooled);
  const left = tf.randomNormal<tf.Rank.R2>([16, 1152]);
  const right = tf.randomNormal<tf.Rank.R2>([16, 128]);
  const dense = tf.randomNormal<tf.Rank.R2>([1152, 128]);
  const pool = { filterSize: 2, strides: 2, pad: 'valid' };
  const convolution = { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: x.shape };
  return {
    'input gradient 3x3': () => run('Conv2DBackpropInput', { dy: x, filter }, convolution),
    'max pooling, gradient': () => run('MaxPoolGrad', { dy: gradient, input: x, output: pooled }, pool),
    'leaky relu': () => tf.leakyRelu(x, 0.2),
    bias: () => tf.add(x, bias),
    'sum per channel': () => tf.sum(x, [0, 1, 2]),
    'mean over pixels': () => tf.mean(x, [1, 2]),
    'sum of everything': () => tf.sum(x),
    'concatenate channels': () => tf.concat([x, x], 3),
    'slice of channels': () => tf.slice(x, [0, 0, 0, 4], [-1, -1, -1, 8]),
    'broadcast over pixels': () => tf.tile(perImage, [1, 48, 48, 1]),
    'matrix product, first transposed': () => tf.matMul(left, right, true),
    'matrix product, second transposed': () => tf.matMul(right, dense, false, true),
  };
}

await tf.setBackend('wasm');
const kernels = slowKernels();
const stock = Object.values(kernels).map((kernel) => best(kernel, 8));
await loadBackend('wasm');
print('[16, 48, 48, 16]                     stock ms   ours ms');
Object.entries(kernels).forEach(([name, kernel], index) => {
  print(`${name.padEnd(34)}${stock[index]!.toFixed(3).padStart(11)}${best(kernel).toFixed(3).padStart(10)}`);
});
for (const [size, width] of [
  [48, 0.25],
  [32, 0.125],
] as const) {
  // prettier-ignore
  print(`\nVGG13 at ${size}x${size}, batch 16, width ${width}: forward, input gradient, filter gradient (ms, GFLOPS)`);
  vgg13(size, width).forEach(benchConvolution);
}
print('\nTraining step of the ten convolutions with batch normalisation and Adam');
for (const [size, width] of [
  [48, 0.25],
  [32, 0.125],
] as const) {
  // prettier-ignore
  const step = createTrainingStep(size, 16, width);
  print(`${step.label}: ${best(() => step.run(), 40).toFixed(1)} ms`);
}
