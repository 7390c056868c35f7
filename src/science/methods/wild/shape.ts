import type * as tf from '@tensorflow/tfjs-core';
import type { BaseNetConfig, BaseNetName } from '../../models/base-net.ts';
import type { MethodShape } from '../method.ts';
import { baseNetConfig } from '../networks.ts';
import type { MethodOptions } from '../options.ts';
import { inBatches } from '../predict.ts';
import { soloOptions } from '../pretraining.ts';
import type { WildShape, WildTask } from './method.ts';
import { softmaxRows } from './softmax.ts';

/** What the methods of Table 3 do alike: shapes, pace, probabilities. */

export function wildShapeOf({ train, options, wild }: Pick<WildTask, 'train' | 'options' | 'wild'>): WildShape {
  return { classes: train.classes.length, channels: train.size.channels, options, wild };
}

export function netConfig(shape: WildShape, net: BaseNetName): BaseNetConfig {
  return baseNetConfig(methodShape(shape, net));
}

export function methodShape({ classes, channels, options }: WildShape, net: BaseNetName): MethodShape {
  return { net, classes, channels, options };
}

/**
 * Updates of a network that trains directly on the pictures: as many as GroupGAN's classifier gets in its pretraining
 * and in the game together, so that no row of the table has looked at the pictures longer.
 */
export function directIterations({ pretrainE, train }: MethodOptions): number {
  return pretrainE.iterations + train.iterations.cnn;
}

/** Such a network starts from random weights, so it learns at the rate of pretraining. */
export function directPace(task: WildTask) {
  const { options } = task;
  return soloOptions(task, {
    iterations: directIterations(options),
    learningRate: options.pretrainE.learningRate,
  });
}

/** Probabilities [n, classes] of pictures [n, size, size, channels], from a network that gives logits. */
export function probabilities(
  images: Float32Array,
  shape: WildShape,
  logits: (batch: tf.Tensor4D) => tf.Tensor2D,
): Float32Array {
  return softmaxRows(inBatches(images, shape, logits), shape.classes);
}
