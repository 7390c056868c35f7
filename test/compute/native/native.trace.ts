/** Computes the same on the backend that the command line names, and prints it as JSON: name to values. */
import * as tf from '@tensorflow/tfjs-core';
import { METHODS } from '../../../src/science/methods/registry.ts';
import { loadBackend } from '../../../src/compute/backend.ts';
import {
  type Activation,
  adamRates,
  adamUpdate,
  batchNormalize,
  conv2dBias,
  momentumUpdate,
} from '../../../src/compute/ops.ts';
import { createRandom } from '../../../src/base/random.ts';
import { makeUpdates } from '../test-backend.ts';
import { tinyOptions, tinyPairs } from '../../science/methods/tiny.ts';
import { type Plain, randomPlain } from '../backends.rig.ts';
import { cases, inputsOf, weighted } from '../gradient-cases.ts';

export interface Trace {
  /** Name of the computation, and the values of it and of its gradients, one array a tensor. */
  readonly values: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Tensors that all of it but the first training left on the backend. */
  readonly leaked: number;
  readonly threads: number;
}

type Compute = (...tensors: tf.Tensor[]) => tf.Tensor;

function evaluate(inputs: readonly Plain[], compute: Compute): number[][] {
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values, shape));
    const gradients = tf.grads((...xs: tf.Tensor[]) => weighted(compute(...xs)))(tensors);
    return [compute(...tensors), ...gradients].map((tensor) => [...tensor.dataSync()]) as never;
  });
}

/** Three updates of one variable with as many gradients: the variable and the optimiser's two states. */
function updates(
  update: (variable: tf.Variable, gradient: tf.Tensor, first: tf.Variable, second: tf.Variable, step: number) => void,
): number[][] {
  return tf.tidy(() => {
    const start = randomPlain([3, 5], 4);
    const states = [tf.variable(tf.tensor(start.values, start.shape)), tf.variable(tf.zeros([3, 5])), tf.variable(tf.zeros([3, 5]))] as const; // prettier-ignore
    for (const step of [1, 2, 3]) {
      const { values: slope, shape } = randomPlain([3, 5], 10 + step);
      update(states[0], tf.tensor(slope, shape), states[1], states[2], step);
    }
    const found = states.map((state) => [...state.dataSync()]);
    for (const state of states) state.dispose();
    return found as never;
  });
}

/** A whole training of the four players: pictures in, weights out. */
async function train(iterations: number): Promise<number[][]> {
  const options = tinyOptions(iterations);
  const trained = await METHODS['groupgan-2v2'].train({
    train: tinyPairs(),
    net: 'VGG11',
    options,
    pretrained: {},
    random: createRandom(7),
  });
  const tensors = [...trained.tensors().values()].map(({ data }) => [...data].map(Number));
  trained.dispose();
  return tensors;
}

const [name = 'wasm', threads = '1'] = process.argv.slice(2);
const backend = await loadBackend(name as 'wasm' | 'node', Number(threads));
const values: Record<string, number[][]> = {};
values['training, 2 iterations'] = await train(2);
// Nothing may be added to what later updates need again.
makeUpdates();
const before = tf.memory().numTensors;
for (const example of cases) values[example.name] = evaluate(inputsOf(example), example.compute);
for (const activation of ['linear', 'relu', 'leakyRelu'] satisfies Activation[]) {
  const channels = [randomPlain([6], 2), randomPlain([6], 3)];
  values[`batch normalisation, ${activation}`] = evaluate(
    [randomPlain([4, 5, 6, 6]), ...channels],
    (x, gamma, beta) => batchNormalize(x, gamma, beta, 1e-3, { activation }).y,
  );
  for (const [stride, pad] of [
    [1, 'same'],
    [2, 'same'],
    [2, 1],
    [3, 2],
  ] as const) {
    values[`convolution, stride ${stride}, pad ${pad}, ${activation}`] = evaluate(
      [randomPlain([2, 6, 7, 4]), randomPlain([3, 3, 4, 6], 2), channels[0]!],
      (x, filter, bias) =>
        conv2dBias(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D, stride, pad, { activation }),
    );
  }
}
for (const [height, width, stride, pad] of [
  [64, 64, 2, 'valid'],
  [63, 65, 2, 'valid'],
  [31, 32, 3, 0],
  [33, 31, 2, 'same'],
] as const) {
  values[`a shortcut: 1 x 1, stride ${stride}, ${height} x ${width}, ${pad}`] = evaluate(
    [randomPlain([4, height, width, 3]), randomPlain([1, 1, 3, 5], 2), randomPlain([5], 3)],
    (x, filter, bias) => conv2dBias(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D, stride, pad),
  );
  values[`a shortcut without a bias: stride ${stride}, ${height} x ${width}, ${pad}`] = evaluate(
    [randomPlain([4, height, width, 3]), randomPlain([1, 1, 3, 5], 2)],
    (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
  );
}
const BETAS = { beta1: 0.9, beta2: 0.99 };
for (const weightDecay of [0, 0.01]) {
  values[`Adam, decay ${weightDecay}`] = updates((variable, gradient, m, v, step) =>
    adamUpdate(
      variable,
      gradient,
      { m, v },
      { ...BETAS, epsilon: 1e-3, weightDecay, rates: () => adamRates(0.1, BETAS, step) },
    ),
  );
  values[`momentum, decay ${weightDecay}`] = updates((variable, gradient, velocity) =>
    momentumUpdate(variable, gradient, velocity, { learningRate: () => 0.1, momentum: 0.9, weightDecay }),
  );
}
values['training, 10 iterations'] = await train(10);
const trace: Trace = { values, leaked: tf.memory().numTensors - before, threads: backend.threads };
process.stdout.write(JSON.stringify(trace));
