/**
 * What the WASM kernels cost: `npm run bench -- kernels [--scales 48,128] [--rounds 3]`. Times are the best of many runs
 * in each round, and of all rounds; how much rounds differ tells how restless the machine is. A multiplication and an addition count as two. Convolutions after Winograd are counted with the multiplications of the
 * plain sum, so that they may pass the peak.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { loadBackend } from '../src/compute/backend.ts';
import '../src/compute/ops.ts';
import type { Times } from './support/measure.ts';
import { peakGflops } from './support/peak.ts';
import type { Figure, Report, Section } from './support/report.ts';
import { digits, table } from './support/table.ts';
import { BenchError } from './support/bench-error.ts';

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

/** Forward, input gradient and filter gradient of one convolution: ms of each round, and what a run computes in GFLOP. */
function convolution(shape: Shape, batch: number, rounds: number): { gflop: number; ms: Three<number[]> } {
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
  const gflop = (2 * batch * small * small * kernel * kernel * wide * narrow) / 1e9;
  const [forward, gradient] = transposed ? [back, plain] : [plain, back];
  const ms: Three<number[]> = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    for (const [index, kernel] of [forward, gradient, weights].entries()) ms[index]?.push(best(kernel));
  }
  tf.dispose([x, y, filter]);
  return { gflop, ms };
}

type Three<T> = [T, T, T];

const DIRECTIONS = ['forward', 'input gradient', 'filter gradient'] as const;

function convolutions(scale: string, peak: number, rounds: number): Section {
  const found = SCALES[scale];
  if (found === undefined) throw new BenchError(`--scales takes ${Object.keys(SCALES).join(', ')}, not ${scale}`);
  const { batch, width } = found;
  const times: Times[] = [];
  const figures: Figure[] = [];
  const rows = [...vgg13(Number(scale), width), ...generator(Number(scale), width)].map((shape) => {
    const { net, size, input, output, kernel, stride, transposed } = shape;
    const { gflop, ms } = convolution(shape, batch, rounds);
    const kind = `${kernel}x${kernel}${stride === 1 ? '' : transposed === true ? ', up' : ', down'}`;
    const name = `${net} ${size}x${size} ${input} -> ${output}, ${kind}`;
    const speeds = ms.map((own) => (1000 * gflop) / Math.min(...own)) as Three<number>;
    DIRECTIONS.forEach((direction, index) => {
      times.push({ name: `${name}, ${direction}`, ms: ms[index] ?? [], cpu: [] });
      figures.push({ name: `${name}, ${direction}`, value: speeds[index] ?? NaN, unit: 'GFLOPS', goal: null });
    });
    const [forward, gradient, weights] = speeds;
    return [
      name,
      ...speeds.map(digits),
      `${((100 * forward) / peak).toFixed(0)} %`,
      digits(Math.min(gradient, weights) / forward),
    ];
  });
  const head = ['GFLOPS', ...DIRECTIONS, 'forward / peak', 'gradient / forward'];
  const title = `Convolutions at ${scale} x ${scale}, batch ${batch}, width ${width}`;
  return { title, times, figures, shown: table(head, rows) };
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

/** ms of each round, kernel by kernel; a round takes all of them. */
function timeKernels(kernels: Readonly<Record<string, () => unknown>>, rounds: number): number[][] {
  const ms = Object.keys(kernels).map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, kernel] of Object.values(kernels).entries()) ms[index]?.push(best(kernel));
  }
  return ms;
}

/** Ours against the stock kernels, which ours replace once and for all: one after the other, not in turns. */
async function againstStock(rounds: number): Promise<Section> {
  await tf.setBackend('wasm');
  const kernels = slowKernels();
  const stock = timeKernels(kernels, rounds);
  await loadBackend('wasm');
  const ours = timeKernels(kernels, rounds);
  const times: Times[] = [];
  const figures: Figure[] = [];
  const rows = Object.keys(kernels).map((name, index) => {
    const [before, now] = [stock[index] ?? [], ours[index] ?? []];
    const ratio = Math.min(...now) / Math.min(...before);
    times.push({ name: `${name}, stock`, ms: before, cpu: [] }, { name: `${name}, ours`, ms: now, cpu: [] });
    figures.push({ name: `${name}: ours / stock`, value: ratio, unit: '', goal: null });
    return [name, digits(Math.min(...before)), digits(Math.min(...now)), digits(ratio)];
  });
  const shown = table(['ms', 'stock', 'ours', 'ours / stock'], rows);
  return { title: 'On [16, 48, 48, 16]', times, figures, shown };
}

export async function main(words: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...words],
    options: { scales: { type: 'string', default: '48,128' }, rounds: { type: 'string', default: '3' } },
  });
  const rounds = Number(values.rounds);
  const stock = await againstStock(rounds);
  const peak = peakGflops();
  const speed = { name: 'multiplications and additions', value: peak, unit: 'GFLOPS', goal: null };
  const core = { title: 'One core in WebAssembly', times: [], figures: [speed] };
  const scales = values.scales.split(',').map((scale) => convolutions(scale, peak, rounds));
  return { sections: [stock, core, ...scales] };
}
