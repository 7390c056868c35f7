import * as tf from '@tensorflow/tfjs-core';
import { imageBatches } from '../../data/batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildSelfCureNet } from '../../models/self-cure-net.ts';
import type { SelfCureNet } from '../../models/self-cure-net.ts';
import { perStep } from '../../../compute/steps.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import type { Feed } from '../../training/batch.ts';
import { type LabelledTensors, trainSelfCuring } from '../../training/self-cure.ts';
import { batchOptions, imageTensors } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { MethodShape, StillMethod, TrainedMethod } from '../method.ts';
import { baseNetConfig } from '../networks.ts';
import { systemOption } from '../options.ts';
import { shapeOf } from '../pretraining.ts';
import { directOptions, directPace } from './direct-training.ts';
import { probabilities } from './probabilities.ts';

/** SCN (K. Wang et al., CVPR 2020): a network that weighs, ranks and relabels the pictures it learns from. */
export const scn: StillMethod = {
  reads: 'stills',
  pace: directPace,
  async train(task) {
    const { options, random } = task;
    const shape = shapeOf(task);
    const net = buildSelfCureNet(baseNetConfig(shape), shape.classes, random.fork('classifier'));
    return disposingOnError([net], async () => {
      // Labels of its own, because it changes them; batches are cut from the set as it then is.
      const set = { ...asPeaks(task.train), labels: Uint8Array.from(task.train.labels) };
      const batches = imageBatches(set, 'peak', batchOptions(options, options.pretrainE.batch, random));
      const next = (): LabelledTensors => {
        const batch = perStep(() => batches.next().value);
        const { labels, sequences: rows } = batch();
        return { ...imageTensors(batch, shape.classes), labels, rows };
      };
      const draw: Feed<LabelledTensors> = Object.assign(next, {
        state: (): FeedState => ({ batches: batches.state(), labels: [...set.labels] }),
        restore(state: unknown) {
          const saved = state as FeedState;
          batches.restore(saved.batches);
          set.labels.set(saved.labels);
        },
      });
      await trainSelfCuring(
        net,
        { ...directOptions(task), ...systemOption(options, 'selfCure') },
        draw,
        (row, label) => {
          set.labels[row] = label;
        },
      );
      return trained(net, shape);
    });
  },
  restore(task) {
    const net = buildSelfCureNet(baseNetConfig(task), task.classes, null);
    return disposingOnErrorSync([net], () => {
      importTensors(net, task.tensors, 'classifier.');
      return trained(net, task);
    });
  },
};

/** Where the batches are, and the labels as the training has changed them. */
interface FeedState {
  readonly batches: ReturnType<ReturnType<typeof imageBatches>['state']>;
  readonly labels: readonly number[];
}

function trained(net: SelfCureNet, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) =>
      probabilities(images, shape, (batch) => {
        const { logits, importance } = net.judge(batch, INFERENCE);
        return tf.mul<tf.Tensor2D>(logits, importance);
      }),
    tensors: () => exportTensors(net, 'classifier.'),
    dispose: () => net.dispose(),
  };
}
