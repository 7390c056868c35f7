/**
 * Trains a classifier on the training pictures of a corpus in the wild (§4.1: "we first train a CNN model on training
 * set"): it finds the easy pictures that serve as peaks, and C and E start from it.
 * In: prepared stills. Out: its weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import { pretrainClassifier } from '../src/science/methods/pretraining.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { writeSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';
import { confusedScore } from './scoring.ts';
import { confusionTable, reporter, tracked, trackPicture } from './tracking.ts';
import * as wild from './wild.ts';

const OPTIONS = ['model', 'optimizer', 'augment', 'pretrainE', 'train.schedule', 'logEvery'];

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const repeat = wild.repeatOf(context);
  const options = common.trainingOptions(context, OPTIONS);
  const { net } = wild.wildOptions(context, ['net']);
  const { train, val } = await wild.openWild(context);
  const random = wild.randomOf(context, 'pretrain-e');
  await tracked(context, { options, net, repeat }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, {
      batch: options.pretrainE.batch,
      rates: { classifier: options.pretrainE.learningRate },
    });
    const { signal } = context;
    const checkpoints = await common.openCheckpoints(context);
    const task = { net, train: asPeaks(train), options, random, onReport, signal, checkpoints };
    const tensors = await pretrainClassifier(task);
    if (val.labels.length > 0) {
      const shape = { net, classes: train.classes.length, channels: train.size.channels, options };
      const classifier = METHODS.cnn.restore({ ...shape, tensors });
      const found = wild.predictStills(val, options.augment.crop, (images) => classifier.predict(images));
      classifier.dispose();
      const { correct, count, confusion } = confusedScore(found, train.classes.length);
      tracker.summary({ validation: correct / count });
      tracker.table('confusion', confusionTable(confusion, train.classes));
      const strip = wild.stillsStrip(val, options.augment.crop, 1);
      trackPicture(context, tracker, 'samples', strip, 'unseen: one picture of each class');
    }
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    const metadata = { task: 'wild', net, repeat: String(repeat) };
    await writeSafetensors(join(directory, 'classifier.safetensors'), tensors, metadata);
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});
