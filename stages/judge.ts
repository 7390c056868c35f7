/**
 * Trains the judge of magnified pictures: a classifier of the training people's peaks, as the one of `pretrain-e`, but
 * with a seed of its own and in no game, so that no generator has learnt to please it.
 * In: prepared pictures. Out: its weights and history.
 */
import { defineStage } from '../src/engine/stage-context.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import { pretrainClassifier } from '../src/science/methods/pretraining.ts';
import * as common from './common.ts';
import { CLASSIFIER, writeTraining } from './files.ts';
import { reporter, tracked } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const pictures = await common.picturesOf(context);
  const { net, ...pretrainE } = paramsOf(context).judge;
  const options = { ...common.optionsOf(context), pretrainE };
  await tracked(context, { options, net }, async (tracker) => {
    const { batch, learningRate } = pretrainE;
    const { onReport, csv } = reporter(context, tracker, { batch, rates: { classifier: learningRate } });
    const train = pictures.reads === 'pairs' ? pictures.train : asPeaks(pictures.train);
    const tensors = await pretrainClassifier({
      ...{ net, train, options, onReport },
      random: common.randomOf(context, 'judge'),
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const place = { task: common.argument(context, 'task'), ...common.cellOf(context) };
    await writeTraining(context.out(), CLASSIFIER, tensors, place, csv());
  });
});
