/**
 * Trains the generator as an autoencoder (Algorithm 1: "Pre-train the encoder and decoder on facial images"). F_exp
 * takes no part, so that one generator a fold serves every BaseNet and method.
 * In: prepared data. Out: its weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import { pretrainGenerator, reconstruct } from '../src/science/methods/pretraining.ts';
import { writeSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';
import { magnification, samplesOf } from './magnification.ts';
import { reporter, tracked, trackPicture } from './tracking.ts';

const OPTIONS = ['model', 'generator', 'optimizer', 'augment', 'pretrainG', 'train.schedule', 'logEvery'];

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [task, fold] = [common.argument(context, 'task'), common.foldOf(context)];
  const options = common.trainingOptions(context, OPTIONS);
  const { train, test } = await common.openFold(context);
  const random = common.randomOf(context, 'pretrain-g', ...common.foldLabels(context));
  await tracked(context, { options, fold, ...common.repetition(context) }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, {
      batch: options.pretrainG.batch,
      rates: { reconstruction: options.pretrainG.learningRate },
    });
    const tensors = await pretrainGenerator({
      train,
      options,
      random,
      onReport,
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const { channels } = train.size;
    const again = (images: Float32Array) => reconstruct(tensors, { channels, options }, images);
    const strip = magnification(samplesOf(test, options.augment.crop, again, 1));
    trackPicture(context, tracker, 'samples', strip, 'unseen: weak, reconstructed, difference, real peak');
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    await writeSafetensors(join(directory, 'generator.safetensors'), tensors, { task, fold: String(fold) });
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});
