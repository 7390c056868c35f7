import * as tf from '@tensorflow/tfjs-core';
import { lowImportance, rankEnergy, relabelled, weightedClassificationEnergy } from '../losses/self-cure.ts';
import type { SelfCureNet } from '../models/self-cure-net.ts';
import type { AllSystems } from '../../params/tasks.ts';
import { pullBack, record, unrecorded } from '../../compute/tape.ts';
import type { NextBatch, ImageTensors } from './batch.ts';
import { type Measures, type Progress, runSteps } from './loop.ts';
import { createOptimizer } from './optimizer.ts';
import { accuracy, weightsOf } from './players.ts';
import type { SoloOptions } from './pretrain.ts';
import { resumable } from './resumable.ts';

/** SCN's numbers; the defaults in params/default.yaml are its paper's. */
export type SelfCureOptions = AllSystems['selfCure'];

/** A batch, and which pictures of the set it shows. */
export interface LabelledTensors extends ImageTensors {
  /** Class numbers, shape [batch]. */
  readonly labels: Int32Array;
  /** Rows of the set, shape [batch]. */
  readonly rows: Int32Array;
}

/**
 * Trains with SCN's three parts: importance, ranking, relabelling. The ranking decides by numbers, so every step reads
 * its batch's importance back from the backend.
 *
 * @param nextBatch makes the next batch; its tensors belong to the current `tf.tidy`. Its state is to hold the new labels
 * @param relabel told the new label of a row; later batches should show it
 * @throws DivergenceError where a loss stops being finite
 */
export async function trainSelfCuring(
  net: SelfCureNet,
  options: SoloOptions & SelfCureOptions,
  nextBatch: NextBatch<LabelledTensors>,
  relabel: (row: number, label: number) => void,
): Promise<void> {
  const { rankWeight, highShare, rankMargin, relabelMargin } = options;
  const warm = Math.round(options.warmUp * options.iterations);
  const optimizer = createOptimizer(net, options.optimizer);
  const trained = resumable({ networks: { classifier: net }, optimizers: { classifier: optimizer }, nextBatch });
  const takeStep = ({ step, rateFactor }: Progress): Measures =>
    record(() => {
      const { images, oneHot, labels, rows } = nextBatch();
      const { logits, importance } = net.judge(images, { training: true });
      const low = lowImportance(importance.dataSync<'float32'>(), highShare);
      const classification = weightedClassificationEnergy(logits, importance, oneHot);
      const rank = rankEnergy(importance, low, rankMargin);
      const loss = tf.add<tf.Scalar>(tf.mul(classification, 1 - rankWeight), tf.mul(rank, rankWeight));
      optimizer.apply(pullBack(loss, weightsOf(net)), () => options.learningRate * rateFactor());
      let changed = 0;
      if (step() >= warm) {
        const probabilities = unrecorded(() => tf.softmax(tf.mul<tf.Tensor2D>(logits, importance)));
        const renewed = relabelled(probabilities.dataSync<'float32'>(), labels, low, relabelMargin);
        renewed.forEach((label, at) => {
          if (label === labels[at]) return;
          changed += 1;
          relabel(rows[at] ?? -1, label);
        });
      }
      return {
        classifier: loss,
        classification,
        rank,
        accuracy: accuracy(logits, oneHot),
        relabelled: tf.scalar(changed / rows.length),
      };
    });
  try {
    await runSteps(options, 'classifier', takeStep, trained);
  } finally {
    optimizer.dispose();
  }
}
