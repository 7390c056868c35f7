import * as tf from '@tensorflow/tfjs-core';
import { batchNormalize, conv2dBias } from '../../compute/ops.ts';
import type { Activation } from '../../compute/ops.ts';
import { unrecorded } from '../../compute/tape.ts';
import type { Training } from '../../params/training.ts';
import type { NetworkBuilder, Pass } from './network.ts';

export type Normalization = Training['model']['normalization'];

/** Added to variances, as in PyTorch. */
const EPSILON = 1e-5;
/** Share of the old value that a moving average keeps at each batch (PyTorch's momentum of 0.1). */
const MOVING_AVERAGE = 0.9;

export type Layer = (x: tf.Tensor4D, pass: Pass) => tf.Tensor4D;
export type DenseLayer = (x: tf.Tensor2D) => tf.Tensor2D;

export interface ConvolutionOptions {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  /** 'same', or pixels on every side as in PyTorch. */
  readonly pad?: 'same' | number;
  readonly activation?: Activation;
  readonly normalization?: Normalization;
  /** Name of the batch normalisation that follows. Needed with normalization 'batch'. */
  readonly normalizationName?: string;
  /** Where the scale of the batch normalisation starts; default 1. */
  readonly gamma?: number;
  /** Starts the kernel and bias at zero, for the last layer of a residual path. */
  readonly zero?: boolean;
}

/**
 * Convolution, then batch normalisation or a bias (never both: the normalisation would take the bias away), then the
 * activation.
 */
export function convolution(builder: NetworkBuilder, name: string, options: ConvolutionOptions): Layer {
  const { kernel, stride = 1, pad = 'same', activation = 'linear', normalization = 'none' } = options;
  const shape: [number, number, number, number] = [kernel, kernel, options.in, options.out];
  const filter =
    options.zero === true
      ? builder.constant<tf.Rank.R4>(`${name}.weight`, shape, 0)
      : builder.kernel<tf.Rank.R4>(`${name}.weight`, shape, kernel * kernel * options.in);
  if (normalization === 'none') {
    const bias =
      options.zero === true
        ? builder.constant<tf.Rank.R1>(`${name}.bias`, [options.out], 0)
        : builder.bias(`${name}.bias`, options.out);
    return (x) => conv2dBias(x, filter, bias, stride, pad, { activation });
  }
  const normalize = batchNormalization(builder, options.normalizationName ?? `${name}.bn`, options);
  return (x, pass) => {
    if (pass.training) return normalize.train(tf.conv2d(x, filter, stride, pad), activation);
    // Outside of training the normalisation is a fixed scale and shift, which the kernel and a bias can carry.
    const { scale, shift } = normalize.affine();
    return conv2dBias(x, tf.mul<tf.Tensor4D>(filter, scale), shift, stride, pad, { activation });
  };
}

interface BatchNormalization {
  train(x: tf.Tensor4D, activation: Activation): tf.Tensor4D;
  affine(): { scale: tf.Tensor1D; shift: tf.Tensor1D };
}

function batchNormalization(
  builder: NetworkBuilder,
  name: string,
  { out: size, gamma: start = 1 }: Pick<ConvolutionOptions, 'out' | 'gamma'>,
): BatchNormalization {
  const gamma = builder.constant<tf.Rank.R1>(`${name}.weight`, [size], start);
  const beta = builder.constant<tf.Rank.R1>(`${name}.bias`, [size], 0);
  const runningMean = builder.buffer(`${name}.running_mean`, size, 0);
  const runningVariance = builder.buffer(`${name}.running_var`, size, 1);
  return {
    train(x, activation) {
      const { y, mean, variance } = batchNormalize(x, gamma, beta, EPSILON, { activation });
      unrecorded(() => {
        moveAverage(runningMean, mean);
        moveAverage(runningVariance, variance);
      });
      return y;
    },
    affine() {
      const scale = tf.mul<tf.Tensor1D>(gamma, tf.rsqrt(tf.add(runningVariance, EPSILON)));
      return { scale, shift: tf.sub(beta, tf.mul(runningMean, scale)) };
    },
  };
}

function moveAverage(average: tf.Variable<tf.Rank.R1>, batch: tf.Tensor1D): void {
  const next = tf.tidy(() => tf.add<tf.Tensor1D>(batch, tf.mul(tf.sub(average, batch), MOVING_AVERAGE)));
  average.assign(next);
  next.dispose();
}

/** A dense layer [in] -> [out] with an optional ReLU or leaky ReLU. */
export function dense(
  builder: NetworkBuilder,
  name: string,
  options: { readonly in: number; readonly out: number; readonly activation?: Activation },
): DenseLayer {
  const weight = builder.kernel<tf.Rank.R2>(`${name}.weight`, [options.in, options.out], options.in);
  const bias = builder.bias(`${name}.bias`, options.out);
  return (x) => activate(tf.add<tf.Tensor2D>(tf.matMul(x, weight), bias), options.activation ?? 'linear');
}

/** The activation as an operation of its own, for places where nothing fuses it. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'leakyRelu':
      return tf.leakyRelu(x, 0.2);
  }
}

/**
 * Max pooling. An input smaller than the window keeps its size: at 32 pixels the deeper nets would otherwise pool a
 * map away.
 */
export function maxPool(window: number, stride: number, pad: 'valid' | 'same' | number = 'valid'): Layer {
  return (x) => {
    const [, height, width] = x.shape;
    const margin = typeof pad === 'number' ? 2 * pad : 0;
    if (pad !== 'same' && (height + margin < window || width + margin < window)) return x;
    return tf.maxPool(x, window, stride, pad);
  };
}

/** [batch, height, width, channels] -> [batch, height * width * channels]. */
export function flatten(x: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(x, [x.shape[0], -1]);
}

/** One vector a picture laid on every position of a map: [batch, features] -> [batch, height, width, features]. */
export function tileOverMap(vector: tf.Tensor2D, height: number, width: number): tf.Tensor4D {
  const [batch, features] = vector.shape;
  // A broadcast addition: the gradient of tf.tile takes a slice for every position.
  return tf.add(tf.zeros<tf.Rank.R4>([1, height, width, 1]), tf.reshape(vector, [batch, 1, 1, features]));
}

/** Runs layers one after the other. */
export function sequence(layers: readonly Layer[]): Layer {
  return (x, pass) => layers.reduce((y, layer) => layer(y, pass), x);
}
