import type * as tf from '@tensorflow/tfjs-core';
import { perStep, perStepTensor } from '../../../compute/steps.ts';
import { imageBatches } from '../../data/batches.ts';
import { landmarkBatches } from '../../data/landmark-batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildLandmarkNet } from '../../models/landmark-net.ts';
import type { LandmarkNet } from '../../models/landmark-net.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import type { Feed } from '../../training/batch.ts';
import { type MultiTaskBatch, trainMultiTask } from '../../training/multi-task.ts';
import { batchOptions, imageFeed } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { MethodShape, StillMethod, TrainedMethod } from '../method.ts';
import { baseNetConfig } from '../networks.ts';
import { systemOption } from '../options.ts';
import { shapeOf } from '../pretraining.ts';
import { directOptions, directPace } from './direct-training.ts';
import { probabilities } from './probabilities.ts';

/**
 * Our reading of RN+LAF+ADA (G. Hu et al., "Deep Multi-Task Learning to Recognise Subtle Facial Expressions of Mental
 * States", ECCV 2018), whose exact build is not public knowledge: docs/paper-to-code.md says what we made of it.
 */
export const rnLafAda: StillMethod = {
  reads: 'stills',
  pace: directPace,
  async train(task) {
    const { options, random } = task;
    const shape = shapeOf(task);
    const net = build(shape, random.fork('classifier'));
    return disposingOnError([net], async () => {
      const cut = batchOptions(options, options.pretrainE.batch, random);
      const ofWild = imageFeed(imageBatches(asPeaks(task.train), 'peak', cut), shape.classes);
      const ofAnnotated = landmarkBatches(await task.landmarks(), cut);
      const next = (): MultiTaskBatch => {
        const batch = perStep(() => ofAnnotated.next().value);
        const { shape: size } = batch();
        return {
          wild: ofWild(),
          annotated: {
            images: perStepTensor<tf.Rank.R4>(() => batch().images, [...size]),
            landmarks: perStepTensor<tf.Rank.R2>(() => batch().landmarks, [size[0], 136]),
          },
        };
      };
      const draw: Feed<MultiTaskBatch> = Object.assign(next, {
        state: (): FeedState => ({ wild: ofWild.state(), annotated: ofAnnotated.state() }),
        restore(state: unknown) {
          const { wild, annotated } = state as FeedState;
          ofWild.restore(wild);
          ofAnnotated.restore(annotated);
        },
      });
      await trainMultiTask(net, { ...directOptions(task), ...systemOption(options, 'multiTask') }, draw);
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

/** Where the batches of the two corpora are. */
interface FeedState {
  readonly wild: unknown;
  readonly annotated: ReturnType<ReturnType<typeof landmarkBatches>['state']>;
}

function build(shape: MethodShape, random: Parameters<typeof buildLandmarkNet>[3]): LandmarkNet {
  const { domainUnits } = systemOption(shape.options, 'multiTask');
  return buildLandmarkNet(baseNetConfig(shape), shape.classes, domainUnits, random);
}

function trained(net: LandmarkNet, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) => probabilities(images, shape, (batch) => net.look(batch, INFERENCE).logits),
    tensors: () => exportTensors(net, 'classifier.'),
    dispose: () => net.dispose(),
  };
}
