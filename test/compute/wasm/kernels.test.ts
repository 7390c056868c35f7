import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { adamRates, adamUpdate, batchNormalize, conv2dBias } from '../../../src/compute/ops.ts';
import { assertSameOnBoth, on, randomPlain } from '../backends.rig.ts';

describe('kernels on WASM', () => {
  it('give max pooling the gradient of plain JavaScript for any window, stride and padding', async () => {
    const cases = fc
      .record({
        height: fc.integer({ min: 1, max: 9 }),
        width: fc.integer({ min: 1, max: 9 }),
        channels: fc.constantFrom(1, 3, 4, 6, 8),
        window: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        pad: fc.constantFrom('same' as const, 'valid' as const),
      })
      .filter(({ height, width, window, pad }) => pad === 'same' || (height >= window[0] && width >= window[1]));
    const property = fc.asyncProperty(cases, ({ height, width, channels, window, strides, pad }) =>
      assertSameOnBoth([randomPlain([2, height, width, channels])], (x) => {
        const pool = (x: tf.Tensor): tf.Tensor => tf.maxPool(x as tf.Tensor4D, window, strides, pad);
        const y = pool(x);
        return [y, tf.grad((x: tf.Tensor) => tf.sum(tf.mul(pool(x), tf.cos(y))))(x)];
      }),
    );
    await fc.assert(property, { numRuns: 60, seed: 3 });
  });

  it('sum, spread and multiply along any axes as plain JavaScript does', async () => {
    const cases = fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      picked: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      keepDims: fc.boolean(),
    });
    const property = fc.asyncProperty(cases, ({ shape, picked, keepDims }) => {
      const axes = shape.map((_, axis) => axis).filter((axis) => picked[axis]);
      const small = shape.map((length, axis) => (picked[axis] === true ? 1 : length));
      return assertSameOnBoth([randomPlain(shape), randomPlain(small, 2)], (x, y) => [
        tf.sum(x, axes, keepDims),
        tf.mean(x, axes, keepDims),
        tf.add(x, y),
        tf.sub(x, y),
        tf.sub(y, x),
        tf.mul(x, y),
        tf.mul(y, x),
        tf.broadcastTo(y, shape),
        tf.concat([x, y, x].map((part) => tf.reshape(part, [-1, 1])), 0), // prettier-ignore
      ]);
    });
    await fc.assert(property, { numRuns: 60, seed: 4 });
  });

  it('leave whole numbers and truth values to the stock kernels', async () => {
    await on('wasm', [], () => {
      const numbers = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
      assert.equal(tf.sum(numbers).dtype, 'int32');
      assert.deepEqual([...tf.add(numbers, tf.tensor1d([10, 20], 'int32')).dataSync()], [11, 22, 13, 24]);
      assert.deepEqual([...tf.concat([numbers, numbers], 1).dataSync()], [1, 2, 1, 2, 3, 4, 3, 4]);
      assert.deepEqual([...tf.slice(numbers, [0, 1], [2, 1]).dataSync()], [2, 4]);
      assert.deepEqual([...tf.tile(tf.tensor1d([true, false], 'bool'), [2]).dataSync()], [1, 0, 1, 0]);
      return [];
    });
  });

  it('refuse a network that is deeper than its images allow, instead of overwriting memory', async () => {
    await on('wasm', [], () => {
      const pixel = tf.ones<tf.Rank.R4>([2, 1, 1, 3]);
      assert.throws(
        () => tf.maxPool(pixel, 2, 2, 'valid'),
        /window of 2x2 does not fit an image of 1x1.*larger images/,
      );
      assert.throws(() => tf.avgPool(pixel, 2, 2, 'valid'), /window of 2x2 does not fit/);
      assert.throws(() => tf.conv2d(pixel, tf.ones([3, 3, 3, 4]), 1, 'valid'), /filter of 3x3 does not fit/);
      return [];
    });
  });

  it('stay right while the memory grows under them', async () => {
    await on('wasm', [], () => {
      const kept = tf.ones([16]);
      for (let megabytes = 4; megabytes <= 64; megabytes *= 2) {
        const x = tf.ones<tf.Rank.R4>([1, 256 * megabytes, 64, 16]);
        const { mean } = batchNormalize(tf.add(x, kept), kept, kept, 1e-5);
        assert.deepEqual([...mean.dataSync()], new Array<number>(16).fill(2));
        tf.dispose([x, mean]);
      }
      return [];
    });
  });

  it('train to the same bits on every machine and every version of Node', async () => {
    const shapes = [[3, 3, 1, 8], [8], [8], [8], [3, 3, 8, 12], [12], [48, 3]]; // prettier-ignore
    let digest = '';
    await on('wasm', [], () => {
      const weights = shapes.map((shape, index) =>
        tf.variable(tf.mul(tf.tensor(randomPlain(shape, index).values, shape), 0.3)),
      );
      const state = weights.map((weight) => ({
        m: tf.variable(tf.zerosLike(weight)),
        v: tf.variable(tf.zerosLike(weight)),
      }));
      const images = tf.tensor4d(randomPlain([4, 8, 8, 1], 50).values, [4, 8, 8, 1]);
      const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3);
      const loss = (): tf.Scalar => {
        const [first, bias, gamma, beta, second, offset, dense] = weights as tf.Tensor[];
        const a = conv2dBias(images, first as tf.Tensor4D, bias as tf.Tensor1D, 1, 'same');
        const b = tf.maxPool(batchNormalize(a, gamma!, beta!, 1e-5, { activation: 'relu' }).y, 2, 2, 'valid');
        const c = tf.tanh(
          conv2dBias(b, second as tf.Tensor4D, offset as tf.Tensor1D, 2, 'same', { activation: 'leakyRelu' }),
        );
        const logits = tf.matMul(tf.reshape(c, [4, 48]), dense as tf.Tensor2D);
        return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
      };
      for (let step = 1; step <= 10; step++) {
        const { grads } = tf.variableGrads(loss, weights);
        weights.forEach((weight, index) => {
          const betas = { beta1: 0.9, beta2: 0.999 };
          const rates = () => adamRates(0.01, betas, step);
          adamUpdate(weight, grads[weight.name]!, state[index]!, { ...betas, epsilon: 1e-8, weightDecay: 1e-4, rates });
        });
      }
      const hash = createHash('sha256');
      for (const weight of weights) hash.update(new Uint8Array(Float32Array.from(weight.dataSync()).buffer));
      digest = hash.digest('hex').slice(0, 16);
      tf.dispose([...weights, ...state.flatMap(({ m, v }) => [m, v])]);
      return [];
    });
    assert.equal(digest, 'f36cbb6dd4d514e5');
  });
});
