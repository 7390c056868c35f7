import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import {
  adamRates,
  adamUpdate,
  batchNormalize,
  conv2dBias,
  momentumUpdate,
  stopGradient,
  type Activation,
} from '../../src/compute/ops.ts';
import { assertIsSlope, assertSameOnBoth, difference, on, randomPlain } from './backends.rig.ts';

const ACTIVATIONS: readonly Activation[] = ['linear', 'relu', 'leakyRelu'];
const BACKENDS = ['cpu', 'wasm'] as const;

/** A number that depends on every output differently. */
function weighted(y: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(y, tf.tensor(randomPlain(y.shape, 99).values, y.shape)));
}

describe('batchNormalize', () => {
  const shapes = [[2, 3, 5, 1], [2, 4, 3, 6], [3, 5, 5, 16], [1, 2, 70, 21], [7, 3], [9, 34]]; // prettier-ignore

  for (const backend of BACKENDS) {
    it(`gives every channel the mean beta and the deviation gamma on ${backend}`, async () => {
      const inputs = [randomPlain([4, 5, 6, 9]), randomPlain([9], 2), randomPlain([9], 3)];
      const [mean, variance] = await on(backend, inputs, (x, gamma, beta) => {
        const { y } = batchNormalize(tf.add(tf.mul(x, 3), 5), gamma, beta, 0);
        const moments = tf.moments(y, [0, 1, 2]);
        return [moments.mean, moments.variance];
      });
      assert.ok(difference(mean!, inputs[2]!) < 1e-5);
      assert.ok(difference(variance!, { shape: [9], values: inputs[1]!.values.map((g) => g * g) }) < 1e-5);
    });
  }

  it('returns the mean and the variance of the batch, by its size', async () => {
    const x = { shape: [4, 2], values: Float32Array.of(1, 10, 2, 10, 3, 30, 6, 30) };
    const [mean, variance] = await on('wasm', [x], (x) => {
      const result = batchNormalize(x, tf.ones([2]), tf.zeros([2]), 1e-5);
      return [result.mean, result.variance];
    });
    assert.deepEqual([...mean!.values, ...variance!.values], [3, 20, 3.5, 100]);
  });

  for (const activation of ACTIVATIONS) {
    it(`with ${activation} and its gradients are those of its definition for any shape`, async () => {
      for (const [index, shape] of shapes.entries()) {
        const channels = shape.at(-1)!;
        const inputs = [randomPlain(shape, index), randomPlain([channels], 2), randomPlain([channels], 3)];
        await assertSameOnBoth(
          inputs,
          (...tensors) => {
            const normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
              batchNormalize(x, gamma, beta, 1e-3, { activation }).y;
            const [x, gamma, beta] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
            const { y, mean, variance } = batchNormalize(x, gamma, beta, 1e-3, { activation });
            const gradients = tf.grads((x, gamma, beta) => weighted(normalize(x, gamma, beta)))([x, gamma, beta]);
            return [y, mean, variance, ...gradients];
          },
          `[${shape.join(', ')}]`,
          1e-4,
        );
      }
    });
  }

  for (const backend of BACKENDS) {
    it(`has gradients that are its slopes on ${backend}`, async () => {
      const inputs = [randomPlain([3, 2, 3, 5]), randomPlain([5], 2), randomPlain([5], 3)];
      const loss = (...tensors: tf.Tensor[]): tf.Scalar =>
        weighted(batchNormalize(tensors[0]!, tensors[1]!, tensors[2]!, 1e-3).y);
      const gradients = await on(backend, inputs, (...tensors) => tf.grads(loss)(tensors));
      for (const [index, input] of inputs.entries()) {
        const measure = (values: Float32Array): number =>
          tf.tidy(() => {
            const tensors = inputs.map((other, at) => tf.tensor(at === index ? values : other.values, other.shape));
            return loss(...tensors).dataSync()[0]!;
          });
        assertIsSlope(measure, input.values, gradients[index]!.values);
      }
    });
  }

  it('keeps its precision over a hundred thousand values far from zero', async () => {
    const shape = [16, 80, 80, 4];
    const { values } = randomPlain(shape);
    const x = { shape, values: values.map((value) => value + 10) };
    const [mean, variance] = await on('wasm', [x], (x) => {
      const result = batchNormalize(x, tf.ones([4]), tf.zeros([4]), 1e-5);
      return [result.mean, result.variance];
    });
    for (let channel = 0; channel < 4; channel++) {
      const own = x.values.filter((_, index) => index % 4 === channel);
      const exact = own.reduce((sum, value) => sum + value, 0) / own.length;
      const spread = own.reduce((sum, value) => sum + (value - exact) ** 2, 0) / own.length;
      assert.ok(Math.abs(mean!.values[channel]! - exact) < 2e-6 * exact);
      assert.ok(Math.abs(variance!.values[channel]! - spread) < 1e-5);
    }
  });
});

describe('conv2dBias', () => {
  for (const activation of ACTIVATIONS) {
    it(`with ${activation} and its gradients equal the convolution, the sum and the activation one by one`, async () => {
      const apart = (y: tf.Tensor): tf.Tensor =>
        activation === 'linear' ? y : activation === 'relu' ? tf.relu(y) : tf.leakyRelu(y, 0.2);
      for (const [output, stride, pad] of [
        [6, 1, 'same'],
        [1, 2, 'same'],
        [8, 2, 1],
        [17, 1, 'valid'],
      ] as const) {
        // prettier-ignore
        const inputs = [randomPlain([2, 6, 7, 4]), randomPlain([3, 3, 4, output], 2), randomPlain([output], 3)];
        const whole = (...t: tf.Tensor[]): tf.Tensor =>
          conv2dBias(t[0] as tf.Tensor4D, t[1] as tf.Tensor4D, t[2] as tf.Tensor1D, stride, pad, { activation });
        const pieces = (...t: tf.Tensor[]): tf.Tensor =>
          apart(tf.add(tf.conv2d(t[0] as tf.Tensor4D, t[1] as tf.Tensor4D, stride, pad), t[2]!));
        const both =
          (compute: typeof whole) =>
          (...tensors: tf.Tensor[]): tf.Tensor[] => [
            compute(...tensors),
            ...tf.grads((...xs: tf.Tensor[]) => weighted(compute(...xs)))(tensors),
          ];
        const expected = await on('cpu', inputs, both(pieces));
        for (const backend of BACKENDS) {
          const actual = await on(backend, inputs, both(whole));
          expected.forEach((result, index) => assert.ok(difference(actual[index]!, result) < 1e-5));
        }
      }
    });
  }
});

describe('stopGradient', () => {
  it('passes values on and cuts the gradient', async () => {
    const [value, gradient] = await on('wasm', [randomPlain([5])], (x) => [
      stopGradient(x),
      tf.grad((x: tf.Tensor) => tf.sum(tf.mul(stopGradient(x), x)))(x),
    ]);
    assert.deepEqual(gradient, value);
  });

  it('keeps its values when the original is disposed of', async () => {
    await on('wasm', [], () => {
      const original = tf.tensor1d([1, 2, 3]);
      const copy = stopGradient(original);
      original.dispose();
      assert.deepEqual([...copy.dataSync()], [1, 2, 3]);
      return [];
    });
  });
});

describe('optimiser updates', () => {
  /** PyTorch's Adam in doubles, written from its documentation. */
  function adamByHand(w: number, gradients: readonly number[], decay: number): number {
    let [weight, m, v] = [w, 0, 0];
    gradients.forEach((raw, index) => {
      const g = raw + decay * weight;
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      const mHat = m / (1 - 0.9 ** (index + 1));
      const vHat = v / (1 - 0.99 ** (index + 1));
      weight -= (0.1 * mHat) / (Math.sqrt(vHat) + 1e-6);
    });
    return weight;
  }

  const start = [1, -2, 3, 0.5, 7];
  const gradients = [
    [1, -1, 0.5, 2, 0],
    [0.1, 2, -3, 1, 0],
    [1e-4, -5, 1, 1, 1],
  ];

  for (const backend of BACKENDS) {
    it(`of Adam follow its definition on ${backend}, leave nothing behind and move no copy`, async () => {
      await on(backend, [], () => {
        const [variable, m, v] = [
          tf.variable(tf.tensor1d(start)),
          tf.variable(tf.zeros([5])),
          tf.variable(tf.zeros([5])),
        ];
        const snapshot = tf.clone(variable);
        const before = tf.memory().numTensors;
        gradients.forEach((values, index) => {
          const gradient = tf.tensor1d(values);
          const [betas, step] = [{ beta1: 0.9, beta2: 0.99 }, index + 1];
          const rates = () => adamRates(0.1, betas, step);
          adamUpdate(variable, gradient, { m, v }, { ...betas, epsilon: 1e-6, weightDecay: 0.01, rates });
          gradient.dispose();
        });
        assert.equal(tf.memory().numTensors, before);
        assert.deepEqual([...snapshot.dataSync()], start);
        variable.dataSync().forEach((weight, index) => {
          const expected = adamByHand(start[index]!, gradients.map((g) => g[index]!), 0.01); // prettier-ignore
          assert.ok(Math.abs(weight - expected) < 2e-6, `${weight} instead of ${expected}`);
        });
        [variable, m, v].forEach((each) => each.dispose());
        return [];
      });
    });

    it(`of momentum follow PyTorch's definition on ${backend} and leave nothing behind`, async () => {
      await on(backend, [], () => {
        const [variable, velocity] = [tf.variable(tf.tensor1d(start)), tf.variable(tf.zeros([5]))];
        const before = tf.memory().numTensors;
        for (const values of gradients) {
          const gradient = tf.tensor1d(values);
          momentumUpdate(variable, gradient, velocity, { learningRate: () => 0.1, momentum: 0.9, weightDecay: 0.5 });
          gradient.dispose();
        }
        assert.equal(tf.memory().numTensors, before);
        variable.dataSync().forEach((weight, index) => {
          let [expected, speed] = [start[index]!, 0];
          for (const values of gradients) {
            speed = 0.9 * speed + values[index]! + 0.5 * expected;
            expected -= 0.1 * speed;
          }
          assert.ok(Math.abs(weight - expected) < 2e-6);
        });
        [variable, velocity].forEach((each) => each.dispose());
        return [];
      });
    });
  }

  it('refuse a step that is not counted from 1', async () => {
    await on('wasm', [], () => {
      assert.throws(() => adamRates(0.1, { beta1: 0.9, beta2: 0.99 }, 0), /whole number from 1, not 0/);
      return [];
    });
  });

  it('reach every kernel that uses the weights: convolutions and matrix products see the new ones', async () => {
    await on('wasm', [], () => {
      const filter = tf.variable(tf.ones([1, 1, 4, 8]));
      const matrix = tf.variable(tf.ones([4, 8]));
      const stacked = tf.variable(tf.ones([1, 4, 8]));
      const velocities = [filter, matrix, stacked].map((variable) => tf.variable(tf.zeros(variable.shape)));
      const x = tf.ones([1, 4]);
      const outputs = (): number[] => [
        tf
          .conv2d(tf.reshape<tf.Rank.R4>(x, [1, 1, 1, 4]), filter as tf.Tensor as tf.Tensor4D, 1, 'same')
          .dataSync()[0]!,
        tf.matMul(x, matrix as tf.Tensor).dataSync()[0]!,
        tf.matMul(tf.reshape(x, [1, 1, 4]), stacked as tf.Tensor).dataSync()[0]!,
      ];
      assert.deepEqual(outputs(), [4, 4, 4]);
      [filter, matrix, stacked].forEach((variable, index) =>
        momentumUpdate(variable, tf.ones(variable.shape), velocities[index]!, {
          learningRate: () => 1,
          momentum: 0,
          weightDecay: 0,
        }),
      );
      assert.deepEqual(outputs(), [0, 0, 0]);
      [filter, matrix, stacked, ...velocities].forEach((variable) => variable.dispose());
      return [];
    });
  });
});
