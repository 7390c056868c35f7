import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { testImages } from '../../../src/science/data/batches.ts';
import type { MethodOptions } from '../../../src/science/methods/options.ts';
import type { PairTraining } from '../../../src/science/methods/method.ts';
import { PAIR_METHOD_NAMES } from '../../../src/science/names.ts';
import { pretrainClassifier, pretrainGenerator } from '../../../src/science/methods/pretraining.ts';
import { METHODS } from '../../../src/science/methods/registry.ts';
import { createRandom } from '../../../src/base/random.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { tinyOptions, tinyPairs } from './tiny.ts';

function task(changes: Partial<PairTraining> = {}): PairTraining {
  const random = createRandom(7);
  return { train: tinyPairs(), net: 'VGG11', options: tinyOptions(), pretrained: {}, random, ...changes };
}

function testPictures(): Float32Array {
  const [batch] = [...testImages(tinyPairs(5, 2), 'weak', { cropSize: 16, batch: 100 })];
  return batch!.images;
}

describe('methods', () => {
  before(useTestBackend);

  for (const name of PAIR_METHOD_NAMES) {
    it(`${name}: a method restored from its tensors predicts what the trained one predicts, bit for bit`, async () => {
      const trained = await METHODS[name].train(task());
      const pictures = testPictures();
      const logits = trained.predict(pictures);
      assert.equal(logits.length, 10 * 2);
      assert.ok(logits.every(Number.isFinite));
      const { net, options } = task();
      const restored = METHODS[name].restore({ tensors: trained.tensors(), net, options, classes: 2, channels: 1 });
      assert.deepEqual(restored.predict(pictures), logits);
      const { expression, featureMap } = trained.features!(pictures);
      assert.equal(expression.length % 10, 0);
      assert.equal(featureMap.length % 10, 0);
      assert.deepEqual(restored.features!(pictures), { expression, featureMap });
      const alone = trained.features!(pictures.subarray(0, pictures.length / 10));
      assert.deepEqual(alone.expression, expression.subarray(0, expression.length / 10));
      assert.deepEqual(alone.featureMap, featureMap.subarray(0, featureMap.length / 10));
      assert.deepEqual(restored.magnifier?.magnify(pictures), trained.magnifier?.magnify(pictures));
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

  for (const name of PAIR_METHOD_NAMES) {
    it(`${name}: tells two easy classes apart on pictures it has not seen`, async () => {
      const options = tinyOptions(60);
      const test = tinyPairs(20, 2);
      const [batch] = [...testImages(test, 'weak', { cropSize: 16, batch: 100 })];
      const pretrained = { classifier: await pretrainClassifier(task({ options })) };
      const trained = await METHODS[name].train(task({ options, pretrained }));
      const logits = trained.predict(batch!.images);
      const right = batch!.labels.filter((label, row) => logits[2 * row + label]! > logits[2 * row + 1 - label]!);
      trained.dispose();
      assert.ok(right.length >= 0.9 * batch!.labels.length, `${right.length} of ${batch!.labels.length}`);
    });
  }

  it('start from what was pretrained', async () => {
    const options = { ...tinyOptions(0), classifier: { update: 'frozen', iterations: 0 } as const };
    const pretrain = { ...task(), options: tinyOptions(2), random: createRandom(99) };
    const pretrained = {
      classifier: await pretrainClassifier(pretrain),
      generator: await pretrainGenerator(pretrain),
    };
    const start = await METHODS['groupgan-2v2'].train(task({ options, pretrained }));
    const tensors = start.tensors();
    start.dispose();
    const name = 'features.0.weight';
    assert.deepEqual(tensors.get(`classifier.${name}`), pretrained.classifier.get(`classifier.${name}`));
    assert.deepEqual(tensors.get(`extractor.${name}`), pretrained.classifier.get(`classifier.${name}`));
    const inner = 'generator.encoder.0.0.weight';
    assert.deepEqual(tensors.get(inner), pretrained.generator.get(inner));
    // A residual generator starts as the identity all the same.
    assert.ok(tensors.get('generator.output.1.weight')!.data.every((value) => value === 0));
  });

  it('fine-tune trains the classifier on magnified pictures after the game, frozen never', async () => {
    const classifier = await pretrainClassifier(task());
    const weights = async (update: 'frozen' | 'fine-tune') => {
      const options = { ...tinyOptions(), classifier: { update, iterations: 2 } };
      const trained = await METHODS['groupgan-1v2'].train(task({ options, pretrained: { classifier } }));
      const tensors = trained.tensors();
      trained.dispose();
      return tensors.get('classifier.features.0.weight');
    };
    assert.deepEqual(await weights('frozen'), classifier.get('classifier.features.0.weight'));
    assert.notDeepEqual(await weights('fine-tune'), classifier.get('classifier.features.0.weight'));
  });

  it('play with every other setting of the paper, too', async () => {
    const base = tinyOptions();
    const settings: Partial<MethodOptions>[] = [
      { players: { share: false } },
      { content: { kind: 'perceptual', reduction: 'sum' } },
      { dprime: { negatives: 'fake' }, adversarial: { ...base.adversarial, form: 'saturating' } },
      {
        model: { ...base.model, normalization: 'none', init: { kind: 'gaussian', sd: 0.01, bias: 1 } },
        generator: { width: 0.05, skips: false, output: 'tanh' },
        optimizer: { ...base.optimizer, kind: 'sgd', weightDecay: 0.005 },
        train: {
          ...base.train,
          schedule: { kind: 'plateau', at: 0, factor: 0.1, patience: 1, threshold: 0, minimum: 0 },
        },
      },
    ];
    for (const setting of settings) {
      const before = tf.memory().numTensors;
      const trained = await METHODS['groupgan-2v2'].train(task({ options: { ...base, ...setting } }));
      assert.ok(trained.predict(testPictures()).every(Number.isFinite), JSON.stringify(setting));
      trained.dispose();
      assert.equal(tf.memory().numTensors, before);
    }
  });

  it('stop when asked to, and leave nothing behind', async () => {
    const before = tf.memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    for (const name of PAIR_METHOD_NAMES) await assert.rejects(METHODS[name].train(task({ signal })), /enough/);
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuse numbers that do not make whole pictures', async () => {
    const trained = await METHODS.cnn.train(task({ options: tinyOptions(0) }));
    assert.throws(
      () => trained.predict(new Float32Array(100)),
      /whole pictures of 16 x 16 x 1 = 256 numbers, found 100/,
    );
    assert.equal(trained.predict(new Float32Array(0)).length, 0);
    trained.dispose();
  });

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
