import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate, batchNormalize } from '../src/science/tensor/ops.ts';
import { createRandom } from '../src/science/tensor/random.ts';

/** One realistic training step: ten convolutions as in VGG13, batch normalisation, cross-entropy, Adam. */
export interface TrainingStep {
  readonly label: string;
  run(): number;
}

interface Weights {
  readonly variable: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
}

const CLASSES = 6;

export function createTrainingStep(size: number, batch: number, width: number): TrainingStep {
  const random = createRandom(1);
  const normal = (shape: number[], deviation: number): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * random.normal()),
      shape,
    );
  const weights: Weights[] = [];
  const declare = (initial: tf.Tensor): tf.Variable => {
    const variable = tf.variable(initial);
    weights.push({ variable, m: tf.variable(tf.zerosLike(initial)), v: tf.variable(tf.zerosLike(initial)) });
    return variable;
  };
  let channels = 1;
  const layers = [64, 64, 128, 128, 256, 256, 512, 512, 512, 512].map((full) => {
    const out = Math.round(full * width);
    const layer = {
      filter: declare(normal([3, 3, channels, out], Math.sqrt(2 / (9 * channels)))) as tf.Tensor as tf.Tensor4D,
      gamma: declare(tf.ones([out])),
      beta: declare(tf.zeros([out])),
    };
    channels = out;
    return layer;
  });
  const smallest = [0, 0, 0, 0, 0].reduce((pixels) => Math.floor(pixels / 2), size);
  const features = smallest * smallest * channels;
  const dense = declare(normal([features, CLASSES], Math.sqrt(1 / features)));
  const bias = declare(tf.zeros([CLASSES]));
  const images = normal([batch, size, size, 1], 1) as tf.Tensor4D;
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % CLASSES),
      'int32',
    ),
    CLASSES,
  );

  const loss = (): tf.Scalar => {
    let x = images;
    layers.forEach(({ filter, gamma, beta }, index) => {
      x = batchNormalize(tf.conv2d(x, filter, 1, 'same'), gamma, beta, 1e-5, { activation: 'relu' }).y;
      if (index % 2 === 1) x = tf.maxPool(x, 2, 2, 'valid');
    });
    const logits = tf.add(tf.matMul(tf.reshape(x, [batch, features]), dense as tf.Tensor as tf.Tensor2D), bias);
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)));
  };
  let step = 0;
  return {
    label: `${size}x${size}, batch ${batch}, width ${width}`,
    run: () =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          loss,
          weights.map(({ variable }) => variable),
        );
        step++;
        for (const { variable, m, v } of weights) {
          const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step, weightDecay: 0 };
          adamUpdate(variable, grads[variable.name]!, { m, v }, options);
        }
        return value.dataSync()[0]!;
      }),
  };
}
