import * as tf from '@tensorflow/tfjs-core';
import { imageBatches } from '../../data/batches.ts';
import { landmarkBatches } from '../../data/landmark-batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildLandmarkNet } from '../../models/landmark-net.ts';
import type { LandmarkNet } from '../../models/landmark-net.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import { trainMultiTask } from '../../training/multi-task.ts';
import { batchOptions, imageFeed } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { TrainedWildMethod, WildMethod, WildShape } from './method.ts';
import { directPace, netConfig, probabilities, wildShapeOf } from './shape.ts';

/**
 * Our reading of RN+LAF+ADA (G. Hu et al., "Deep Multi-Task Learning to Recognise Subtle Facial Expressions of Mental
 * States", ECCV 2018), whose exact build is not public knowledge: docs/paper-to-code.md says what we made of it.
 */
export const rnLafAda: WildMethod = {
  name: 'rn-laf-ada',
  async train(task) {
    const { options, wild, random } = task;
    const shape = wildShapeOf(task);
    const net = build(shape, random.fork('classifier'));
    return disposingOnError([net], async () => {
      const cut = batchOptions(options, options.pretrainE.batch, random);
      const ofWild = imageFeed(imageBatches(asPeaks(task.train), 'peak', cut), shape.classes);
      const ofAnnotated = landmarkBatches(await task.landmarks(), cut);
      await trainMultiTask(net, { ...directPace(task), ...wild.multiTask }, () => {
        const { images, landmarks, shape: size } = ofAnnotated.next().value;
        return {
          wild: ofWild(),
          annotated: { images: tf.tensor4d(images, [...size]), landmarks: tf.tensor2d(landmarks, [size[0], 136]) },
        };
      });
      return trained(net, shape);
    });
  },
  restore(task) {
    const net = build(task, null);
    return disposingOnErrorSync([net], () => {
      importTensors(net, task.tensors, 'classifier.');
      return trained(net, task);
    });
  },
};

function build(shape: WildShape, random: Parameters<typeof buildLandmarkNet>[3]): LandmarkNet {
  const { net, multiTask } = shape.wild;
  return buildLandmarkNet(netConfig(shape, net), shape.classes, multiTask.domainUnits, random);
}

function trained(net: LandmarkNet, shape: WildShape): TrainedWildMethod {
  return {
    predict: (images) => probabilities(images, shape, (batch) => net.look(batch, INFERENCE).logits),
    tensors: () => exportTensors(net, 'classifier.'),
    dispose: () => net.dispose(),
  };
}
