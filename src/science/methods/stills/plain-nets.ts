import { imageBatches } from '../../data/batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import { buildClassifier } from '../../models/base-net.ts';
import type { Classifier } from '../../models/base-net.ts';
import { exportTensors, importTensors } from '../../models/state.ts';
import { trainClassifier } from '../../training/pretrain.ts';
import { batchOptions, imageFeed } from '../feed.ts';
import { disposingOnError, disposingOnErrorSync } from '../ownership.ts';
import { INFERENCE } from '../predict.ts';
import type { BaseNetName } from '../../names.ts';
import type { MethodShape, StillMethod, TrainedMethod } from '../method.ts';
import { baseNetConfig } from '../networks.ts';
import { shapeOf } from '../pretraining.ts';
import { directOptions, directPace } from './direct-training.ts';
import { probabilities } from './probabilities.ts';

/**
 * A BaseNet trained from random weights with the cross-entropy of Eq. 11: Table 3's plain networks. The paper says VGG
 * and not which; the table shows VGG13, its best one in Table 1.
 */
export function plainNet(net: BaseNetName): StillMethod {
  return {
    reads: 'stills',
    pace: directPace,
    async train(task) {
      const { options, random } = task;
      const shape = shapeOf({ ...task, net });
      const classifier = buildClassifier(baseNetConfig(shape), shape.classes, random.fork('classifier'));
      return disposingOnError([classifier], async () => {
        const cut = batchOptions(options, options.pretrainE.batch, random);
        const feed = imageFeed(imageBatches(asPeaks(task.train), 'peak', cut), shape.classes);
        await trainClassifier(classifier, directOptions(task), feed);
        return trained(classifier, shape);
      });
    },
    restore(task) {
      const shape = { ...task, net };
      const classifier = buildClassifier(baseNetConfig(shape), shape.classes, null);
      return disposingOnErrorSync([classifier], () => {
        importTensors(classifier, task.tensors, 'classifier.');
        return trained(classifier, shape);
      });
    },
  };
}

function trained(classifier: Classifier, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) => probabilities(images, shape, (batch) => classifier.classify(batch, INFERENCE)),
    tensors: () => exportTensors(classifier, 'classifier.'),
    dispose: () => classifier.dispose(),
  };
}
