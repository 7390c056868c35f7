import { testImages } from '../../data/batches.ts';
import { DataError } from '../../data/data-error.ts';
import type { PairSet } from '../../data/prepared/prepared.ts';
import { asPeaks, chosen, easyPictures, pairByClass } from '../../data/still-pairs.ts';
import type { StillSet } from '../../data/stills.ts';
import { buildClassifier } from '../../models/base-net.ts';
import { importTensors } from '../../models/state.ts';
import type { TensorMap } from '../../models/state.ts';
import { gamePace, groupGan2v2 } from '../gan.ts';
import type { MethodShape, StillMethod, StillTraining, TrainedMethod } from '../method.ts';
import { baseNetConfig } from '../networks.ts';
import { type MethodOptions, systemOption } from '../options.ts';
import { INFERENCE } from '../predict.ts';
import { shapeOf } from '../pretraining.ts';
import { probabilities, softmaxRows } from './probabilities.ts';

/**
 * GroupGAN (2v2) on pictures without sequences (§4.1, §4.3): the peaks are pictures that the pretrained classifier finds
 * easy, and the perceptual energy (Eq. 20) takes the place of the pixel energy, for weak picture and peak show different
 * people.
 */
export const groupgan: StillMethod = {
  reads: 'stills',
  pace: gamePace,
  async train(task) {
    const game = { ...task, train: pairsOf(task), options: withPerceptualContent(task.options) };
    return withProbabilities(await groupGan2v2.train(game), task.train.classes.length);
  },
  restore: (task) => withProbabilities(groupGan2v2.restore(task), task.classes),
};

/** Weak pictures of the training set, each with a peak of its class: what the four players see. */
export function pairsOf(task: StillTraining): PairSet {
  const { train, val, options, random, pretrained } = task;
  const from = systemOption(options, 'easyFrom');
  if (pretrained.classifier === undefined) throw new Error('easy pictures are chosen by a pretrained classifier');
  const source = from === 'train' ? train : val;
  if (source.labels.length === 0) {
    const advice = 'Set it to train';
    throw new DataError({
      where: 'systems.easyFrom of the task',
      expected: 'pictures that can serve as peaks',
      found: 'none',
      advice,
    });
  }
  const sure = certainty(source, shapeOf(task), pretrained.classifier);
  const easy = easyPictures(source, sure, systemOption(options, 'easyShare'));
  // A picture is weak or peak, never both: D' learns to tell the two apart.
  const easyRows = new Set(from === 'train' ? easy : []);
  const weak = [...train.labels.keys()].filter((row) => !easyRows.has(row));
  return pairByClass(chosen(train, weak), chosen(source, easy), random.fork('pairs'));
}

/** Probability that the pretrained classifier gives to the true class of each picture. */
function certainty(set: StillSet, shape: MethodShape, tensors: TensorMap): number[] {
  const classifier = buildClassifier(baseNetConfig(shape), shape.classes, null);
  try {
    importTensors(classifier, tensors, 'classifier.');
    const batches = testImages(asPeaks(set), 'peak', { cropSize: shape.options.augment.crop, batch: 64 });
    return [...batches].flatMap(({ images, labels }) => {
      const found = probabilities(images, shape, (batch) => classifier.classify(batch, INFERENCE));
      return Array.from(labels, (label, row) => found[row * shape.classes + label] ?? 0);
    });
  } finally {
    classifier.dispose();
  }
}

function withPerceptualContent(options: MethodOptions): MethodOptions {
  return { ...options, content: { ...options.content, kind: 'perceptual' } };
}

function withProbabilities(method: TrainedMethod, classes: number): TrainedMethod {
  const { magnifier } = method;
  if (magnifier === undefined) throw new Error('GroupGAN magnifies');
  return {
    ...method,
    predict: (images) => softmaxRows(method.predict(images), classes),
    magnifier: {
      ...magnifier,
      predictUnmagnified: (images) => softmaxRows(magnifier.predictUnmagnified(images), classes),
    },
  };
}
