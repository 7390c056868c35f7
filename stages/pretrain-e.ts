/**
 * Trains a classifier from which C and E start: on peak images (Algorithm 1: "Pre-train E on peak expression sets"), or
 * where there are only stills on all training pictures (§4.1: "we first train a CNN model on training set"), to find the
 * easy ones that serve as peaks.
 * In: prepared pictures. Out: its weights, its history, and how it does on unseen people before any method trains.
 */
import { defineStage } from '../src/engine/stage-context.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import { pretrainClassifier } from '../src/science/methods/pretraining.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import * as common from './common.ts';
import { CLASSIFIER, writeJson, writeTraining } from './files.ts';
import * as pairs from './pairs.ts';
import * as stills from './stills.ts';
import { reporter, tracked, trackLook } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const pictures = await common.picturesOf(context);
  const options = common.optionsOf(context);
  const net = common.netOf(context);
  await tracked(context, { options, net }, async (tracker) => {
    const { batch, learningRate } = options.pretrainE;
    const { onReport, csv } = reporter(context, tracker, { batch, rates: { classifier: learningRate } });
    const train = pictures.reads === 'pairs' ? pictures.train : asPeaks(pictures.train);
    const tensors = await pretrainClassifier({
      ...{ net, train, options, onReport },
      random: common.randomOf(context, 'pretrain-e'),
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const shape = { net, classes: train.classes.length, channels: train.size.channels, options };
    const classifier = METHODS.cnn.restore({ ...shape, tensors });
    const { crop } = options.augment;
    const look =
      pictures.reads === 'pairs'
        ? pairs.lookAtStart(pictures, common.foldPlaceOf(context), classifier, crop)
        : stills.lookAtStart(pictures, common.repeatPlaceOf(context), classifier, crop);
    classifier.dispose();
    trackLook(context, tracker, look, train.classes);
    const place = pictures.reads === 'pairs' ? common.foldPlaceOf(context) : common.repeatPlaceOf(context);
    await writeTraining(context.out('pretrain-e'), CLASSIFIER, tensors, place, csv());
    await writeJson(context.out('metrics'), look.metrics);
  });
});
