import * as tf from '@tensorflow/tfjs-core';
import { classificationEnergy } from '../losses/losses.ts';
import { domainEnergy, landmarkEnergy } from '../losses/multi-task.ts';
import type { LandmarkNet } from '../models/landmark-net.ts';
import type { AllSystems } from '../../params/tasks.ts';
import { reverseGradient } from '../../compute/gradient-reversal.ts';
import { pullBack, record } from '../../compute/tape.ts';
import type { NextBatch, ImageTensors } from './batch.ts';
import { type Measures, type Progress, runSteps } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import { accuracy, separation, weightsOf } from './players.ts';
import type { SoloOptions } from './pretrain.ts';
import { resumable } from './resumable.ts';

/** The weights of the tasks beside the expression, whose weight is 1. */
export type MultiTaskOptions = Omit<AllSystems['multiTask'], 'domainUnits'>;

/** A batch of an annotated corpus on the backend. */
export interface LandmarkTensors {
  /** [batch, size, size, channels] in [-1, 1]. */
  readonly images: tf.Tensor4D;
  /** [batch, 136] in [-1, 1] across the picture. */
  readonly landmarks: tf.Tensor2D;
}

/** What one step sees. */
export interface MultiTaskBatch {
  readonly wild: ImageTensors;
  readonly annotated: LandmarkTensors;
}

/**
 * Trains the expression on the wild pictures, the landmarks on the annotated ones, and the body to hide which of the
 * two it sees.
 *
 * @param nextBatch makes the next batch; its tensors belong to the current `tf.tidy`
 * @throws DivergenceError where a loss stops being finite
 */
export async function trainMultiTask(
  net: LandmarkNet,
  options: SoloOptions & MultiTaskOptions,
  nextBatch: NextBatch<MultiTaskBatch>,
): Promise<void> {
  const { landmarkWeight, domainWeight, reversal } = options;
  const optimizer = createOptimizer(net, options.optimizer);
  const trained = resumable({ networks: { classifier: net }, optimizers: { classifier: optimizer }, nextBatch });
  const takeStep = ({ rateFactor }: Progress): Measures =>
    record(() => {
      const { wild, annotated } = nextBatch();
      // One pass over both corpora: statistics of one corpus alone would tell the body which one it sees.
      const sight = net.look(tf.concat([wild.images, annotated.images]), { training: true });
      const [ofWild] = halves(sight.logits, wild.images.shape[0]);
      const [, found] = halves(sight.landmarks, wild.images.shape[0]);
      const domains = halves(net.tellDomain(reverseGradient(sight.pooled, reversal)), wild.images.shape[0]);
      const classification = classificationEnergy(ofWild, wild.oneHot);
      const landmarks = landmarkEnergy(annotated.landmarks, found);
      const domain = domainEnergy(...domains);
      const loss = tf.addN([classification, tf.mul(landmarks, landmarkWeight), tf.mul(domain, domainWeight)]);
      optimizer.apply(pullBack(loss, weightsOf(net)), () => options.learningRate * rateFactor());
      return {
        classifier: loss as tf.Scalar,
        classification,
        landmarks,
        domain,
        accuracy: accuracy(ofWild, wild.oneHot),
        domainAccuracy: separation(...domains),
      };
    });
  try {
    await runSteps(options, 'classifier', takeStep, trained);
  } finally {
    optimizer.dispose();
  }
}

/** The rows of the wild pictures, and those after them. */
function halves(x: tf.Tensor2D, first: number): [tf.Tensor2D, tf.Tensor2D] {
  return [tf.slice(x, [0, 0], [first, x.shape[1]]), tf.slice(x, [first, 0])];
}
