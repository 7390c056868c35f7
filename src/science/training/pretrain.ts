import type * as tf from '@tensorflow/tfjs-core';
import { contentEnergy } from '../losses/losses.ts';
import type { Classifier } from '../models/base-net.ts';
import type { Generator } from '../models/generator.ts';
import { pullBack, record } from '../../compute/tape.ts';
import type { NextBatch, ImageTensors } from './batch.ts';
import { runSteps } from './loop.ts';
import type { LoopOptions, Measures, Progress } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import type { OptimizerOptions } from './optimizer.ts';
import { classifierPlayerLoss, weightsOf } from './players.ts';
import { resumable } from './resumable.ts';

export interface SoloOptions extends LoopOptions {
  readonly learningRate: number;
  readonly optimizer: OptimizerOptions;
}

/**
 * Trains a BaseNet with the cross-entropy of Eq. 11: "Pre-train E on peak expression sets" (Algorithm 1), and all there
 * is to the paper's `CNN` (§4.3).
 *
 * @param nextBatch makes the next batch; only from a `Feed` can the training be continued after a kill
 * @throws DivergenceError where the loss stops being finite
 */
export async function trainClassifier(
  classifier: Classifier,
  options: SoloOptions,
  nextBatch: NextBatch<ImageTensors>,
): Promise<void> {
  const optimizer = createOptimizer(classifier, options.optimizer);
  const trained = resumable({ networks: { classifier }, optimizers: { classifier: optimizer }, nextBatch });
  const takeStep = ({ rateFactor }: Progress): Measures => {
    const { loss, gradients, parts } = classifierPlayerLoss(classifier, nextBatch());
    optimizer.apply(gradients, () => options.learningRate * rateFactor());
    return { classifier: loss, ...parts };
  };
  try {
    await runSteps(options, 'classifier', takeStep, trained);
  } finally {
    optimizer.dispose();
  }
}

/**
 * "Pre-train the encoder and decoder on facial images" (Algorithm 1): G as an autoencoder of any pictures, without
 * F_exp, with the mean squared error of Eq. 1.
 *
 * @param generator one without an expression input
 * @param nextBatch makes the next batch; only from a `Feed` can the training be continued after a kill
 * @throws DivergenceError where the loss stops being finite
 */
export async function trainAutoencoder(
  generator: Generator,
  options: SoloOptions,
  nextBatch: NextBatch<tf.Tensor4D>,
): Promise<void> {
  const optimizer = createOptimizer(generator, options.optimizer);
  const trained = resumable({ networks: { generator }, optimizers: { generator: optimizer }, nextBatch });
  const takeStep = ({ rateFactor }: Progress): Measures =>
    record(() => {
      const images = nextBatch();
      const loss = contentEnergy(images, generator.reconstruct(images), 'mean');
      optimizer.apply(pullBack(loss, weightsOf(generator)), () => options.learningRate * rateFactor());
      return { reconstruction: loss };
    });
  try {
    await runSteps(options, 'reconstruction', takeStep, trained);
  } finally {
    optimizer.dispose();
  }
}
