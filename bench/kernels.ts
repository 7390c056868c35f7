/**
 * What the WASM kernels cost: `npm run bench -- kernels [--scales 48,128]`. Times are the best of many runs; a
 * multiplication and an addition count as two. Convolutions after Winograd are counted with the multiplications of the
 * plain sum, so that they may pass the peak.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { loadBackend } from '../src/science/tensor/backend.ts';
import '../src/science/tensor/ops.ts';
import { peakGflops } from './support/peak.ts';
import { digits, table } from './support/table.ts';

/** The two scales that training is measured at. */
const SCALES: Readonly<Record<string, { readonly batch: number; readonly width: number }>> = {
  48: { batch: 16, width: 0.25 },
  128: { batch: 4, width: 1 },
};

/** Milliseconds of the quickest of many runs: at least six, and as many as fit a fifth of a second. */
function best(compute: () => unknown): number {
  let shortest = Infinity;
  const start = performance.now();
  for (let run = 0; run < 6 || (performance.now() - start < 200 && run < 200); run++) {
    const before = performance.now();
    tf.tidy(() => void compute());
    if (run > 1) shortest = Math.min(shortest, performance.now() - before);
  }
  return shortest;
}

interface Shape {
  readonly net: string;
  /** Of the input, pixels a side. */
  readonly size: number;
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  /** A transposed convolution: its input is the smaller picture. */
  readonly transposed?: boolean;
}

const VGG13_CHANNELS = [64, 64, 128, 128, 256, 256, 512, 512, 512, 512];

function vgg13(size: number, width: number): Shape[] {
  return VGG13_CHANNELS.map((channels, index) => ({
    net: 'VGG13',
    size: Math.floor(size / 2 ** Math.floor(index / 2)),
    input: index === 0 ? 1 : (VGG13_CHANNELS[index - 1] ?? 1) * width,
    output: channels * width,
    kernel: 3,
    stride: 1,
  }));
}

/** G with skips: what it has besides 3x3 convolutions of stride 1, which are VGG13's. */
function generator(size: number, width: number): Shape[] {
  const [a, b, c, d, e] = [32, 64, 128, 256, 512].map((channels) => channels * width) as Five;
  const half = { net: 'G', stride: 2 };
  const up = { net: 'G', stride: 2, kernel: 4, transposed: true };
  return [
    { ...half, size, input: 1, output: b, kernel: 7 },
    { ...half, size: size / 2, input: b, output: c, kernel: 5 },
    { ...half, size: size / 4, input: c, output: d, kernel: 3 },
    { ...half, size: size / 8, input: d, output: e, kernel: 3 },
    { ...up, size: size / 16, input: e, output: d },
    { ...up, size: size / 8, input: 2 * d, output: c },
    { ...up, size: size / 4, input: 2 * c, output: b },
    { ...up, size: size / 2, input: 2 * b, output: a },
    { net: 'G', size, input: a, output: a, kernel: 3, stride: 1 },
    { net: 'G', size, input: a, output: 1, kernel: 3, stride: 1 },
  ];
}

const run = (name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor =>
  tf.engine().runKernel<tf.Tensor>(name, inputs, attributes);

/** Forward, input gradient and filter gradient of one convolution, GFLOPS. */
function convolution(shape: Shape, batch: number): readonly [number, number, number] {
  const { size, input, output, kernel, stride, transposed = false } = shape;
  // Backwards, a transposed convolution is a plain one from the larger picture to the smaller.
  const [large, small] = transposed ? [size * stride, size] : [size, Math.ceil(size / stride)];
  const [wide, narrow] = transposed ? [output, input] : [input, output];
  const x = tf.randomNormal<tf.Rank.R4>([batch, large, large, wide]);
  const y = tf.randomNormal<tf.Rank.R4>([batch, small, small, narrow]);
  const filter = tf.randomNormal<tf.Rank.R4>([kernel, kernel, wide, narrow]);
  const attributes = { strides: stride, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  const plain = (): tf.Tensor => run('Conv2D', { x, filter }, attributes);
  const back = (): tf.Tensor => run('Conv2DBackpropInput', { dy: y, filter }, { ...attributes, inputShape: x.shape });
  const weights = (): tf.Tensor =>
    run('Conv2DBackpropFilter', { x, dy: y }, { ...attributes, filterShape: filter.shape });
  const flops = 2 * batch * small * small * kernel * kernel * wide * narrow;
  const [forward, gradient] = transposed ? [back, plain] : [plain, back];
  const speeds = [forward, gradient, weights].map((kernel) => flops / best(kernel) / 1e6);
  tf.dispose([x, y, filter]);
  return speeds as [number, number, number];
}

function convolutions(scale: string, peak: number): string {
  const found = SCALES[scale];
  if (found === undefined) throw new Error(`--scales takes ${Object.keys(SCALES).join(', ')}, not ${scale}`);
  const { batch, width } = found;
  const rows = [...vgg13(Number(scale), width), ...generator(Number(scale), width)].map((shape) => {
    const { net, size, input, output, kernel, stride, transposed } = shape;
    const [forward, gradient, weights] = convolution(shape, batch);
    const kind = `${kernel}x${kernel}${stride === 1 ? '' : transposed === true ? ', up' : ', down'}`;
    return [
      `${net} ${size}x${size} ${input} -> ${output}, ${kind}`,
      digits(forward),
      digits(gradient),
      digits(weights),
      `${((100 * forward) / peak).toFixed(0)} %`,
      digits(Math.min(gradient, weights) / forward),
    ];
  });
  const head = ['GFLOPS', 'forward', 'input gradient', 'filter gradient', 'forward / peak', 'gradient / forward'];
  return `Convolutions at ${scale} x ${scale}, batch ${batch}, width ${width}\n\n${table(head, rows)}\n`;
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
    'max pooling': () => tf.maxPool(x, 2, 2, 'valid'),
    'max pooling, gradient': () => run('MaxPoolGrad', { dy: gradient, input: x, output: pooled }, pool),
    clone: () => tf.clone(x),
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

type Five = [number, number, number, number, number];

export async function main(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options: { scales: { type: 'string', default: '48,128' } } });
  await tf.setBackend('wasm');
  const kernels = slowKernels();
  const stock = Object.values(kernels).map(best);
  await loadBackend('wasm');
  const rows = Object.entries(kernels).map(([name, kernel], index) => [
    name,
    digits(stock[index] ?? NaN),
    digits(best(kernel)),
  ]);
  console.log(`On [16, 48, 48, 16]\n\n${table(['ms', 'stock', 'ours'], rows)}\n`);
  const peak = peakGflops();
  console.log(`One core multiplies and adds at ${digits(peak)} GFLOPS in WebAssembly.\n`);
  for (const scale of values.scales.split(',')) console.log(convolutions(scale, peak));
}
