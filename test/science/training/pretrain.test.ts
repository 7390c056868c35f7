import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { buildGenerator } from '../../../src/science/models/generator.ts';
import { createRandom } from '../../../src/base/random.ts';
import { createOptimizer } from '../../../src/science/training/optimizer.ts';
import type { Report } from '../../../src/science/training/loop.ts';
import { trainAutoencoder } from '../../../src/science/training/pretrain.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { GAME } from './tiny-players.ts';

const schedule = { kind: 'constant', at: 0, factor: 1, patience: 1, threshold: 0, minimum: 0 } as const;
const initialization = { kind: 'he', sd: 0.01, bias: 1 } as const;

describe('pretraining', () => {
  before(useTestBackend);

  it('teaches the encoder and decoder to reproduce a picture', async () => {
    const generator = buildGenerator(
      { size: 16, channels: 1, width: 0.05, expression: null, skips: true, output: 'tanh', initialization },
      createRandom(1),
    );
    const losses: number[] = [];
    const onReport = ({ measures }: Report) => losses.push(measures['reconstruction']!);
    const options = { iterations: 60, logEvery: 10, learningRate: 1e-2, optimizer: GAME.optimizer, schedule, onReport };
    const random = createRandom(1);
    // Ramps of random steepness: something that a bottleneck can hold.
    const ramps = () => {
      const steepness = Array.from({ length: 4 }, () => random.between(-0.05, 0.05));
      const pixels = steepness.flatMap((slope) => Array.from({ length: 16 * 16 }, (_, at) => slope * (at % 16)));
      return tf.tensor4d(pixels, [4, 16, 16, 1]);
    };
    await trainAutoencoder(generator, options, ramps);
    generator.dispose();
    assert.ok(losses.at(-1)! < 0.3 * losses[0]!, losses.join(' '));
  });
});

describe('an optimiser', () => {
  before(useTestBackend);

  const network = () => {
    const weight = tf.variable(tf.tensor1d([1, -2]));
    return { weights: new Map([['w', weight]]), buffers: new Map(), dispose: () => weight.dispose() };
  };

  it('sgd follows v = momentum v + g + decay w, w = w - rate v', () => {
    const net = network();
    const optimizer = createOptimizer(net, { ...GAME.optimizer, kind: 'sgd', momentum: 0.5, weightDecay: 0.1 });
    const gradient = tf.tensor1d([1, 1]);
    optimizer.apply([gradient], () => 0.1);
    // v = [1.1, 0.8]; w = [0.89, -2.08]
    optimizer.apply([gradient], () => 0.1);
    // v = [0.55 + 1.089, 0.4 + 0.792] = [1.639, 1.192]; w = [0.7261, -2.1992]
    const values = Array.from(net.weights.get('w')!.dataSync());
    [0.7261, -2.1992].forEach((expected, index) => assert.ok(Math.abs(values[index]! - expected) < 1e-6));
    gradient.dispose();
    optimizer.dispose();
    net.dispose();
  });

  it('adam first steps by the learning rate against the sign of the gradient', () => {
    const net = network();
    const optimizer = createOptimizer(net, GAME.optimizer);
    const gradient = tf.tensor1d([3, -0.2]);
    optimizer.apply([gradient], () => 0.01);
    const values = Array.from(net.weights.get('w')!.dataSync());
    [0.99, -1.99].forEach((expected, index) => assert.ok(Math.abs(values[index]! - expected) < 1e-6));
    gradient.dispose();
    optimizer.dispose();
    net.dispose();
  });

  it('refuses gradients that are too few', () => {
    const net = network();
    const optimizer = createOptimizer(net, GAME.optimizer);
    assert.throws(() => optimizer.apply([], () => 0.1), /1 weights was given 0 gradients/);
    optimizer.dispose();
    net.dispose();
  });
});
