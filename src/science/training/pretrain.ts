import type * as tf from '@tensorflow/tfjs-core';
import { contentEnergy } from '../losses/losses.ts';
import type { Classifier } from '../models/base-net.ts';
import type { Generator } from '../models/generator.ts';
import { pullBack, record } from '../tensor/tape.ts';
import type { ImageTensors } from './batch.ts';
import { runSteps } from './loop.ts';
import type { LoopOptions } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import type { OptimizerOptions } from './optimizer.ts';
import { classifierTurn, weightsOf } from './players.ts';

export interface SoloOptions extends LoopOptions {
  readonly learningRate: number;
  readonly optimizer: OptimizerOptions;
}

/**
 * Trains a BaseNet with the cross-entropy of Eq. 11: "Pre-train E on peak expression sets" (Algorithm 1), and all there
 * is to the paper's `CNN` (§4.3).
 *
 * @param draw makes the next batch; its tensors belong to the current `tf.tidy`
 * @throws DivergenceError where the loss stops being finite
 */
export async function trainClassifier(
  classifier: Classifier,
  options: SoloOptions,
  draw: () => ImageTensors,
): Promise<void> {
  const optimizer = createOptimizer(classifier, options.optimizer);
  try {
    await runSteps(options, 'classifier', (_step, rateFactor) => {
      const { loss, gradients, parts } = classifierTurn(classifier, draw());
      optimizer.apply(gradients, options.learningRate * rateFactor);
      return { classifier: loss, ...parts };
    });
  } finally {
    optimizer.dispose();
  }
}

/**
 * "Pre-train the encoder and decoder on facial images" (Algorithm 1): G as an autoencoder of any pictures, without
 * F_exp, with the mean squared error of Eq. 1.
 *
 * @param generator one without an expression input
 * @param draw makes the next batch; its tensors belong to the current `tf.tidy`
 * @throws DivergenceError where the loss stops being finite
 */
export async function trainAutoencoder(
  generator: Generator,
  options: SoloOptions,
  draw: () => tf.Tensor4D,
): Promise<void> {
  const optimizer = createOptimizer(generator, options.optimizer);
  try {
    await runSteps(options, 'reconstruction', (_step, rateFactor) =>
      record(() => {
        const images = draw();
        const loss = contentEnergy(images, generator.reconstruct(images), 'mean');
        optimizer.apply(pullBack(loss, weightsOf(generator)), options.learningRate * rateFactor);
        return { reconstruction: loss };
      }),
    );
  } finally {
    optimizer.dispose();
  }
}
