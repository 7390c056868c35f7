import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { testImages } from '../../../src/science/data/batches.ts';
import { METHOD_NAMES } from '../../../src/science/methods/method.ts';
import type { TrainTask } from '../../../src/science/methods/method.ts';
import { METHODS } from '../../../src/science/methods/registry.ts';
import { createRandom } from '../../../src/science/tensor/random.ts';
import { useTestBackend } from '../backend-for-tests.ts';
import { tinyOptions, tinyPairs } from './tiny.ts';

function task(changes: Partial<TrainTask> = {}): TrainTask {
  const random = createRandom(7);
  return { train: tinyPairs(), net: 'VGG11', options: tinyOptions(), pretrained: {}, random, ...changes };
}

function testPictures(): Float32Array {
  const [batch] = [...testImages(tinyPairs(5, 2), 'weak', { cropSize: 16, batch: 100 })];
  return batch!.images;
}

describe('methods', () => {
  before(useTestBackend);

  for (const name of METHOD_NAMES) {
    it(`${name}: a method restored from its tensors predicts what the trained one predicts, bit for bit`, async () => {
      const trained = await METHODS[name].train(task());
      const pictures = testPictures();
      const logits = trained.predict(pictures);
      assert.equal(logits.length, 10 * 2);
      assert.ok(logits.every(Number.isFinite));
      const { net, options } = task();
      const restored = METHODS[name].restore({ tensors: trained.tensors(), net, options, classes: 2, channels: 1 });
      assert.deepEqual(restored.predict(pictures), logits);
      assert.deepEqual(restored.expression(pictures), trained.expression(pictures));
      assert.deepEqual(restored.magnify?.(pictures), trained.magnify?.(pictures));
      trained.dispose();
      restored.dispose();
    });

    it(`${name}: leaves nothing on the backend once it is disposed of`, async () => {
      const before = tf.memory().numTensors;
      const trained = await METHODS[name].train(task());
      trained.predict(testPictures());
      trained.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it('an equal seed gives the same weights, bit for bit, and another seed others', async () => {
    const weights = async (seed: number) => {
      const trained = await METHODS['groupgan-2v2'].train(task({ random: createRandom(seed) }));
      const tensors = trained.tensors();
      trained.dispose();
      return tensors;
    };
    const first = await weights(1);
    assert.deepEqual(await weights(1), first);
    assert.notDeepEqual(await weights(2), first);
  });
});
