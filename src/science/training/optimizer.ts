import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../models/network.ts';
import type { Training } from '../../params/training.ts';
import { adamRates, adamUpdate, momentumUpdate } from '../../compute/ops.ts';
import { perStep } from '../../compute/steps.ts';

export type OptimizerOptions = Training['optimizer'];

/** Moves the weights of one network. */
export interface Optimizer {
  /**
   * One update with the gradients of `network.weights`, in their order.
   *
   * @param learningRate asked for in every step; 0 leaves the weights where they are
   */
  apply(gradients: readonly tf.Tensor[], learningRate: () => number): void;
  /** Velocities, or Adam's moments, by the names of their weights: `first.NAME` and `second.NAME`. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Updates so far, from which Adam corrects its moments. */
  steps(): number;
  /** Goes on after so many updates; `variables` are set apart. */
  restoreSteps(steps: number): void;
  dispose(): void;
}

const ADAM_EPSILON = 1e-8;

/** An optimiser for one network; its state starts at zero. */
export function createOptimizer(network: Network, options: OptimizerOptions): Optimizer {
  const slots = [...network.weights].map(([name, variable]) => ({
    name,
    variable,
    first: zerosLike(variable),
    // Plain momentum needs no second moment.
    second: options.kind === 'adam' ? zerosLike(variable) : null,
  }));
  const { momentum, beta1, beta2, weightDecay } = options;
  let step = 0;
  return {
    apply(gradients, learningRate) {
      if (gradients.length !== slots.length) {
        throw new Error(`an update of ${slots.length} weights was given ${gradients.length} gradients`);
      }
      const now = perStep(() => {
        step += 1;
        const rate = learningRate();
        return { learningRate: rate, ...adamRates(rate, options, step) };
      });
      const currentRate = (): number => now().learningRate;
      slots.forEach(({ variable, first, second }, index) => {
        const gradient = gradients[index] as tf.Tensor;
        if (second === null) {
          momentumUpdate(variable, gradient, first, { learningRate: currentRate, momentum, weightDecay });
        } else {
          const adam = { beta1, beta2, epsilon: ADAM_EPSILON, weightDecay, rates: now };
          adamUpdate(variable, gradient, { m: first, v: second }, adam);
        }
      });
    },
    variables: new Map(
      slots.flatMap(({ name, first, second }): [string, tf.Variable][] =>
        second === null
          ? [[`first.${name}`, first]]
          : [
              [`first.${name}`, first],
              [`second.${name}`, second],
            ],
      ),
    ),
    steps: () => step,
    restoreSteps: (steps) => {
      step = steps;
    },
    dispose() {
      for (const { first, second } of slots) {
        first.dispose();
        second?.dispose();
      }
    },
  };
}

function zerosLike(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
}
