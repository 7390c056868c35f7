import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { buildDiscriminator } from '../../../src/science/models/discriminator.ts';
import { buildGenerator } from '../../../src/science/models/generator.ts';
import type { GeneratorConfig } from '../../../src/science/models/generator.ts';
import { parameterCount } from '../../../src/science/models/network.ts';
import { CheckpointError, exportTensors, importTensors } from '../../../src/science/models/state.ts';
import { createRandom } from '../../../src/base/random.ts';
import { useTestBackend } from '../../compute/test-backend.ts';

const initialization = { kind: 'he', sd: 0.01, bias: 1 } as const;
const TINY: GeneratorConfig = {
  size: 32,
  channels: 1,
  width: 0.05,
  expression: 8,
  skips: false,
  output: 'tanh',
  initialization,
};

const noise = <R extends tf.Rank>(shape: tf.ShapeMap[R], seed = 1): tf.Tensor<R> => {
  const random = createRandom(seed);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.between(-1, 1)),
    shape,
  );
};
const largestDifference = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe('the generator', () => {
  before(useTestBackend);

  it('has 11.8 million parameters at the paper’s size with 256 expression features', () => {
    const config = { ...TINY, size: 128, channels: 3, width: 1, expression: 256 };
    const generator = buildGenerator(config, null);
    const count = parameterCount(generator);
    generator.dispose();
    assert.ok(Math.abs(count / 11.8e6 - 1) < 0.01, String(count));
  });

  it('keeps the size of pictures, also where a half is not whole', () => {
    for (const skips of [true, false]) {
      for (const size of [32, 36, 48, 50]) {
        const generator = buildGenerator({ ...TINY, size, skips }, createRandom(1));
        tf.tidy(() => {
          const images = noise<tf.Rank.R4>([2, size, size, 1]);
          const result = generator.magnify(images, noise([2, 8]));
          assert.deepEqual(result.shape, images.shape);
          assert.ok(result.dataSync().every((value) => value > -1 && value < 1));
        });
        generator.dispose();
      }
    }
  });

  it('with a residual output begins as the identity', () => {
    const generator = buildGenerator({ ...TINY, output: 'residual' }, createRandom(1));
    tf.tidy(() => {
      const images = noise<tf.Rank.R4>([2, 32, 32, 1]);
      assert.deepEqual(generator.magnify(images, noise([2, 8])).dataSync(), images.dataSync());
    });
    generator.dispose();
  });

  it('lays the expression features over the bottleneck as a concatenation would', () => {
    const generator = buildGenerator(TINY, createRandom(1));
    tf.tidy(() => {
      const weight = generator.weights.get('decoder.0.weight') as unknown as tf.Tensor4D;
      const condition = generator.weights.get('decoder.0.condition.weight') as unknown as tf.Tensor4D;
      const [, , out] = weight.shape;
      const bottleneck = noise<tf.Rank.R4>([2, 2, 2, weight.shape[3]]);
      const expression = noise<tf.Rank.R2>([2, 8], 2);
      const tiled = tf.tile<tf.Tensor4D>(tf.reshape(expression, [2, 1, 1, 8]), [1, 2, 2, 1]);
      const shape: [number, number, number, number] = [2, 4, 4, out];
      const joined = tf.conv2dTranspose(
        tf.concat<tf.Tensor4D>([bottleneck, tiled], 3),
        tf.concat<tf.Tensor4D>([weight, condition], 3),
        shape,
        2,
        'same',
      );
      const parts = tf.add(
        tf.conv2dTranspose(bottleneck, weight, shape, 2, 'same'),
        tf.conv2dTranspose(tiled, condition, shape, 2, 'same'),
      );
      assert.ok(largestDifference(joined, parts) < 1e-5);
      const images = noise<tf.Rank.R4>([2, 32, 32, 1]);
      const other = generator.magnify(images, noise([2, 8], 3));
      assert.ok(largestDifference(generator.magnify(images, expression), other) > 1e-4);
    });
    generator.dispose();
  });

  it('takes the weights of one pretrained without expression features, and no others', () => {
    const plain = buildGenerator({ ...TINY, expression: null }, createRandom(1));
    const conditioned = buildGenerator(TINY, createRandom(2));
    const tensors = exportTensors(plain, 'generator.');
    assert.throws(() => importTensors(conditioned, tensors, 'generator.'), CheckpointError);
    importTensors(conditioned, tensors, 'generator.', (name) => name.includes('.condition.'));
    tf.tidy(() => {
      const images = noise<tf.Rank.R4>([2, 32, 32, 1]);
      assert.deepEqual(conditioned.reconstruct(images).dataSync(), plain.reconstruct(images).dataSync());
    });
    const wider = buildGenerator({ ...TINY, width: 0.1 }, null);
    assert.throws(
      () => importTensors(wider, tensors, 'generator.'),
      /expected generator\.encoder\.0\.0\.weight as float32 \[7,7,1,6\], found float32 \[7,7,1,3\].*another width/,
    );
    for (const generator of [plain, conditioned, wider]) generator.dispose();
  });

  it('says so when expression features are missing or not expected', () => {
    const [plain, conditioned] = [null, 8].map((expression) => buildGenerator({ ...TINY, expression }, null));
    tf.tidy(() => {
      const images = noise<tf.Rank.R4>([1, 32, 32, 1]);
      assert.throws(() => conditioned!.magnify(images, null), /needs expression features \[batch, 8\]/);
      assert.throws(() => plain!.magnify(images, noise([1, 8])), /built without an expression input/);
    });
    plain!.dispose();
    conditioned!.dispose();
  });
});

describe('a discriminator', () => {
  before(useTestBackend);

  const config = { size: 32, channels: 1, width: 0.05, dense: 8, initialization };

  it('gives one logit a picture, from 32 to 128 pixels', () => {
    for (const size of [32, 48, 50, 128]) {
      const discriminator = buildDiscriminator({ ...config, size, expression: null }, createRandom(1));
      tf.tidy(() => assert.deepEqual(discriminator.judge(noise([3, size, size, 1]), null).shape, [3, 1]));
      discriminator.dispose();
    }
  });

  it('judges a picture beside its expression features, and each picture by itself', () => {
    const discriminator = buildDiscriminator({ ...config, expression: 8 }, createRandom(1));
    tf.tidy(() => {
      const images = noise<tf.Rank.R4>([2, 32, 32, 1]);
      const expression = noise<tf.Rank.R2>([2, 8], 2);
      const both = discriminator.judge(images, expression);
      const second = discriminator.judge(tf.slice(images, [1, 0, 0, 0]), tf.slice(expression, [1, 0]));
      assert.ok(largestDifference(tf.slice(both, [1, 0]), second) < 1e-6);
      assert.ok(largestDifference(both, discriminator.judge(images, noise([2, 8], 3))) > 1e-4);
      assert.throws(() => discriminator.judge(images, null), /conditioned on expression features/);
    });
    discriminator.dispose();
  });
});
