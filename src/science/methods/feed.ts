import type * as tf from '@tensorflow/tfjs-core';
import type { Batches, BatchOptions, BatchShape, ImageBatch, PairBatch } from '../data/batches.ts';
import { type Random, type RandomState, restoreRandom } from '../../base/random.ts';
import { perStep, perStepTensor } from '../../compute/steps.ts';
import type { Feed, ImageTensors, PairTensors } from '../training/batch.ts';
import type { MethodOptions } from './options.ts';

/** Takes seeded batches from host memory to the backend. */

/** How training batches are cut from the prepared pictures. */
export function batchOptions(options: MethodOptions, batch: number, random: Random): BatchOptions {
  const { crop, flip } = options.augment;
  return { batch, cropSize: crop, augment: true, flip, random };
}

/** Single pictures with their classes. */
export function imageFeed(batches: Batches<ImageBatch>, classes: number): Feed<ImageTensors> {
  return feedOf(batches, (batch) => imageTensors(batch, classes));
}

/**
 * The step's batch of single pictures, for a training that needs to know which ones they are.
 *
 * @param batch as `perStep` gives it
 */
export function imageTensors(batch: () => ImageBatch, classes: number): ImageTensors {
  const { shape } = batch();
  return { images: upload(() => batch().images, shape), oneHot: oneHot(() => batch().labels, shape, classes) };
}

/** Pairs for the game. D's real pictures are drawn here: of each pair the weak or the peak picture. */
export function pairFeed(batches: Batches<PairBatch>, classes: number, random: Random): Feed<PairTensors> {
  let choice = random;
  const feed = feedOf(batches, (batch) => {
    const { shape } = batch();
    return {
      weak: upload(() => batch().weak, shape),
      peak: upload(() => batch().peak, shape),
      real: upload(() => chooseReal(batch(), choice), shape),
      oneHot: oneHot(() => batch().labels, shape, classes),
    };
  });
  return Object.assign(() => feed(), {
    state: () => ({ batches: feed.state(), choice: choice.state() }),
    restore(state: unknown) {
      const saved = state as { readonly batches: unknown; readonly choice: RandomState };
      feed.restore(saved.batches);
      choice = restoreRandom(saved.choice);
    },
  });
}

/** Both pictures of each pair, the weak ones first, as single pictures. */
export function bothFeed(batches: Batches<PairBatch>, classes: number): Feed<ImageTensors> {
  return feedOf(batches, (batch) => {
    const [count, height, width, channels] = batch().shape;
    const shape = [2 * count, height, width, channels] as const;
    const images = (): Float32Array => {
      const { weak, peak } = batch();
      const both = new Float32Array(weak.length + peak.length);
      both.set(weak);
      both.set(peak, weak.length);
      return both;
    };
    const labels = (): Int32Array => Int32Array.from([...batch().labels, ...batch().labels]);
    return { images: upload(images, shape), oneHot: oneHot(labels, shape, classes) };
  });
}

function feedOf<Batch, Tensors>(batches: Batches<Batch>, make: (batch: () => Batch) => Tensors): Feed<Tensors> {
  return Object.assign(() => make(perStep(() => batches.next().value)), {
    state: () => batches.state(),
    restore: (state: unknown) => batches.restore(state as ReturnType<Batches<Batch>['state']>),
  });
}

function chooseReal({ weak, peak, shape: [batch] }: PairBatch, random: Random): Float32Array {
  const real = Float32Array.from(weak);
  const size = real.length / batch;
  for (let row = 0; row < batch; row++) {
    if (random.uniform() < 0.5) real.set(peak.subarray(row * size, (row + 1) * size), row * size);
  }
  return real;
}

function upload(values: () => Float32Array, shape: BatchShape): tf.Tensor4D {
  return perStepTensor<tf.Rank.R4>(values, [...shape]);
}

function oneHot(labels: () => Int32Array, [batch]: BatchShape, classes: number): tf.Tensor2D {
  const values = (): Float32Array => {
    const hot = new Float32Array(batch * classes);
    labels().forEach((label, row) => {
      hot[row * classes + label] = 1;
    });
    return hot;
  };
  return perStepTensor<tf.Rank.R2>(values, [batch, classes]);
}
