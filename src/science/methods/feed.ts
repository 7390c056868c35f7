import * as tf from '@tensorflow/tfjs-core';
import type { BatchOptions, BatchShape, ImageBatch, PairBatch } from '../data/batches.ts';
import type { Random } from '../tensor/random.ts';
import type { ImageTensors, PairTensors } from '../training/batch.ts';
import type { MethodOptions } from './options.ts';

/** Takes seeded batches from host memory to the backend. */

/** How training batches are cut from the prepared pictures. */
export function batchOptions(options: MethodOptions, batch: number, random: Random): BatchOptions {
  const { crop, flip } = options.augment;
  return { batch, cropSize: crop, augment: true, flip, random };
}

/** Single pictures with their classes. */
export function imageFeed(batches: Iterator<ImageBatch, never>, classes: number): () => ImageTensors {
  return () => imageTensors(batches.next().value, classes);
}

/** One batch of single pictures, for a training that needs to know which ones they are. */
export function imageTensors({ images, labels, shape }: ImageBatch, classes: number): ImageTensors {
  return { images: upload(images, shape), oneHot: oneHot(labels, classes) };
}

/** Pairs for the game. D's real pictures are drawn here: of each pair the weak or the peak picture. */
export function pairFeed(batches: Iterator<PairBatch, never>, classes: number, random: Random): () => PairTensors {
  return () => {
    const { weak, peak, labels, shape } = batches.next().value;
    return {
      weak: upload(weak, shape),
      peak: upload(peak, shape),
      real: upload(chooseReal(weak, peak, shape, random), shape),
      oneHot: oneHot(labels, classes),
    };
  };
}

/** Both pictures of each pair, the weak ones first, as single pictures. */
export function bothFeed(batches: Iterator<PairBatch, never>, classes: number): () => ImageTensors {
  return () => {
    const { weak, peak, labels, shape } = batches.next().value;
    const [batch, height, width, channels] = shape;
    const images = new Float32Array(weak.length + peak.length);
    images.set(weak);
    images.set(peak, weak.length);
    const both = Int32Array.from([...labels, ...labels]);
    return { images: upload(images, [2 * batch, height, width, channels]), oneHot: oneHot(both, classes) };
  };
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
