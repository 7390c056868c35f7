import type { MethodOptions } from '../options.ts';
import type { Pace, StillTraining } from '../method.ts';
import { soloOptions } from '../pretraining.ts';

/**
 * Updates of a network that trains directly on the pictures: as many as GroupGAN's classifier gets in its pretraining
 * and in the game together, so that no row of the table has looked at the pictures longer.
 */
export function directIterations({ pretrainE, train }: MethodOptions): number {
  return pretrainE.iterations + train.iterations.cnn;
}

/** Such a network starts from random weights, so it learns at the rate of pretraining. */
export function directOptions(task: StillTraining) {
  const { options } = task;
  const pace = { iterations: directIterations(options), learningRate: options.pretrainE.learningRate };
  return soloOptions(task, pace, task.checkpoints?.phase('training'));
}

export function directPace({ pretrainE }: MethodOptions): Pace {
  return { batch: pretrainE.batch, rates: { classifier: pretrainE.learningRate } };
}
