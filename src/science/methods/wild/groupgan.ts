import { testImages } from '../../data/batches.ts';
import { DataError } from '../../data/data-error.ts';
import type { PairSet } from '../../data/prepared/prepared.ts';
import { asPeaks, chosen, easyPictures, pairByClass } from '../../data/still-pairs.ts';
import type { StillSet } from '../../data/stills.ts';
import { buildClassifier } from '../../models/base-net.ts';
import { importTensors } from '../../models/state.ts';
import type { TensorMap } from '../../models/state.ts';
import { cnn } from '../cnn.ts';
import { groupGan2v2 } from '../gan.ts';
import type { TrainedMethod } from '../method.ts';
import type { MethodOptions } from '../options.ts';
import { INFERENCE } from '../predict.ts';
import type { TrainedWildMethod, WildMethod, WildShape, WildTask } from './method.ts';
import { methodShape, netConfig, probabilities, wildShapeOf } from './shape.ts';
import { softmaxRows } from './softmax.ts';

/**
 * GroupGAN (2v2) on pictures without sequences (§4.1, §4.3): the peaks are pictures that the pretrained classifier finds
 * easy, and the perceptual energy (Eq. 20) takes the place of the pixel energy, for weak picture and peak show different
 * people.
 */
export const groupgan: WildMethod = {
  name: 'groupgan',
  async train(task) {
    const { options, wild, pretrained, random, onReport, signal, checkpoints } = task;
    const train = pairsOf(task);
    const perceptual = withPerceptualContent(options);
    const inner = { net: wild.net, train, options: perceptual, pretrained, random, onReport, signal, checkpoints };
    return trained(await groupGan2v2.train(inner), wildShapeOf(task));
  },
  restore(task) {
    const inner = { ...methodShape(task, task.wild.net), tensors: task.tensors };
    return trained(groupGan2v2.restore(inner), task);
  },
};

/** Weak pictures of the training set, each with a peak of its class: what the four players see. */
export function pairsOf(task: WildTask): PairSet {
  const { train, val, wild, random, pretrained } = task;
  if (pretrained.classifier === undefined) throw new Error('easy pictures are chosen by a pretrained classifier');
  const source = wild.easyFrom === 'train' ? train : val;
  if (source.labels.length === 0) {
    const advice = 'Set it to train';
    throw new DataError({
      where: 'wild.easyFrom',
      expected: 'pictures that can serve as peaks',
      found: 'none',
      advice,
    });
  }
  const sure = certainty(source, wildShapeOf(task), pretrained.classifier);
  const easy = easyPictures(source, sure, wild.easyShare);
  // A picture is weak or peak, never both: D' learns to tell the two apart.
  const easyRows = new Set(wild.easyFrom === 'train' ? easy : []);
  const weak = [...train.labels.keys()].filter((row) => !easyRows.has(row));
  return pairByClass(chosen(train, weak), chosen(source, easy), random.fork('pairs'));
}

/** Probability that the pretrained classifier gives to the true class of each picture. */
function certainty(set: StillSet, shape: WildShape, tensors: TensorMap): number[] {
  const classifier = buildClassifier(netConfig(shape, shape.wild.net), shape.classes, null);
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

function trained(method: TrainedMethod, shape: WildShape): TrainedWildMethod {
  const { magnify } = method;
  if (magnify === undefined) throw new Error('GroupGAN magnifies');
  // C alone: what it says of the pictures as they are.
  const classifier = cnn.restore({ ...methodShape(shape, shape.wild.net), tensors: method.tensors() });
  return {
    predict: (images) => softmaxRows(method.predict(images), shape.classes),
    magnifier: {
      magnify,
      predictUnmagnified: (images) => softmaxRows(classifier.predict(images), shape.classes),
    },
    tensors: () => method.tensors(),
    dispose() {
      method.dispose();
      classifier.dispose();
    },
  };
}
