import { imageBatches } from '../../data/batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildClassifier } from '../../models/base-net.ts';
import type { BaseNetName, Classifier } from '../../models/base-net.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import { trainClassifier } from '../../training/pretrain.ts';
import { batchOptions, imageFeed } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { TrainedWildMethod, WildMethod, WildMethodName, WildShape } from './method.ts';
import { directPace, netConfig, probabilities, wildShapeOf } from './shape.ts';

/** Table 3's plain networks, trained from random weights with the cross-entropy of Eq. 11. */
export const alexnet = baseNet('alexnet', 'AlexNet');
/** The paper says VGG and not which: VGG13, its best one in Table 1. */
export const vgg13 = baseNet('vgg13', 'VGG13');
export const resnet18 = baseNet('resnet18', 'ResNet18');

function baseNet(name: WildMethodName, net: BaseNetName): WildMethod {
  return {
    name,
    async train(task) {
      const { options, random } = task;
      const shape = wildShapeOf(task);
      const classifier = buildClassifier(netConfig(shape, net), shape.classes, random.fork('classifier'));
      return disposingOnError([classifier], async () => {
        const cut = batchOptions(options, options.pretrainE.batch, random);
        const feed = imageFeed(imageBatches(asPeaks(task.train), 'peak', cut), shape.classes);
        await trainClassifier(classifier, directPace(task), feed);
        return trained(classifier, shape);
      });
    },
    restore(task) {
      const classifier = buildClassifier(netConfig(task, net), task.classes, null);
      return disposingOnErrorSync([classifier], () => {
        importTensors(classifier, task.tensors, 'classifier.');
        return trained(classifier, task);
      });
    },
  };
}

function trained(classifier: Classifier, shape: WildShape): TrainedWildMethod {
  return {
    predict: (images) => probabilities(images, shape, (batch) => classifier.classify(batch, INFERENCE)),
    tensors: () => exportTensors(classifier, 'classifier.'),
    dispose: () => classifier.dispose(),
  };
}
