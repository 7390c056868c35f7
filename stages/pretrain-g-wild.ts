/**
 * Trains the generator as an autoencoder of the training pictures of a corpus in the wild (Algorithm 1: "Pre-train the
 * encoder and decoder on facial images").
 * In: prepared stills. Out: its weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import { pretrainGenerator, reconstruct } from '../src/science/methods/pretraining.ts';
import { writeSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';
import { reporter, tracked, trackPicture } from './tracking.ts';
import * as wild from './wild.ts';

const OPTIONS = ['model', 'generator', 'optimizer', 'augment', 'pretrainG', 'train.schedule', 'logEvery'];

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const repeat = wild.repeatOf(context);
  const options = common.trainingOptions(context, OPTIONS);
  const { train, test } = await wild.openWild(context);
  const random = wild.randomOf(context, 'pretrain-g');
  await tracked(context, { options, repeat }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, {
      batch: options.pretrainG.batch,
      rates: { reconstruction: options.pretrainG.learningRate },
    });
    const { signal } = context;
    const checkpoints = await common.openCheckpoints(context);
    const tensors = await pretrainGenerator({ train: asPeaks(train), options, random, onReport, signal, checkpoints });
    const { channels } = train.size;
    const rebuild = (images: Float32Array) => reconstruct(tensors, { channels, options }, images);
    const strip = wild.stillsStrip(test, options.augment.crop, 1, rebuild);
    trackPicture(context, tracker, 'samples', strip, 'unseen: given, reconstructed, difference');
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    const metadata = { task: 'wild', repeat: String(repeat) };
    await writeSafetensors(join(directory, 'generator.safetensors'), tensors, metadata);
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});
