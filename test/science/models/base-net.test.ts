import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { buildClassifier, buildExtractor } from '../../../src/science/models/base-net.ts';
import type { BaseNetConfig } from '../../../src/science/models/base-net.ts';
import { BASE_NET_NAMES, type BaseNetName } from '../../../src/science/names.ts';
import { parameterCount } from '../../../src/science/models/network.ts';
import { createRandom } from '../../../src/base/random.ts';
import { useTestBackend } from '../../compute/test-backend.ts';

const initialization = { kind: 'he', sd: 0.01, bias: 1 } as const;
const PAPER: BaseNetConfig = {
  net: 'AlexNet',
  size: 128,
  channels: 3,
  width: 1,
  dense: [512, 256],
  normalization: 'batch',
  residualGamma: 1,
  initialization,
};
const TINY: BaseNetConfig = { ...PAPER, size: 32, channels: 1, width: 0.05, dense: [16, 8] };
const TRAIN = { training: true };
const INFERENCE = { training: false };

/**
 * Millions of parameters with seven classes: what the convolutions have in their papers, plus dense layers 512 and 256.
 * ResNets: torchvision's count without its dense layer, plus 256.
 */
const MILLIONS: Record<BaseNetName, number> = {
  AlexNet: 3.8,
  VGG11: 13.5,
  VGG13: 13.7,
  VGG16: 19.0,
  VGG19: 24.4,
  ResNet18: 11.177 + 0.133,
  ResNet34: 21.285 + 0.133,
  ResNet50: 23.508 + 0.526,
};

const noise = (shape: [number, number, number, number], seed = 1) => {
  const random = createRandom(seed);
  return tf.tensor4d(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.between(-1, 1)),
    shape,
  );
};

describe('BaseNets', () => {
  before(useTestBackend);

  for (const net of BASE_NET_NAMES) {
    it(`${net} has ${MILLIONS[net].toFixed(1)} million parameters at the paper's size, within 1 %`, () => {
      const classifier = buildClassifier({ ...PAPER, net }, 7, null);
      const millions = parameterCount(classifier) / 1e6;
      classifier.dispose();
      assert.ok(Math.abs(millions - MILLIONS[net]) < 0.01 * MILLIONS[net], `${millions} million`);
    });

    it(`${net} turns pictures of 32, 48 and 96 pixels into logits, expression features and feature maps`, () => {
      for (const size of [32, 48, 96]) {
        for (const normalization of ['batch', 'none'] as const) {
          const classifier = buildClassifier({ ...TINY, net, size, normalization }, 6, createRandom(1));
          tf.tidy(() => {
            const images = noise([2, size, size, 1]);
            const logits = classifier.classify(images, TRAIN);
            const { featureMap, expression } = classifier.extract(images, INFERENCE);
            assert.deepEqual(logits.shape, [2, 6]);
            assert.deepEqual(expression.shape, [2, 8]);
            assert.ok(featureMap.shape[1] >= 1 && featureMap.shape[3] >= 8);
            assert.ok(logits.dataSync().every(Number.isFinite));
            assert.ok(expression.dataSync().every((value) => value >= 0));
          });
          classifier.dispose();
        }
      }
    });
  }

  it('has about a quarter of the parameters in its convolutions at half the width', () => {
    for (const net of BASE_NET_NAMES) {
      const [full, half] = [1, 0.5].map((width) => {
        const classifier = buildClassifier({ ...PAPER, net, width, normalization: 'none' }, 7, null);
        const kernels = [...classifier.weights.values()].filter(({ rank }) => rank === 4);
        const count = kernels.reduce((sum, { size }) => sum + size, 0);
        classifier.dispose();
        return count;
      });
      // The first convolution, whose input keeps its channels, has half of them.
      assert.ok(half! / full! > 0.25 && half! / full! < 0.26, `${net}: ${half! / full!}`);
    }
  });

  it('starts the blocks of a ResNet as the identity with residualGamma 0, and as torchvision does with 1', () => {
    for (const [net, last] of [
      ['ResNet18', 'bn2'],
      ['ResNet50', 'bn3'],
    ] as const) {
      for (const residualGamma of [0, 1]) {
        const classifier = buildClassifier({ ...TINY, net, residualGamma }, 6, createRandom(1));
        const gammas = [...classifier.weights].filter(([name]) => /^layer.*\.bn\d\.weight$/.test(name));
        assert.ok(gammas.some(([name]) => name.includes(last)));
        for (const [name, gamma] of gammas) {
          const expected = name.includes(last) ? residualGamma : 1;
          assert.ok(
            [...gamma.dataSync()].every((value) => value === expected),
            `${net} ${name}`,
          );
        }
        classifier.dispose();
      }
    }
  });

  it('ends in 4 x 4 maps at the paper’s size, in 3 x 3 for AlexNet', () => {
    for (const net of BASE_NET_NAMES) {
      const classifier = buildClassifier({ ...PAPER, net, width: 0.02, normalization: 'none' }, 7, null);
      tf.tidy(() => {
        const { shape } = classifier.extract(tf.zeros<tf.Rank.R4>([1, 128, 128, 3]), INFERENCE).featureMap;
        assert.deepEqual(shape.slice(1, 3), net === 'AlexNet' ? [3, 3] : [4, 4], net);
      });
      classifier.dispose();
    }
  });

  it('names weights as torchvision does', () => {
    const names = (net: BaseNetName, normalization: 'batch' | 'none') => {
      const classifier = buildClassifier({ ...TINY, net, normalization }, 6, null);
      const all = [...classifier.weights.keys(), ...classifier.buffers.keys()];
      classifier.dispose();
      return all;
    };
    const has = (all: string[], expected: string[]) => {
      for (const name of expected) assert.ok(all.includes(name), `${name} is not among ${all.join(' ')}`);
    };
    has(names('VGG11', 'none'), ['features.0.weight', 'features.3.bias', 'features.18.weight', 'classifier.6.weight']);
    has(names('VGG11', 'batch'), [
      'features.0.weight',
      'features.1.running_mean',
      'features.25.weight',
      'features.26.bias',
    ]);
    has(names('AlexNet', 'none'), [
      'features.3.weight',
      'features.10.weight',
      'classifier.1.weight',
      'classifier.6.bias',
    ]);
    has(names('ResNet18', 'batch'), [
      'conv1.weight',
      'bn1.weight',
      'layer2.0.downsample.0.weight',
      'layer4.1.bn2.running_var',
    ]);
    has(names('ResNet50', 'batch'), [
      'layer1.0.downsample.1.weight',
      'layer3.5.conv3.weight',
      'fc.0.weight',
      'fc.2.bias',
    ]);
  });

  it('gives an extractor the weights of the classifier that the same stream makes, without its last layer', () => {
    const classifier = buildClassifier(TINY, 6, createRandom(3));
    const extractor = buildExtractor(TINY, createRandom(3));
    const missing = [...classifier.weights.keys()].filter((name) => !extractor.weights.has(name));
    assert.deepEqual(missing, ['classifier.6.weight', 'classifier.6.bias']);
    tf.tidy(() => {
      const images = noise([2, 32, 32, 1]);
      const [a, b] = [classifier, extractor].map((net) => net.extract(images, INFERENCE).expression.dataSync());
      assert.deepEqual(a, b);
    });
    classifier.dispose();
    extractor.dispose();
  });

  it('starts He kernels with variance 2 / fan-in and biases of 0, Gaussian ones with the given sd and biases', () => {
    const build = (kind: 'he' | 'gaussian') =>
      buildClassifier(
        { ...TINY, net: 'VGG11', width: 0.5, normalization: 'none', initialization: { ...initialization, kind } },
        6,
        createRandom(1),
      );
    const scatter = (net: ReturnType<typeof build>) => {
      const values = net.weights.get('features.3.weight')!;
      const [, , fanIn] = values.shape as [number, number, number, number];
      const data = values.dataSync<'float32'>();
      return { sd: Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length), fanIn: 9 * fanIn };
    };
    const [he, gaussian] = [build('he'), build('gaussian')];
    const { sd, fanIn } = scatter(he);
    assert.ok(Math.abs(sd / Math.sqrt(2 / fanIn) - 1) < 0.05, `${sd}`);
    assert.ok(Math.abs(scatter(gaussian).sd / 0.01 - 1) < 0.05);
    assert.ok(
      he.weights
        .get('features.3.bias')!
        .dataSync()
        .every((value) => value === 0),
    );
    assert.ok(
      gaussian.weights
        .get('classifier.6.bias')!
        .dataSync()
        .every((value) => value === 1),
    );
    he.dispose();
    gaussian.dispose();
  });

  it('uses the moving averages of training outside of it', () => {
    const classifier = buildClassifier({ ...TINY, net: 'ResNet18' }, 6, createRandom(1));
    tf.tidy(() => {
      const images = noise([8, 32, 32, 1]);
      const fresh = classifier.classify(images, INFERENCE).dataSync();
      const trained = classifier.classify(images, TRAIN).dataSync();
      for (let pass = 0; pass < 100; pass++) tf.tidy(() => void classifier.classify(images, TRAIN));
      const later = classifier.classify(images, INFERENCE).dataSync();
      // After many passes over one batch the averages are that batch's statistics.
      const distance = (a: ArrayLike<number>) =>
        Math.max(...Array.from(trained, (value, i) => Math.abs(value - a[i]!)));
      assert.ok(distance(later) < distance(fresh) / 100, `${distance(later)} of ${distance(fresh)}`);
    });
    classifier.dispose();
  });
});
