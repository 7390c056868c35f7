import * as tf from '@tensorflow/tfjs-core';
import { buildClassifier, buildExtractor } from '../../../src/science/models/base-net.ts';
import { buildDiscriminator } from '../../../src/science/models/discriminator.ts';
import { buildGenerator } from '../../../src/science/models/generator.ts';
import type { Network } from '../../../src/science/models/network.ts';
import { createRandom } from '../../../src/base/random.ts';
import type { PairTensors } from '../../../src/science/training/batch.ts';
import type { GameOptions } from '../../../src/science/training/algorithm-1.ts';
import type { LoopOptions } from '../../../src/science/training/loop.ts';
import type { Players, Rules } from '../../../src/science/training/players.ts';

const SIZE = 16;
const EXPRESSION = 8;
const initialization = { kind: 'he', sd: 0.01, bias: 1 } as const;

export const RULES: Rules = {
  form: 'saturating',
  generator: { fooling: 0.3, foolingPeak: 0.2, classification: 0.7 },
  extractor: { fooling: 0.4, foolingPeak: 0.6 },
  content: { kind: 'pixel', reduction: 'mean' },
  peakNegatives: 'fake',
};

export const GAME: Omit<GameOptions, keyof LoopOptions> = {
  rules: RULES,
  rates: { discriminator: 1e-2, generator: 1e-2, extractor: 1e-2, classifier: 1e-2 },
  optimizer: { kind: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, weightDecay: 0 },
  share: true,
  classifierLearns: false,
};

/** Four players and a classifier of a few thousand weights each, the same for the same seed. */
export function tinyPlayers(normalization: 'batch' | 'none' = 'none', seed = 1) {
  const random = createRandom(seed);
  const baseNet = {
    net: 'VGG11',
    size: SIZE,
    channels: 1,
    width: 0.05,
    dense: [16, EXPRESSION],
    residualGamma: 1,
  } as const;
  const judge = { size: SIZE, channels: 1, width: 0.05, dense: 8, expression: EXPRESSION, initialization };
  return {
    classifier: buildClassifier({ ...baseNet, normalization, initialization }, 2, random.fork('classifier')),
    extractor: buildExtractor({ ...baseNet, normalization, initialization }, random.fork('extractor')),
    generator: buildGenerator(
      { size: SIZE, channels: 1, width: 0.05, expression: EXPRESSION, skips: true, output: 'tanh', initialization },
      random.fork('generator'),
    ),
    discriminator: buildDiscriminator(judge, random.fork('discriminator')),
    peakDiscriminator: buildDiscriminator(judge, random.fork('peakDiscriminator')),
  } satisfies Players;
}

/** A batch of three pairs of noise, the same for the same seed. */
export function tinyBatch(seed = 1): PairTensors {
  const random = createRandom(seed);
  const noise = () =>
    tf.tensor4d(
      Float32Array.from({ length: 3 * SIZE * SIZE }, () => random.between(-1, 1)),
      [3, SIZE, SIZE, 1],
    );
  return {
    weak: noise(),
    peak: noise(),
    real: noise(),
    oneHot: tf.tensor2d([
      [1, 0],
      [0, 1],
      [0, 1],
    ]),
  };
}

export function dispose(players: Players): void {
  for (const network of Object.values(players)) (network as Network | null)?.dispose();
}

/** All weights of a network, one after the other. */
export function snapshot(network: Network): Float32Array {
  const values = [...network.weights.values()].map((variable) => variable.dataSync<'float32'>());
  const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of values) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
