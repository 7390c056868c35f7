/**
 * Trains one method on one cell of a task (for the GANs Algorithm 1, the loop).
 * In: prepared pictures, the two pretrained networks. Out: the method's weights and history.
 */
import { join } from 'node:path';
import { readSafetensors } from '../src/compute/checkpoint.ts';
import { defineStage, StageError } from '../src/engine/stage-context.ts';
import type { Pictures } from '../src/science/data/prepared/open-pictures.ts';
import type { Method, TrainedMethod, Training } from '../src/science/methods/method.ts';
import { methodsThatRead, pairMethod, stillMethod } from '../src/science/methods/registry.ts';
import * as common from './common.ts';
import { CLASSIFIER, GENERATOR, METHOD, writeTraining } from './files.ts';
import * as pairs from './pairs.ts';
import * as stills from './stills.ts';
import { reporter, tracked, trackLook } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const pictures = await common.picturesOf(context);
  const name = common.argument(context, 'method');
  const { method, train } = trainable(pictures, name);
  const options = common.optionsOf(context);
  const pretrained = {
    classifier: (await readSafetensors(join(context.dep('pretrain-e'), CLASSIFIER))).tensors,
    generator: (await readSafetensors(join(context.dep('pretrain-g'), GENERATOR))).tensors,
  };
  await tracked(context, { options }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, method.pace(options));
    const trained = await train({
      net: common.netOf(context),
      options,
      pretrained,
      // The method takes no part: all methods see the same batches and start from the same weights.
      random: common.randomOf(context, 'train'),
      onReport,
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const tensors = trained.tensors();
    const { crop } = options.augment;
    const look =
      pictures.reads === 'pairs'
        ? pairs.lookAtTrained(pictures.test, trained, crop)
        : stills.lookAtTrained(pictures.val, trained, crop);
    trained.dispose();
    trackLook(context, tracker, look, pictures.train.classes);
    const place = { task: common.argument(context, 'task'), ...common.cellOf(context) };
    await writeTraining(context.out(), METHOD, tensors, place, csv());
  });
});

/** The method of this name for such pictures. Throws a StageError that lists those there are. */
function trainable(
  pictures: Pictures,
  name: string,
): { readonly method: Method; readonly train: (task: Training) => Promise<TrainedMethod> } {
  if (pictures.reads === 'pairs') {
    const method = pairMethod(name);
    if (method !== null) return { method, train: (task) => method.train({ ...task, train: pictures.train }) };
  } else {
    const method = stillMethod(name);
    const { train, val, landmarks } = pictures;
    if (method !== null) return { method, train: (task) => method.train({ ...task, train, val, landmarks }) };
  }
  const expected = methodsThatRead(pictures.reads).join(', ');
  throw new StageError(`--method must be one of ${expected} for pictures that are ${pictures.reads}, not ${name}`);
}
