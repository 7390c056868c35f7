/**
 * Trains one method on one BaseNet and fold (Algorithm 1, the loop).
 * In: prepared data, the two pretrained networks. Out: the method's weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage, type StageContext, StageError } from '../src/engine/stage-context.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { METHOD_NAMES, type MethodName, type TrainedMethod } from '../src/science/methods/method.ts';
import type { MethodOptions } from '../src/science/methods/options.ts';
import type { PairSet } from '../src/science/data/prepared/prepared.ts';
import type { Tracker } from '../src/tracking/tracker.ts';
import { readSafetensors, writeSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';
import { magnification, samplePictures, sampleOf, samplesOf } from './magnification.ts';
import { confusedScore, predictAll } from './scoring.ts';
import { confusionTable, reporter, tracked, trackPicture } from './tracking.ts';

const OPTIONS = [
  'model',
  'generator',
  'discriminator',
  'optimizer',
  'augment',
  'train',
  'adversarial',
  'content',
  'players',
  'dprime',
  'classifier',
  'baseline',
  'logEvery',
];

function isMethod(name: string): name is MethodName {
  return METHOD_NAMES.some((known) => known === name);
}

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [task, net, fold] = [common.argument(context, 'task'), common.netOf(context), common.foldOf(context)];
  const method = common.argument(context, 'method');
  if (!isMethod(method)) throw new StageError(`--method must be one of ${METHOD_NAMES.join(', ')}, not ${method}`);
  const options = common.trainingOptions(context, OPTIONS);
  const { train, test } = await common.openFold(context);
  const pretrained = {
    classifier: (await readSafetensors(join(context.dep('pretrain-e'), 'classifier.safetensors'))).tensors,
    generator: (await readSafetensors(join(context.dep('pretrain-g'), 'generator.safetensors'))).tensors,
  };
  // The method takes no part: all methods see the same batches and start from the same weights.
  const random = common.randomOf(context, 'train', net, ...common.foldLabels(context));
  await tracked(context, { options, method, net, fold, ...common.repetition(context) }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, {
      batch: options.train.batch,
      rates: ratesOf(method, options.train.learningRates),
    });
    const trained = await METHODS[method].train({
      net,
      train,
      options,
      pretrained,
      random,
      onReport,
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const tensors = trained.tensors();
    trackSamples(context, tracker, trained, test, options.augment.crop);
    trained.dispose();
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    await writeSafetensors(join(directory, 'method.safetensors'), tensors, { task, method, net, fold: String(fold) });
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});

/** The learning rate of each measure that is a player's loss. */
function ratesOf(method: MethodName, rates: MethodOptions['train']['learningRates']): Readonly<Record<string, number>> {
  if (method === 'cnn' || method === 'cnn-weak+peak') return { classifier: rates.cnn };
  const { generator, discriminator, extractor, classifier } = rates;
  return { generator, discriminator, peakDiscriminator: discriminator, extractor, classifier };
}

/** Sequences a class that the confusion matrix of a training stage counts: `eval` counts all, at a price in time. */
const COUNTED_PER_CLASS = 8;

/** How the method does on a few pictures that it never saw: a first look, long before the folds are evaluated. */
function trackSamples(
  context: StageContext,
  tracker: Tracker,
  trained: TrainedMethod,
  test: PairSet,
  crop: number,
): void {
  const { classes } = test;
  const predictions = predictAll(sampleOf(test, COUNTED_PER_CLASS), 'weak', crop, (images) => trained.predict(images));
  const { correct, count, confusion } = confusedScore(predictions, classes.length);
  tracker.summary({ sampleAccuracy: correct / count });
  tracker.table('confusion', confusionTable(confusion, classes));
  if (trained.magnify) {
    const strip = magnification(samplesOf(test, crop, trained.magnify.bind(trained), 1));
    trackPicture(context, tracker, 'samples', strip, 'unseen: weak, magnified, difference, real peak');
  } else {
    trackPicture(context, tracker, 'samples', samplePictures(test, crop), 'unseen: weak, real peak');
  }
}
