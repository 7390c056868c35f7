import * as tf from '@tensorflow/tfjs-core';
import {
  ACTIVATION_BIAS_GRAD,
  ACTIVATION_GRAD,
  ADAM_UPDATE,
  BATCH_NORM,
  BATCH_NORM_GRAD,
  CONV_BIAS,
  MOMENTUM_UPDATE,
  SIGMOID_GRAD,
  TANH_GRAD,
} from '../composed-kernels.ts';
import type { Activation, AdamAttributes, ConvBiasAttributes, MomentumAttributes } from '../composed-kernels.ts';
import { perStepTensor } from '../steps.ts';
import { type Attribute, type Binding, UPDATE } from './graph/binding.ts';

/**
 * TensorFlow's own fused operations, in place of the compositions in composed-kernels.ts: there a rectifier's gradient
 * is seven passes over memory, here one.
 */

/** The part of tfjs-node's backend that runs an operation of TensorFlow by name. */
interface NativeBackend {
  readonly binding: Binding;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

interface ActivationAttributes {
  readonly activation: Activation;
  readonly alpha: number;
}

interface Changing {
  readonly of: () => unknown;
  readonly values: readonly number[];
  readonly tensors: readonly tf.Scalar[];
}

/** Operands of updates that are numbers, as tensors. All weights of a network share them. */
class Kept {
  readonly #constants = new Map<number, tf.Scalar>();
  #changing: Changing = { of: () => undefined, values: [], tensors: [] };

  constant(value: number): tf.Scalar {
    const known = this.#constants.get(value) ?? tf.keep(tf.scalar(value));
    this.#constants.set(value, known);
    return known;
  }

  /** Numbers that differ from step to step. Those of the last asker are kept for others who ask for the same. */
  changing<T>(of: () => T, numbers: readonly ((now: T) => number)[]): readonly tf.Scalar[] {
    const now = of();
    const values = numbers.map((number) => number(now));
    const last = this.#changing;
    if (last.of === of && values.every((value, index) => value === last.values[index])) return last.tensors;
    for (const tensor of last.tensors) tensor.dispose();
    const tensors = numbers.map((number) =>
      tf.keep(perStepTensor<tf.Rank.R0>(() => Float32Array.of(number(of())), [])),
    );
    this.#changing = { of, values, tensors };
    return tensors;
  }
}

/** One TensorFlow, its operations as functions. Every tensor is float32 with the channels last. */
class Operations {
  readonly kept = new Kept();
  readonly #backend: NativeBackend;
  readonly #type: Attribute;
  readonly #layout: Attribute;

  constructor(backend: NativeBackend) {
    const { binding } = backend;
    this.#backend = backend;
    this.#type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    this.#layout = { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' };
  }

  run(name: string, inputs: readonly tf.TensorInfo[], attributes: readonly Attribute[] = []): tf.Tensor {
    return this.#backend.executeSingleOutput(name, [this.#type, ...attributes], inputs);
  }

  slope(alpha: number): Attribute {
    return { name: 'alpha', type: this.#backend.binding.TF_ATTR_FLOAT, value: alpha };
  }

  activate(x: tf.Tensor, { activation, alpha }: ActivationAttributes): tf.Tensor {
    if (activation === 'linear') return x;
    return activation === 'relu' ? this.run('Relu', [x]) : this.run('LeakyRelu', [x], [this.slope(alpha)]);
  }

  /** The gradient before the activation, read off its output, which has the input's sign. */
  throughActivation(dy: tf.Tensor, y: tf.Tensor, { activation, alpha }: ActivationAttributes): tf.Tensor {
    if (activation === 'linear') return dy;
    return activation === 'relu' || alpha === 0
      ? this.run('ReluGrad', [dy, y])
      : this.run('LeakyReluGrad', [dy, y], [this.slope(alpha)]);
  }

  /** Runs an operation that changes its first `states.length` operands in place, on copies: what it makes of them. */
  update(name: string, states: readonly tf.TensorInfo[], others: readonly tf.TensorInfo[]): tf.Tensor[] {
    return this.#backend.executeMultipleOutputs(UPDATE + name, [this.#type], [...states, ...others], states.length);
  }

  addBias(x: tf.TensorInfo, bias: tf.TensorInfo): tf.Tensor {
    return this.run('BiasAdd', [x, bias], [this.#layout]);
  }

  biasGradient(dz: tf.TensorInfo): tf.Tensor {
    return this.run('BiasAddGrad', [dz], [this.#layout]);
  }

  #normAttributes(epsilon: number): Attribute[] {
    const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_FLOAT } = this.#backend.binding;
    return [
      this.#type,
      { name: 'U', type: TF_ATTR_TYPE, value: TF_FLOAT },
      { name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon },
      { name: 'is_training', type: TF_ATTR_BOOL, value: true },
      this.#layout,
    ];
  }

  /** y, and mean and variance (divided by the batch's size) of each channel. */
  batchNorm(x: tf.TensorInfo, gamma: tf.TensorInfo, beta: tf.TensorInfo, epsilon: number): tf.Tensor[] {
    const nothing = tf.tensor1d([]);
    const inputs = [x, gamma, beta, nothing, nothing];
    const outputs = this.#backend.executeMultipleOutputs('FusedBatchNormV3', this.#normAttributes(epsilon), inputs, 6);
    // The second and third output have Bessel's correction; what is kept for the gradient has not.
    return [outputs[0], outputs[3], outputs[4]] as tf.Tensor[];
  }

  batchNormGradient(
    dz: tf.TensorInfo,
    x: tf.TensorInfo,
    gamma: tf.TensorInfo,
    mean: tf.TensorInfo,
    variance: tf.TensorInfo,
    epsilon: number,
  ): tf.Tensor[] {
    const inputs = [dz, x, gamma, mean, variance, tf.tensor1d([])];
    return this.#backend
      .executeMultipleOutputs('FusedBatchNormGradV3', this.#normAttributes(epsilon), inputs, 5)
      .slice(0, 3);
  }
}

type Inputs = Readonly<Record<string, tf.Tensor>>;

function input(inputs: Inputs, name: string): tf.Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`the kernel was called without its input ${name}`);
  return tensor;
}

type FusedKernel<Attributes> = (
  inputs: Inputs,
  attributes: Attributes,
  operations: Operations,
) => tf.Tensor | tf.Tensor[];

/** One set of operations for each backend, so that it keeps what it needs again. */
const operationsOf = new WeakMap<object, Operations>();

function operationsFor(backend: object): Operations {
  const known = operationsOf.get(backend);
  if (known !== undefined) return known;
  const operations = new Operations(backend as NativeBackend);
  operationsOf.set(backend, operations);
  return operations;
}

function replace<Attributes>(kernelName: string, kernel: FusedKernel<Attributes>): void {
  const backendName = 'tensorflow';
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const operations = operationsFor(backend);
      // The registry is untyped; ops.ts and gradients.ts are the only callers and pass these inputs and attributes.
      return tf.tidy(() => kernel(inputs as unknown as Inputs, attrs as unknown as Attributes, operations));
    },
  });
}

function decayed(gradient: tf.Tensor, variable: tf.Tensor, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(variable, weightDecay));
}

/** [batch, features] seen as pictures of one pixel: the fused normalisation knows pictures only. */
function asPictures(x: tf.Tensor): tf.Tensor4D {
  return x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [-1, 1, 1, x.shape.at(-1) ?? 1]);
}

/**
 * To be called once, when the native backend is there.
 *
 * @param onGpu cuDNN keeps other numbers between a normalisation and its gradient, so there it stays composed
 */
export function registerFusedKernels(onGpu: boolean): void {
  replace<{ alpha: number }>(ACTIVATION_GRAD, (inputs, { alpha }, operations) =>
    operations.throughActivation(input(inputs, 'dy'), input(inputs, 'y'), { activation: 'leakyRelu', alpha }),
  );
  replace(TANH_GRAD, (inputs, _, operations) => operations.run('TanhGrad', [input(inputs, 'y'), input(inputs, 'dy')]));
  replace(SIGMOID_GRAD, (inputs, _, operations) =>
    operations.run('SigmoidGrad', [input(inputs, 'y'), input(inputs, 'dy')]),
  );
  replace<ConvBiasAttributes>(CONV_BIAS, (inputs, { strides, pad, activation, alpha }, operations) => {
    const [x, filter] = [input(inputs, 'x') as tf.Tensor4D, input(inputs, 'filter') as tf.Tensor4D];
    const biased = operations.addBias(tf.conv2d(x, filter, strides, pad), input(inputs, 'bias'));
    return operations.activate(biased, { activation, alpha });
  });
  replace<ActivationAttributes>(ACTIVATION_BIAS_GRAD, (inputs, attributes, operations) => {
    const dy = input(inputs, 'dy');
    const dz = operations.throughActivation(dy, input(inputs, 'y'), attributes);
    return [dz === dy ? tf.clone(dy) : dz, operations.biasGradient(dz)];
  });
  replace<AdamAttributes>(ADAM_UPDATE, (inputs, attributes, operations) => {
    const variable = input(inputs, 'variable');
    const { beta1, beta2, epsilon, weightDecay } = attributes;
    const { kept } = operations;
    // TensorFlow's form: w -= rate m / (sqrt(v) + epsilon), and with powers of zero it corrects no bias: ours is in the
    // step size already, and divides both sides of the fraction by the correction.
    const zero = kept.constant(0);
    const [rate, scaledEpsilon] = kept.changing(attributes.rates, [
      ({ stepSize, correction }) => stepSize * correction,
      ({ correction }) => epsilon * correction,
    ]) as [tf.Scalar, tf.Scalar];
    const scalars = [zero, zero, rate, kept.constant(beta1), kept.constant(beta2), scaledEpsilon];
    const gradient = decayed(input(inputs, 'gradient'), variable, weightDecay);
    return operations.update('ResourceApplyAdam', [variable, input(inputs, 'm'), input(inputs, 'v')], [...scalars, gradient]); // prettier-ignore
  });
  replace<MomentumAttributes>(MOMENTUM_UPDATE, (inputs, { learningRate, momentum, weightDecay }, operations) => {
    const variable = input(inputs, 'variable');
    const gradient = decayed(input(inputs, 'gradient'), variable, weightDecay);
    const [rate] = operations.kept.changing(learningRate, [(now) => now]) as [tf.Scalar];
    const others = [rate, gradient, operations.kept.constant(momentum)];
    return operations.update('ResourceApplyMomentum', [variable, input(inputs, 'velocity')], others);
  });
  if (onGpu) return;
  replace<ActivationAttributes & { epsilon: number }>(BATCH_NORM, (inputs, attributes, operations) => {
    const x = input(inputs, 'x');
    const [y, mean, variance] = operations.batchNorm(
      asPictures(x),
      input(inputs, 'gamma'),
      input(inputs, 'beta'),
      attributes.epsilon,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [tf.reshape(operations.activate(y, attributes), x.shape), mean, variance];
  });
  replace<ActivationAttributes & { epsilon: number }>(BATCH_NORM_GRAD, (inputs, attributes, operations) => {
    const x = input(inputs, 'x');
    const dz = operations.throughActivation(input(inputs, 'dy'), input(inputs, 'y'), attributes);
    const [dx, dGamma, dBeta] = operations.batchNormGradient(
      asPictures(dz),
      asPictures(x),
      input(inputs, 'gamma'),
      input(inputs, 'mean'),
      input(inputs, 'variance'),
      attributes.epsilon,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [tf.reshape(dx, x.shape), dGamma, dBeta];
  });
}
