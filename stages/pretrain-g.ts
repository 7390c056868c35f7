/**
 * Trains the generator as an autoencoder (Algorithm 1: "Pre-train the encoder and decoder on facial images"). F_exp
 * takes no part, so that one generator serves every BaseNet and method of a fold and repetition.
 * In: prepared pictures. Out: its weights and history.
 */
import { defineStage } from '../src/engine/stage-context.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import { pretrainGenerator, reconstruct } from '../src/science/methods/pretraining.ts';
import * as common from './common.ts';
import { GENERATOR, writeTraining } from './files.ts';
import { magnification, samplesOf } from './samples.ts';
import * as stills from './stills.ts';
import { reporter, tracked, trackPicture } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const pictures = await common.picturesOf(context);
  const options = common.optionsOf(context);
  await tracked(context, { options }, async (tracker) => {
    const { batch, learningRate } = options.pretrainG;
    const { onReport, csv } = reporter(context, tracker, { batch, rates: { reconstruction: learningRate } });
    const train = pictures.reads === 'pairs' ? pictures.train : asPeaks(pictures.train);
    const tensors = await pretrainGenerator({
      ...{ train, options, onReport },
      random: common.randomOf(context, 'pretrain-g'),
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const { channels } = train.size;
    const again = (images: Float32Array) => reconstruct(tensors, { channels, options }, images);
    const { crop } = options.augment;
    if (pictures.reads === 'pairs') {
      const strip = magnification(samplesOf(pictures.test, crop, again, 1));
      trackPicture(context, tracker, 'samples', strip, 'unseen: weak, reconstructed, difference, real peak');
    } else {
      const strip = stills.strip(pictures.test, crop, 1, again);
      trackPicture(context, tracker, 'samples', strip, 'unseen: given, reconstructed, difference');
    }
    const place = { task: common.argument(context, 'task'), ...common.cellOf(context) };
    await writeTraining(context.out(), GENERATOR, tensors, place, csv());
  });
});
