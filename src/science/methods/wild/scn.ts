import * as tf from '@tensorflow/tfjs-core';
import { imageBatches } from '../../data/batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildSelfCureNet } from '../../models/self-cure-net.ts';
import type { SelfCureNet } from '../../models/self-cure-net.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import { trainSelfCuring } from '../../training/self-cure.ts';
import { batchOptions, imageTensors } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { TrainedWildMethod, WildMethod, WildShape } from './method.ts';
import { directPace, netConfig, probabilities, wildShapeOf } from './shape.ts';

/** SCN (K. Wang et al., CVPR 2020): a network that weighs, ranks and relabels the pictures it learns from. */
export const scn: WildMethod = {
  name: 'scn',
  async train(task) {
    const { options, wild, random } = task;
    const shape = wildShapeOf(task);
    const net = buildSelfCureNet(netConfig(shape, wild.net), shape.classes, random.fork('classifier'));
    return disposingOnError([net], async () => {
      // Labels of its own, because it changes them; batches are cut from the set as it then is.
      const set = { ...asPeaks(task.train), labels: Uint8Array.from(task.train.labels) };
      const batches = imageBatches(set, 'peak', batchOptions(options, options.pretrainE.batch, random));
      await trainSelfCuring(
        net,
        { ...directPace(task), ...wild.selfCure },
        () => {
          const batch = batches.next().value;
          return { ...imageTensors(batch, shape.classes), labels: batch.labels, rows: batch.sequences };
        },
        (row, label) => {
          set.labels[row] = label;
        },
      );
      return trained(net, shape);
    });
  },
  restore(task) {
    const net = buildSelfCureNet(netConfig(task, task.wild.net), task.classes, null);
    return disposingOnErrorSync([net], () => {
      importTensors(net, task.tensors, 'classifier.');
      return trained(net, task);
    });
  },
};

function trained(net: SelfCureNet, shape: WildShape): TrainedWildMethod {
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
