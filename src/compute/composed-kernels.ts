import * as tf from '@tensorflow/tfjs-core';

/**
 * The kernels behind ops.ts as compositions of stock operations, for every backend that has none of its own. They are
 * the readable definition; the WASM versions are tested against them.
 */

export type Activation = 'linear' | 'relu' | 'leakyRelu';

export const BATCH_NORM = 'BatchNormTraining';
export const BATCH_NORM_GRAD = 'BatchNormTrainingGrad';
export const ACTIVATION_BIAS_GRAD = 'ActivationBiasGrad';
export const ACTIVATION_GRAD = 'ActivationGrad';
export const TANH_GRAD = 'TanhGrad';
export const SIGMOID_GRAD = 'SigmoidGrad';
export const CONV_BIAS = 'ConvBiasActivation';
export const ADAM_UPDATE = 'AdamUpdate';
export const MOMENTUM_UPDATE = 'MomentumUpdate';

export interface ConvBiasAttributes {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly activation: Activation;
  readonly alpha: number;
}

/** What differs from one Adam update to the next. */
export interface AdamRates {
  /** learning rate / (1 - beta1^step) */
  readonly stepSize: number;
  /** sqrt(1 - beta2^step) */
  readonly correction: number;
}

export interface AdamAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Asked for once in each update. */
  readonly rates: () => AdamRates;
}

export interface MomentumAttributes {
  /** Asked for once in each update. */
  readonly learningRate: () => number;
  readonly momentum: number;
  readonly weightDecay: number;
}

type Inputs = Readonly<Record<string, tf.Tensor>>;
type ComposedKernel<Attributes> = (inputs: Inputs, attributes: Attributes) => tf.Tensor | tf.Tensor[];

function input(inputs: Inputs, name: string): tf.Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`the kernel was called without its input ${name}`);
  return tensor;
}

/** dx of relu (alpha 0) and leaky relu, from the output, which has the input's sign. */
const activationGrad: ComposedKernel<{ alpha: number }> = (inputs, { alpha }) =>
  tf.mul(input(inputs, 'dy'), tf.step(input(inputs, 'y'), alpha));

const tanhGrad: ComposedKernel<object> = (inputs) =>
  tf.mul(input(inputs, 'dy'), tf.sub(1, tf.square(input(inputs, 'y'))));

const sigmoidGrad: ComposedKernel<object> = (inputs) => {
  const y = input(inputs, 'y');
  return tf.mul(input(inputs, 'dy'), tf.mul(y, tf.sub(1, y)));
};

/** All axes but the last, over which a channel's statistics are taken. */
function channelAxes(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

function activate(x: tf.Tensor, activation: Activation, alpha: number): tf.Tensor {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'leakyRelu':
      return tf.leakyRelu(x, alpha);
  }
}

/** The activation's slope, read off its output: all our activations keep the sign. */
function throughActivation(dy: tf.Tensor, y: tf.Tensor, activation: Activation, alpha: number): tf.Tensor {
  return activation === 'linear' ? dy : tf.mul(dy, tf.step(y, activation === 'relu' ? 0 : alpha));
}

const batchNorm: ComposedKernel<{ epsilon: number; activation: Activation; alpha: number }> = (inputs, attributes) => {
  const x = input(inputs, 'x');
  const axes = channelAxes(x);
  const mean = tf.mean(x, axes);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes);
  const normalized = tf.mul(centred, tf.rsqrt(tf.add(variance, attributes.epsilon)));
  const affine = tf.add(tf.mul(normalized, input(inputs, 'gamma')), input(inputs, 'beta'));
  return [activate(affine, attributes.activation, attributes.alpha), mean, variance];
};

const batchNormGrad: ComposedKernel<{ epsilon: number; activation: Activation; alpha: number }> = (
  inputs,
  { epsilon, activation, alpha },
) => {
  const x = input(inputs, 'x');
  const axes = channelAxes(x);
  const dz = throughActivation(input(inputs, 'dy'), input(inputs, 'y'), activation, alpha);
  const inverseDeviation = tf.rsqrt(tf.add(input(inputs, 'variance'), epsilon));
  const normalized = tf.mul(tf.sub(x, input(inputs, 'mean')), inverseDeviation);
  const dBeta = tf.sum(dz, axes);
  const dGamma = tf.sum(tf.mul(dz, normalized), axes);
  const count = x.size / dBeta.size;
  const centredGradient = tf.sub(tf.sub(dz, tf.div(dBeta, count)), tf.mul(normalized, tf.div(dGamma, count)));
  const dx = tf.mul(centredGradient, tf.mul(input(inputs, 'gamma'), inverseDeviation));
  return [dx, dGamma, dBeta];
};

const convBias: ComposedKernel<ConvBiasAttributes> = (inputs, { strides, pad, activation, alpha }) => {
  const convolved = tf.conv2d(input(inputs, 'x') as tf.Tensor4D, input(inputs, 'filter') as tf.Tensor4D, strides, pad);
  return activate(tf.add(convolved, input(inputs, 'bias')), activation, alpha);
};

const activationBiasGrad: ComposedKernel<{ activation: Activation; alpha: number }> = (
  inputs,
  { activation, alpha },
) => {
  const dy = input(inputs, 'dy');
  const dz = throughActivation(dy, input(inputs, 'y'), activation, alpha);
  return [dz === dy ? tf.clone(dy) : dz, tf.sum(dz, channelAxes(dz))];
};

const adamUpdate: ComposedKernel<AdamAttributes> = (inputs, attributes) => {
  const variable = input(inputs, 'variable');
  const { beta1, beta2, epsilon } = attributes;
  const { stepSize, correction } = attributes.rates();
  const gradient = withDecay(input(inputs, 'gradient'), variable, attributes.weightDecay);
  const m = tf.add(tf.mul(input(inputs, 'm'), beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(input(inputs, 'v'), beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const denominator = tf.add(tf.div(tf.sqrt(v), correction), epsilon);
  return [tf.sub(variable, tf.mul(tf.div(m, denominator), stepSize)), m, v];
};

const momentumUpdate: ComposedKernel<MomentumAttributes> = (inputs, { learningRate, momentum, weightDecay }) => {
  const variable = input(inputs, 'variable');
  const gradient = withDecay(input(inputs, 'gradient'), variable, weightDecay);
  const velocity = tf.add(tf.mul(input(inputs, 'velocity'), momentum), gradient);
  return [tf.sub(variable, tf.mul(velocity, learningRate())), velocity];
};

function withDecay(gradient: tf.Tensor, variable: tf.Tensor, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(variable, weightDecay));
}

function register<Attributes>(kernelName: string, kernel: ComposedKernel<Attributes>): void {
  for (const backendName of ['cpu', 'wasm', 'tensorflow']) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        // The registry is untyped; ops.ts is the only caller and passes these inputs and attributes.
        tf.tidy(() => kernel(inputs as unknown as Inputs, attrs as unknown as Attributes)),
    });
  }
}

/** Registers every composed kernel for every backend; a backend's own kernels replace them later. */
export function registerComposedKernels(): void {
  register(BATCH_NORM, batchNorm);
  register(BATCH_NORM_GRAD, batchNormGrad);
  register(CONV_BIAS, convBias);
  register(ACTIVATION_BIAS_GRAD, activationBiasGrad);
  register(ACTIVATION_GRAD, activationGrad);
  register(TANH_GRAD, tanhGrad);
  register(SIGMOID_GRAD, sigmoidGrad);
  register(ADAM_UPDATE, adamUpdate);
  register(MOMENTUM_UPDATE, momentumUpdate);
}
