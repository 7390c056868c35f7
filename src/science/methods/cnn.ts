import { imageBatches, pairBatches } from '../data/batches.ts';
import { buildClassifier } from '../models/base-net.ts';
import type { Classifier } from '../models/base-net.ts';
import { exportTensors, importTensors } from '../models/state.ts';
import { trainClassifier } from '../training/pretrain.ts';
import { batchOptions, bothFeed, imageFeed } from './feed.ts';
import type { MethodShape, PairMethod, TrainedMethod } from './method.ts';
import { baseNetConfig } from './networks.ts';
import { disposingOnError, disposingOnErrorSync } from './ownership.ts';
import { featuresInBatches, INFERENCE, inBatches } from './predict.ts';
import { shapeOf, soloOptions } from './pretraining.ts';

/** §4.3: "CNN ... The input of this model is weak expression facial images", trained with Eq. 11. */
export const cnn = baseline('weak');

/** Not in the paper: what the peaks are worth to a CNN without any synthesis. GAN methods see them as well. */
export const cnnWeakAndPeak = baseline('weak and peak');

function baseline(pictures: 'weak' | 'weak and peak'): PairMethod {
  return {
    reads: 'pairs',
    pace: ({ train }) => ({ batch: train.batch, rates: { classifier: train.learningRates.cnn } }),
    async train(task) {
      const { train, options, random, pretrained } = task;
      const shape = shapeOf(task);
      const classifier = buildClassifier(baseNetConfig(shape), shape.classes, random.fork('classifier'));
      return disposingOnError([classifier], async () => {
        if (options.baseline.start === 'pretrained' && pretrained.classifier !== undefined) {
          importTensors(classifier, pretrained.classifier, 'classifier.');
        }
        const cut = batchOptions(options, options.train.batch, random);
        const feed =
          pictures === 'weak'
            ? imageFeed(imageBatches(train, 'weak', cut), shape.classes)
            : bothFeed(pairBatches(train, cut), shape.classes);
        const { iterations, learningRates } = options.train;
        const solo = soloOptions(
          task,
          { iterations: iterations.cnn, learningRate: learningRates.cnn },
          task.checkpoints?.phase('training'),
        );
        await trainClassifier(classifier, solo, feed);
        return trained(classifier, shape);
      });
    },
    restore(task) {
      const classifier = buildClassifier(baseNetConfig(task), task.classes, null);
      return disposingOnErrorSync([classifier], () => {
        importTensors(classifier, task.tensors, 'classifier.');
        return trained(classifier, task);
      });
    },
  };
}

function trained(classifier: Classifier, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) => inBatches(images, shape, (batch) => classifier.classify(batch, INFERENCE)),
    features: (images) => featuresInBatches(images, shape, classifier),
    tensors: () => exportTensors(classifier, 'classifier.'),
    dispose: () => classifier.dispose(),
  };
}
