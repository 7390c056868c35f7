/**
 * Trains one method on one BaseNet and fold (Algorithm 1, the loop).
 * In: prepared data, the two pretrained networks. Out: the method's weights and history.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage, StageError } from '../src/engine/stage-context.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { METHOD_NAMES, type MethodName } from '../src/science/methods/method.ts';
import { readSafetensors, writeSafetensors } from '../src/science/tensor/checkpoint.ts';
import * as common from './common.ts';
import { writeWhole } from './files.ts';

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
  const { train } = await common.openFold(context);
  const pretrained = {
    classifier: (await readSafetensors(join(context.dep('pretrain-e'), 'classifier.safetensors'))).tensors,
    generator: (await readSafetensors(join(context.dep('pretrain-g'), 'generator.safetensors'))).tensors,
  };
  // The method takes no part: all methods see the same batches and start from the same weights.
  const random = common.randomOf(context, 'train', net, `fold ${fold}`);
  await common.tracked(context, { options }, async (tracker) => {
    const { onReport, csv } = common.reporter(context, tracker);
    const trained = await METHODS[method].train({
      net,
      train,
      options,
      pretrained,
      random,
      onReport,
      signal: context.signal,
    });
    const tensors = trained.tensors();
    trained.dispose();
    const directory = context.out();
    await mkdir(directory, { recursive: true });
    await writeSafetensors(join(directory, 'method.safetensors'), tensors, { task, method, net, fold: String(fold) });
    await writeWhole(join(directory, 'history.csv'), csv());
  });
});
