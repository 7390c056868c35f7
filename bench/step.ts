/**
 * Milliseconds a training step, for every method and for pretraining, on random pictures; and processor time, which
 * a busy machine disturbs less.
 *
 *   npx tsx bench/step.ts [--backend wasm] [--net VGG13] [--size 48] [--batch 16] [--width 0.25] [--channels 1]
 *                         [--steps 10] [--share true] [--only groupgan-2v2] [--threads 1]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { PairSet } from '../src/science/data/prepared.ts';
import { METHOD_NAMES } from '../src/science/methods/method.ts';
import { DEFAULT_OPTIONS } from '../src/science/methods/options.ts';
import type { MethodOptions } from '../src/science/methods/options.ts';
import { pretrainClassifier, pretrainGenerator } from '../src/science/methods/pretraining.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { BASE_NETS } from '../src/science/models/base-net.ts';
import { loadBackend } from '../src/science/tensor/backend.ts';
import { createRandom } from '../src/science/tensor/random.ts';
import type { Report } from '../src/science/training/loop.ts';

const { values: flags } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    net: { type: 'string', default: 'VGG13' },
    size: { type: 'string', default: '48' },
    batch: { type: 'string', default: '16' },
    width: { type: 'string', default: '0.25' },
    channels: { type: 'string', default: '1' },
    steps: { type: 'string', default: '10' },
    share: { type: 'string', default: 'true' },
    only: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});

const WARM_UP = 2;
const net = BASE_NETS.find((name) => name === flags.net);
if (net === undefined) throw new Error(`--net is one of ${BASE_NETS.join(', ')}, not ${flags.net}`);
const [size, batch, width, channels, steps] = [flags.size, flags.batch, flags.width, flags.channels, flags.steps].map(
  Number,
) as [number, number, number, 1 | 3, number];

function randomPairs(): PairSet {
  const random = createRandom(1);
  const [classes, side] = [6, size];
  const labels = Uint8Array.from({ length: 4 * classes }, (_, index) => index % classes);
  const pixels = (count: number) =>
    Uint8Array.from({ length: count * side * side * channels }, () => random.integer(256));
  return {
    size: { height: side, width: side, channels },
    classes: ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
    labels,
    subjects: [...labels].map(String),
    ids: [...labels].map((_, index) => String(index)),
    peaks: pixels(labels.length),
    weaks: pixels(2 * labels.length),
    weakSequence: Int32Array.from({ length: 2 * labels.length }, (_, index) => index >> 1),
  };
}

const iterations = WARM_UP + steps;
const solo = { iterations, batch, learningRate: 1e-3 };
const options: MethodOptions = {
  ...DEFAULT_OPTIONS,
  model: { ...DEFAULT_OPTIONS.model, width },
  generator: { ...DEFAULT_OPTIONS.generator, width },
  discriminator: { ...DEFAULT_OPTIONS.discriminator, width },
  pretrainE: solo,
  pretrainG: solo,
  train: { ...DEFAULT_OPTIONS.train, batch, iterations: { cnn: iterations, gan: iterations } },
  players: { share: flags.share === 'true' },
  augment: { crop: size, flip: true },
  logEvery: 1,
};

/** Runs a training and prints the median of its steps after the warm-up. */
async function measure(name: string, run: (onReport: (report: Report) => void) => Promise<unknown>): Promise<void> {
  if (flags.only !== undefined && flags.only !== name) return;
  const times: number[] = [];
  let last = performance.now();
  let warm = process.cpuUsage();
  const tensors = tf.memory().numTensors;
  await run(() => {
    const now = performance.now();
    times.push(now - last);
    if (times.length === WARM_UP) warm = process.cpuUsage();
    last = now;
  });
  const { user, system } = process.cpuUsage(warm);
  const processor = (user + system) / 1000 / Math.max(1, times.length - WARM_UP);
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? NaN;
  const leaked = tf.memory().numTensors - tensors;
  console.log(
    `${name.padEnd(16)} ${median.toFixed(0).padStart(7)} ms a step, ${processor.toFixed(0)} ms of processor time` +
      (leaked > 0 ? `, ${leaked} leaked` : ''),
  );
}

const backend = await loadBackend(flags.backend as 'wasm', Number(flags.threads));
console.log(
  `${backend.name} ${backend.version}, threads ${backend.threads}, ${net}, ${size} x ${size} x ${channels}, batch ${batch}, width ${width}, ` +
    `players.share ${flags.share}, median of ${steps} steps`,
);
const shared = { train: randomPairs(), net, options, pretrained: {}, random: createRandom(1) };
await measure('pretrain-e', (onReport) => pretrainClassifier({ ...shared, onReport }));
await measure('pretrain-g', (onReport) => pretrainGenerator({ ...shared, onReport }));
for (const name of METHOD_NAMES) {
  await measure(name, async (onReport) => {
    const trained = await METHODS[name].train({ ...shared, onReport });
    trained.dispose();
  });
}
