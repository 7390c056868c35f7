/**
 * Runs one training, a few steps at a time, as `bench step` asks for them: `tsx bench/step/step-worker.ts BACKEND SETTINGS
 * [THREADS] [plain]` with the settings as JSON. Says first which backend computes and how many numbers each network trains; then every
 * line "N" on standard input runs N steps, and one line of JSON says how long each took.
 */
import { readSync, writeSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { MethodShape } from '../../src/science/methods/method.ts';
import { baseNetConfig, discriminatorConfig, generatorConfig } from '../../src/science/methods/networks.ts';
import { pretrainClassifier, pretrainGenerator } from '../../src/science/methods/pretraining.ts';
import { METHODS } from '../../src/science/methods/registry.ts';
import { buildClassifier, buildExtractor } from '../../src/science/models/base-net.ts';
import { buildDiscriminator } from '../../src/science/models/discriminator.ts';
import { buildGenerator } from '../../src/science/models/generator.ts';
import { parameterCount } from '../../src/science/models/network.ts';
import type { Network } from '../../src/science/models/network.ts';
import { loadBackend } from '../../src/compute/backend.ts';
import type { BackendName } from '../../src/compute/backend-choice.ts';
import { PLAIN_STEPS, setSteps } from '../../src/compute/steps.ts';
import { createRandom } from '../../src/base/random.ts';
import { batchTimer } from './step-feed.ts';
import { CLASSES, methodShape, randomPairs } from './step-settings.ts';
import type { StepSettings } from './step-settings.ts';

const [backendName = 'wasm', json = '{}', threads = '1', how = 'fastest'] = process.argv.slice(2);
const settings = JSON.parse(json) as StepSettings;

function say(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

/** Waits for the next line: how many steps to run. Ends the process where there is none. */
function nextRequest(): number {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  // Synchronous on purpose: the training stands still inside its report until it is asked to go on.
  while (readSync(0, byte) === 1 && byte[0] !== 0x0a) bytes.push(byte[0] as number);
  if (bytes.length === 0) process.exit(0);
  return Number(Buffer.from(bytes).toString());
}

/** How many numbers each network of a training learns. */
function parameterCounts(shape: MethodShape, method: StepSettings['method']): Record<string, number> {
  const game = method === 'dcgan' || method === 'groupgan-1v2' || method === 'groupgan-2v2';
  const baseNet = baseNetConfig(shape);
  const networks: Record<string, Network> = {};
  let expression: number | null = null;
  if (method === 'groupgan-2v2') {
    const extractor = buildExtractor(baseNet, null);
    networks['extractor'] = extractor;
    expression = extractor.expressionSize;
  }
  if (game || method === 'pretrain-g') networks['generator'] = buildGenerator(generatorConfig(shape, expression), null);
  if (game) networks['discriminator'] = buildDiscriminator(discriminatorConfig(shape, expression), null);
  if (game && method !== 'dcgan') {
    networks['peakDiscriminator'] = buildDiscriminator(discriminatorConfig(shape, expression), null);
  }
  if (method !== 'pretrain-g') networks['classifier'] = buildClassifier(baseNet, CLASSES.length, null);
  const counts = Object.entries(networks).map(([name, network]) => {
    const count = parameterCount(network);
    network.dispose();
    return [name, count] as const;
  });
  return Object.fromEntries(counts);
}

const backend = await loadBackend(backendName as BackendName, Number(threads));
if (how === 'plain') setSteps(() => PLAIN_STEPS);
const shape = methodShape(settings);
say({
  version: `${backend.name} ${backend.version}`,
  parameters: parameterCounts(shape, settings.method),
});

const train = randomPairs(settings);
const timeBatch = batchTimer(settings, train);
/** Batches made after the steps of a request, to tell how long a step waits for its own. */
const BATCHES = 3;

let left = nextRequest();
let times = { ms: [] as number[], cpu: [] as number[] };
let start = performance.now();
let cpu = process.cpuUsage();

function onReport(): void {
  const used = process.cpuUsage(cpu);
  times.ms.push(performance.now() - start);
  times.cpu.push((used.user + used.system) / 1000);
  left -= 1;
  if (left === 0) {
    const wait = Array.from({ length: BATCHES }, timeBatch);
    say({ ...times, wait, peakMib: process.resourceUsage().maxRSS / 1024, tensors: tf.memory().numTensors });
    times = { ms: [], cpu: [] };
    left = nextRequest();
  }
  start = performance.now();
  cpu = process.cpuUsage();
}

const random = createRandom(1);
const task = { train, net: settings.net, options: shape.options, random, onReport };
switch (settings.method) {
  case 'pretrain-e':
    await pretrainClassifier(task);
    break;
  case 'pretrain-g':
    await pretrainGenerator(task);
    break;
  case 'cnn':
  case 'dcgan':
  case 'restore':
  case 'groupgan-1v2':
  case 'groupgan-2v2':
  case 'cnn-weak+peak':
    await METHODS[settings.method].train({ ...task, pretrained: {} });
}
