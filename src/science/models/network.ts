import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../base/random.ts';
import type { Training } from '../../params/training.ts';

/** How weights start. `he`: N(0, 2 / fan-in), biases 0. `gaussian`: N(0, sd), biases `bias` (the paper: 0.01 and 1). */
export type Initialization = Training['model']['init'];

/** Whether a pass may use and update batch statistics. */
export interface Pass {
  readonly training: boolean;
}

/**
 * A set of named weights. Names follow PyTorch's habits (`features.0.weight`, `layer1.0.bn1.running_mean`); the layout
 * stays TensorFlow's: convolutions [height, width, in, out], transposed convolutions [height, width, out, in], dense
 * layers [in, out].
 */
export interface Network {
  /** What the optimiser moves, in the order of construction. */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /** What training updates without a gradient: moving averages. */
  readonly buffers: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/** Collects the weights of a network under construction. Each is drawn from a stream of its own, named after it. */
export class NetworkBuilder {
  readonly #weights = new Map<string, tf.Variable>();
  readonly #buffers = new Map<string, tf.Variable>();
  readonly #initialization: Initialization;
  readonly #random: Random | null;

  /** @param random null leaves kernels at zero: for networks whose weights are read from a checkpoint next */
  constructor(initialization: Initialization, random: Random | null) {
    this.#initialization = initialization;
    this.#random = random;
  }

  /** A kernel of a layer with `fanIn` inputs a unit. */
  kernel<R extends tf.Rank>(name: string, shape: tf.ShapeMap[R], fanIn: number): tf.Variable<R> {
    const { kind, sd } = this.#initialization;
    const scale = kind === 'he' ? Math.sqrt(2 / fanIn) : sd;
    const random = this.#random?.fork(name);
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    if (random !== undefined) for (let i = 0; i < values.length; i++) values[i] = scale * random.normal();
    return this.#add(this.#weights, name, values, shape, true);
  }

  bias(name: string, size: number): tf.Variable<tf.Rank.R1> {
    return this.constant(name, [size], this.#initialization.kind === 'he' ? 0 : this.#initialization.bias);
  }

  /** A trainable weight with the same value everywhere. */
  constant<R extends tf.Rank>(name: string, shape: tf.ShapeMap[R], value: number): tf.Variable<R> {
    const values = new Float32Array(tf.util.sizeFromShape(shape)).fill(value);
    return this.#add(this.#weights, name, values, shape, true);
  }

  /** A vector that is not trained by gradients. */
  buffer(name: string, size: number, value: number): tf.Variable<tf.Rank.R1> {
    return this.#add(this.#buffers, name, new Float32Array(size).fill(value), [size], false);
  }

  finish(): Network {
    const [weights, buffers] = [this.#weights, this.#buffers];
    return {
      weights,
      buffers,
      dispose() {
        for (const variable of [...weights.values(), ...buffers.values()]) variable.dispose();
      },
    };
  }

  #add<R extends tf.Rank>(
    into: Map<string, tf.Variable>,
    name: string,
    values: Float32Array,
    shape: tf.ShapeMap[R],
    trainable: boolean,
  ): tf.Variable<R> {
    if (this.#weights.has(name) || this.#buffers.has(name)) throw new Error(`two weights are named ${name}`);
    const initial = tf.tensor<R>(values, shape, 'float32');
    const variable = tf.variable(initial, trainable);
    initial.dispose();
    into.set(name, variable);
    return variable;
  }
}

/** Number of trainable numbers. */
export function parameterCount(network: Network): number {
  let count = 0;
  for (const variable of network.weights.values()) count += variable.size;
  return count;
}
