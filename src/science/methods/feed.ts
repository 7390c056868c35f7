import * as tf from '@tensorflow/tfjs-core';
import type { Batches, BatchOptions, BatchShape, ImageBatch, PairBatch } from '../data/batches.ts';
import { type Random, type RandomState, restoreRandom } from '../../base/random.ts';
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

/** One batch of single pictures, for a training that needs to know which ones they are. */
export function imageTensors({ images, labels, shape }: ImageBatch, classes: number): ImageTensors {
  return { images: upload(images, shape), oneHot: oneHot(labels, classes) };
}

/** Pairs for the game. D's real pictures are drawn here: of each pair the weak or the peak picture. */
export function pairFeed(batches: Batches<PairBatch>, classes: number, random: Random): Feed<PairTensors> {
  let choice = random;
  const feed = feedOf(batches, ({ weak, peak, labels, shape }) => ({
    weak: upload(weak, shape),
    peak: upload(peak, shape),
    real: upload(chooseReal(weak, peak, shape, choice), shape),
    oneHot: oneHot(labels, classes),
  }));
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
  return feedOf(batches, ({ weak, peak, labels, shape }) => {
    const [batch, height, width, channels] = shape;
    const images = new Float32Array(weak.length + peak.length);
    images.set(weak);
    images.set(peak, weak.length);
    const both = Int32Array.from([...labels, ...labels]);
    return { images: upload(images, [2 * batch, height, width, channels]), oneHot: oneHot(both, classes) };
  });
}

function feedOf<Batch, Tensors>(batches: Batches<Batch>, make: (batch: Batch) => Tensors): Feed<Tensors> {
  return Object.assign(() => make(batches.next().value), {
    state: () => batches.state(),
    restore: (state: unknown) => batches.restore(state as ReturnType<Batches<Batch>['state']>),
  });
}

function chooseReal(weak: Float32Array, peak: Float32Array, [batch]: BatchShape, random: Random): Float32Array {
  const real = Float32Array.from(weak);
  const size = real.length / batch;
  for (let row = 0; row < batch; row++) {
    if (random.uniform() < 0.5) real.set(peak.subarray(row * size, (row + 1) * size), row * size);
  }
  return real;
}

function upload(values: Float32Array, [batch, height, width, channels]: BatchShape): tf.Tensor4D {
  return tf.tensor4d(values, [batch, height, width, channels]);
}

function oneHot(labels: Int32Array, classes: number): tf.Tensor2D {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    values[row * classes + label] = 1;
  });
  return tf.tensor2d(values, [labels.length, classes]);
}
