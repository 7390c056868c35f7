import * as tf from '@tensorflow/tfjs-core';
import { imageBatches, pairBatches } from '../../src/science/data/batches.ts';
import type { PairSet } from '../../src/science/data/prepared/prepared.ts';
import { batchOptions, bothFeed, imageFeed, pairFeed } from '../../src/science/methods/feed.ts';
import { createRandom } from '../../src/base/random.ts';
import { methodOptions, type StepSettings } from './step-settings.ts';

/**
 * Makes the batches that the steps of a training take, and nothing else: cut out of bytes, scaled, mirrored, copied to
 * the backend. A step does this itself before it computes; no batch is made ahead, so the time of one is what a step
 * waits for its data.
 *
 * @returns a function that makes one batch and gives the wall time it took, ms
 */
export function batchTimer(settings: StepSettings, train: PairSet): () => number {
  const feed = feedOf(settings, train);
  return () => {
    const start = performance.now();
    const tensors = feed();
    const ms = performance.now() - start;
    tf.dispose(Object.values(tensors));
    return ms;
  };
}

function feedOf(settings: StepSettings, train: PairSet): () => object {
  const random = createRandom(1);
  const cut = batchOptions(methodOptions(settings), settings.batch, random);
  const classes = train.classes.length;
  switch (settings.method) {
    case 'pretrain-e':
      return imageFeed(imageBatches(train, 'peak', cut), classes);
    case 'pretrain-g':
      return imageFeed(imageBatches(train, 'all', cut), classes);
    case 'cnn':
      return imageFeed(imageBatches(train, 'weak', cut), classes);
    case 'cnn-weak+peak':
      return bothFeed(pairBatches(train, cut), classes);
    case 'dcgan':
    case 'restore':
    case 'groupgan-1v2':
    case 'groupgan-2v2':
      return pairFeed(pairBatches(train, cut), classes, random.fork('real'));
  }
}
