/**
 * Trains one method of Table 3 on the training pictures of a corpus in the wild.
 * In: prepared stills, the two pretrained networks. Out: the method's weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage, type StageContext, StageError } from '../src/engine/stage-context.ts';
import type { StillSet } from '../src/science/data/stills.ts';
import type { MethodOptions } from '../src/science/methods/options.ts';
import { type TrainedWildMethod, WILD_METHOD_NAMES, type WildMethodName } from '../src/science/methods/wild/method.ts';
import { WILD_METHODS } from '../src/science/methods/wild/registry.ts';
import { readSafetensors, writeSafetensors } from '../src/compute/checkpoint.ts';
import type { Tracker } from '../src/tracking/tracker.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';
import { confusedScore } from './scoring.ts';
import { confusionTable, type Pace, reporter, tracked, trackPicture } from './tracking.ts';
import * as wild from './wild.ts';

const OPTIONS = [
  'model',
  'generator',
  'discriminator',
  'optimizer',
  'augment',
  'pretrainE',
  'train',
  'adversarial',
  'content',
  'players',
  'dprime',
  'classifier',
  'logEvery',
];

function isMethod(name: string): name is WildMethodName {
  return WILD_METHOD_NAMES.some((known) => known === name);
}

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [method, repeat] = [common.argument(context, 'method'), wild.repeatOf(context)];
  if (!isMethod(method)) throw new StageError(`--method must be one of ${WILD_METHOD_NAMES.join(', ')}, not ${method}`);
  const options = common.trainingOptions(context, OPTIONS);
  const own = wild.wildOptions(context, ['net', 'easyFrom', 'easyShare', 'svm', 'selfCure', 'multiTask']);
  const { train, val, landmarks } = await wild.openWild(context);
  const pretrained = {
    classifier: (await readSafetensors(join(context.dep('pretrain-e'), 'classifier.safetensors'))).tensors,
    generator: (await readSafetensors(join(context.dep('pretrain-g'), 'generator.safetensors'))).tensors,
  };
  // The method takes no part: all methods of a repetition see the same batches and start from the same weights.
  const random = wild.randomOf(context, 'train');
  await tracked(context, { options, wild: own, method, repeat }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, paceOf(method, options));
    const trained = await WILD_METHODS[method].train({
      ...{ train, val, landmarks, options, wild: own, pretrained, random, onReport },
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const tensors = trained.tensors();
    if (val.labels.length > 0) trackSamples(context, tracker, trained, val, options.augment.crop);
    trained.dispose();
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    const metadata = { task: 'wild', method, repeat: String(repeat) };
    await writeSafetensors(join(directory, 'method.safetensors'), tensors, metadata);
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});

/** Pictures an iteration, and the learning rate of each measure that is a player's loss. */
function paceOf(method: WildMethodName, { pretrainE, train }: MethodOptions): Pace {
  if (method !== 'groupgan') return { batch: pretrainE.batch, rates: { classifier: pretrainE.learningRate } };
  const { generator, discriminator, extractor, classifier } = train.learningRates;
  const rates = { generator, discriminator, peakDiscriminator: discriminator, extractor, classifier };
  return { batch: train.batch, rates };
}

/** Pictures a class that the confusion matrix of a training stage counts: `eval-wild` counts all, at a price in time. */
const COUNTED_PER_CLASS = 8;

/** How the method does on a few pictures that it did not learn from, of the validation set. */
function trackSamples(
  context: StageContext,
  tracker: Tracker,
  trained: TrainedWildMethod,
  val: StillSet,
  crop: number,
): void {
  const few = wild.firstOfEach(val, COUNTED_PER_CLASS);
  const found = wild.predictStills(few, crop, (images) => trained.predict(images));
  const { correct, count, confusion } = confusedScore(found, val.classes.length);
  tracker.summary({ sampleAccuracy: correct / count });
  tracker.table('confusion', confusionTable(confusion, val.classes));
  const magnify = trained.magnifier?.magnify;
  const caption = magnify === undefined ? 'unseen: one picture of each class' : 'unseen: given, magnified, difference';
  trackPicture(context, tracker, 'samples', wild.stillsStrip(val, crop, 1, magnify), caption);
}
