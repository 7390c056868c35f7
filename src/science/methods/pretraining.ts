import { imageBatches } from '../data/batches.ts';
import { buildClassifier } from '../models/base-net.ts';
import { buildGenerator } from '../models/generator.ts';
import { exportTensors, importTensors } from '../models/state.ts';
import type { StoredTensor, TensorMap } from '../models/state.ts';
import type { PairSet } from '../data/prepared/prepared.ts';
import { mapFeed } from '../training/batch.ts';
import type { Phase } from '../training/checkpoints.ts';
import { trainAutoencoder, trainClassifier } from '../training/pretrain.ts';
import type { SoloOptions } from '../training/pretrain.ts';
import { batchOptions, imageFeed } from './feed.ts';
import type { MethodShape, PairTraining, Training } from './method.ts';
import { baseNetConfig, generatorConfig } from './networks.ts';
import type { SoloTraining } from './options.ts';
import { inBatches } from './predict.ts';

/** A training of one network that no other network precedes. */
export type Pretraining = Omit<PairTraining, 'pretrained'>;

/**
 * "Pre-train E on peak expression sets" (Algorithm 1): a whole classifier, from which both C and E start.
 *
 * @returns tensors `classifier.*` for one safetensors file
 */
export async function pretrainClassifier(task: Pretraining): Promise<Map<string, StoredTensor>> {
  const shape = shapeOf(task);
  const { pretrainE } = task.options;
  const classifier = buildClassifier(baseNetConfig(shape), shape.classes, task.random.fork('classifier'));
  try {
    const batches = imageBatches(task.train, 'peak', batchOptions(task.options, pretrainE.batch, task.random));
    const solo = soloOptions(task, pretrainE, task.checkpoints?.phase('pretraining'));
    await trainClassifier(classifier, solo, imageFeed(batches, shape.classes));
    return exportTensors(classifier, 'classifier.');
  } finally {
    classifier.dispose();
  }
}

/**
 * "Pre-train the encoder and decoder on facial images" (Algorithm 1), weak and peak ones. The same checkpoint serves
 * every BaseNet and every method, because F_exp takes no part.
 *
 * @returns tensors `generator.*` for one safetensors file
 */
export async function pretrainGenerator(task: Omit<Pretraining, 'net'>): Promise<Map<string, StoredTensor>> {
  const { train, options, random } = task;
  const shape = shapeOf({ ...task, net: 'AlexNet' });
  // An autoencoder's last layer must say something: the zero start of a residual output is for the game.
  const generator = buildGenerator({ ...generatorConfig(shape, null), output: 'tanh' }, random.fork('generator'));
  try {
    const batches = imageBatches(train, 'all', batchOptions(options, options.pretrainG.batch, random));
    const feed = mapFeed(imageFeed(batches, shape.classes), ({ images }) => images);
    const solo = soloOptions(task, options.pretrainG, task.checkpoints?.phase('pretraining'));
    await trainAutoencoder(generator, solo, feed);
    return exportTensors(generator, 'generator.');
  } finally {
    generator.dispose();
  }
}

/**
 * What the pretrained generator makes of pictures [n, size, size, channels] in [-1, 1].
 *
 * @param tensors what `pretrainGenerator` gave
 * @throws CheckpointError where the tensors do not fit
 */
export function reconstruct(
  tensors: TensorMap,
  { channels, options }: Pick<MethodShape, 'channels' | 'options'>,
  images: Float32Array,
): Float32Array {
  const shape: MethodShape = { channels, options, net: 'AlexNet', classes: 1 };
  const generator = buildGenerator({ ...generatorConfig(shape, null), output: 'tanh' }, null);
  try {
    importTensors(generator, tensors, 'generator.');
    return inBatches(images, shape, (batch) => generator.reconstruct(batch));
  } finally {
    generator.dispose();
  }
}

/** The shape of the networks that a training set asks for. */
export function shapeOf({
  net,
  train,
  options,
}: Pick<Training, 'net' | 'options'> & {
  readonly train: Pick<PairSet, 'classes' | 'size'>;
}): MethodShape {
  return { net, classes: train.classes.length, channels: train.size.channels, options };
}

/**
 * Everything that the training of one network alone takes from the options.
 *
 * @param checkpoints where it saves what it would need to go on after a kill; absent: nowhere
 */
export function soloOptions(
  task: Pick<Training, 'options' | 'onReport' | 'signal'>,
  { iterations, learningRate }: Omit<SoloTraining, 'batch'>,
  checkpoints?: Phase,
): SoloOptions {
  const { options, onReport, signal } = task;
  const { optimizer, logEvery } = options;
  const { schedule } = options.train;
  return { iterations, learningRate, optimizer, logEvery, schedule, onReport, signal, checkpoints };
}
