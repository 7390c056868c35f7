import * as tf from '@tensorflow/tfjs-core';
import {
  ACTIVATION_BIAS_GRAD,
  ADAM_UPDATE,
  BATCH_NORM,
  BATCH_NORM_GRAD,
  CONV_BIAS,
  MOMENTUM_UPDATE,
  registerComposedKernels,
} from './composed-kernels.ts';
import { registerGradients } from './gradients.ts';
import type {
  Activation,
  AdamAttributes,
  AdamRates,
  ConvBiasAttributes,
  MomentumAttributes,
} from './composed-kernels.ts';

/**
 * Operations that tfjs-core lacks or takes dozens of kernels for: each is one operation with one gradient on every
 * backend. At our scale an operation's overhead costs as much as its arithmetic.
 */

export type { Activation } from './composed-kernels.ts';

registerComposedKernels();
registerGradients();

/** The slope of `leakyRelu` for negative inputs where none is given. */
export const LEAKY_SLOPE = 0.2;

interface ActivationOptions {
  /** Applied to the result, inside the same operation. */
  readonly activation?: Activation;
  /** Slope of `leakyRelu` for negative inputs, in (0, 1). */
  readonly alpha?: number;
}

/**
 * Batch normalisation with the batch's own statistics over all axes but the last, then an activation.
 * Gradients flow from `y` to `x`, `gamma` and `beta`; `mean` and `variance` (of the batch, divided by its size, not
 * size - 1) are for running averages and carry none.
 *
 * @param x [batch, height, width, channels] or [batch, features]
 */
export function batchNormalize<R extends tf.Rank>(
  x: tf.Tensor<R>,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
  { activation = 'linear', alpha = LEAKY_SLOPE }: ActivationOptions = {},
): { y: tf.Tensor<R>; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const [y, mean, variance] = tf
    .engine()
    .runKernel<tf.Tensor[]>(BATCH_NORM, { x, gamma, beta }, { epsilon, activation, alpha });
  return { y: y as tf.Tensor<R>, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

tf.registerGradient({
  kernelName: BATCH_NORM,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [true, true, true],
  gradFunc: (dys, saved, attributes) => {
    const [x, gamma, y, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const [dy] = dys as [tf.Tensor];
    const [dx, dGamma, dBeta] = tf
      .engine()
      .runKernel<tf.Tensor[]>(BATCH_NORM_GRAD, { dy, x, y, gamma, mean, variance }, attributes) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
});

/**
 * Convolution, bias and activation.
 *
 * @param x [batch, height, width, in]
 * @param filter [height, width, in, out]
 * @param bias [out]
 */
export function conv2dBias(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  strides: number | [number, number],
  pad: 'same' | 'valid' | number,
  { activation = 'linear', alpha = LEAKY_SLOPE }: ActivationOptions = {},
): tf.Tensor4D {
  const attributes: ConvBiasAttributes = {
    strides: typeof strides === 'number' ? [strides, strides] : strides,
    pad,
    activation,
    alpha,
  };
  return tf.engine().runKernel<tf.Tensor4D>(CONV_BIAS, { x, filter, bias }, { ...attributes });
}

tf.registerGradient({
  kernelName: CONV_BIAS,
  inputsToSave: ['x', 'filter'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter, y] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const { strides, pad, activation, alpha } = attributes as unknown as ConvBiasAttributes;
    const [dz, dBias] = tf
      .engine()
      .runKernel<tf.Tensor[]>(ACTIVATION_BIAS_GRAD, { dy: dy as tf.Tensor, y }, { activation, alpha }) as [
      tf.Tensor4D,
      tf.Tensor,
    ];
    const shared = { strides, pad, dataFormat: 'NHWC' };
    return {
      x: () =>
        tf.engine().runKernel<tf.Tensor>('Conv2DBackpropInput', { dy: dz, filter }, { ...shared, inputShape: x.shape }),
      filter: () =>
        tf
          .engine()
          .runKernel<tf.Tensor>('Conv2DBackpropFilter', { x, dy: dz }, { ...shared, filterShape: filter.shape }),
      bias: () => dBias,
    };
  },
});

/**
 * The same values, seen as a constant by the gradient. The result is not on the tape at all, so that nothing upstream
 * is worked out for a gradient of zero; a function that depends on its input through this alone has no gradient, and
 * `tf.grad` says so.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const engine = tf.engine();
  engine.backend.incRef(x.dataId);
  return engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype }) as T;
}

/** base^exponent for a whole exponent >= 0, by multiplication alone: the same on every machine. */
function wholePower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Puts what an update kernel returns into the variables; kernels that work in place return nothing. */
function update(
  kernelName: string,
  gradient: tf.Tensor,
  variables: Readonly<Record<string, tf.Variable>>,
  attributes: AdamAttributes | MomentumAttributes,
): void {
  tf.tidy(() => {
    const results = tf
      .engine()
      .runKernel<tf.Tensor[]>(kernelName, { gradient, ...variables }, attributes as unknown as tf.NamedAttrMap);
    Object.values(variables).forEach((variable, index) => {
      const result = results[index];
      if (result !== undefined) variable.assign(result);
    });
  });
}

/** What Adam's update number `step`, from 1, takes its moments by. */
export function adamRates(
  learningRate: number,
  { beta1, beta2 }: Pick<AdamAttributes, 'beta1' | 'beta2'>,
  step: number,
): AdamRates {
  if (!Number.isInteger(step) || step < 1) throw new RangeError(`Adam's step is a whole number from 1, not ${step}`);
  return {
    stepSize: learningRate / (1 - wholePower(beta1, step)),
    correction: Math.sqrt(1 - wholePower(beta2, step)),
  };
}

/**
 * One Adam update of one variable, as in PyTorch: g += decay w; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
 * w -= rate / (1 - b1^step) m / (sqrt(v / (1 - b2^step)) + epsilon). `weightDecay` is an L2 penalty, added to the
 * gradient (PyTorch's Adam, not AdamW). Disposes nothing of the caller's.
 */
export function adamUpdate(
  variable: tf.Variable,
  gradient: tf.Tensor,
  state: { readonly m: tf.Variable; readonly v: tf.Variable },
  attributes: AdamAttributes,
): void {
  update(ADAM_UPDATE, gradient, { variable, m: state.m, v: state.v }, attributes);
}

/**
 * One update of stochastic gradient descent as in PyTorch: v = momentum v + (g + decay w); w -= rate v. `weightDecay`
 * is an L2 penalty.
 */
export function momentumUpdate(
  variable: tf.Variable,
  gradient: tf.Tensor,
  velocity: tf.Variable,
  attributes: MomentumAttributes,
): void {
  update(MOMENTUM_UPDATE, gradient, { variable, velocity }, attributes);
}
