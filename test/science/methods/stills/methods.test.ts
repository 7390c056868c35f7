import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { testImages } from '../../../../src/science/data/batches.ts';
import { asPeaks } from '../../../../src/science/data/still-pairs.ts';
import type { StillSet } from '../../../../src/science/data/stills.ts';
import { described } from '../../../../src/science/methods/stills/descriptors.ts';
import { pairsOf } from '../../../../src/science/methods/stills/groupgan.ts';
import type { StillTraining } from '../../../../src/science/methods/method.ts';
import { STILL_METHOD_NAMES, type StillMethodName } from '../../../../src/science/names.ts';
import { METHODS } from '../../../../src/science/methods/registry.ts';
import { pretrainClassifier } from '../../../../src/science/methods/pretraining.ts';
import { createRandom } from '../../../../src/base/random.ts';
import type { Report } from '../../../../src/science/training/loop.ts';
import { useTestBackend } from '../../../compute/test-backend.ts';
import { tinyOptions } from '../tiny.ts';
import { inFull } from '../../data/pictures/pixels.ts';
import { TINY_SYSTEMS, tinyLandmarks, tinyStills } from './tiny-stills.ts';

function taskOf(iterations = 3, changes: Partial<StillTraining> = {}): StillTraining {
  const landmarks = () => Promise.resolve(tinyLandmarks());
  const task = {
    train: tinyStills(),
    val: tinyStills(10, 3),
    options: tinyOptions(iterations, TINY_SYSTEMS),
    net: 'ResNet18',
  } as const;
  return { ...task, landmarks, pretrained: {}, random: createRandom(7), ...changes };
}

/** A task with the classifier that GroupGAN starts from. */
async function pretrainedTask(iterations = 3, changes: Partial<StillTraining> = {}): Promise<StillTraining> {
  const task = taskOf(iterations, changes);
  const classifier = await pretrainClassifier({ ...task, train: asPeaks(task.train) });
  return { ...task, pretrained: { classifier } };
}

/** Only GroupGAN wants one. */
function taskFor(name: StillMethodName, iterations?: number): Promise<StillTraining> {
  return name === 'groupgan' ? pretrainedTask(iterations) : Promise.resolve(taskOf(iterations));
}

function seen(set: StillSet): { images: Float32Array; labels: Int32Array } {
  const [batch] = [...testImages(asPeaks(set), 'peak', { cropSize: 16, batch: 1000 })];
  return batch!;
}

describe('the methods of Table 3', () => {
  before(useTestBackend);

  for (const name of STILL_METHOD_NAMES) {
    it(`${name}: predicts probabilities, and predicts the same when restored from its tensors`, async () => {
      const task = await taskFor(name);
      const reports: Report[] = [];
      const before = tf.memory().numTensors;
      const trained = await METHODS[name].train({ ...task, onReport: (report) => reports.push(report) });
      const { images } = seen(tinyStills(6, 5));
      const found = trained.predict(images);
      assert.equal(found.length, 6 * 2);
      for (let row = 0; row < 6; row++) assert.ok(Math.abs(found[2 * row]! + found[2 * row + 1]! - 1) < 1e-6);
      const { net, options } = task;
      const shape = { net, classes: 2, channels: 1, options } as const;
      const restored = METHODS[name].restore({ ...shape, tensors: trained.tensors() });
      assert.deepEqual(restored.predict(images), found);
      assert.deepEqual(restored.magnifier?.magnify(images), trained.magnifier?.magnify(images));
      assert.ok(
        reports.length > 0 &&
          reports.every(({ measures }) => Number.isFinite(measures['accuracy'] ?? measures['accuracyOfFakes'])),
      );
      trained.dispose();
      restored.dispose();
      assert.equal(tf.memory().numTensors, before);
    });

    it(`${name}: refuses a checkpoint of another number of classes`, async () => {
      const task = await taskFor(name, 1);
      const trained = await METHODS[name].train(task);
      const tensors = trained.tensors();
      trained.dispose();
      const before = tf.memory().numTensors;
      const { net, options } = task;
      assert.throws(() => METHODS[name].restore({ net, classes: 3, channels: 1, options, tensors }), /train it again/);
      assert.equal(tf.memory().numTensors, before);
    });

    // The deeper plain networks learn nothing in so few steps; they differ from the others in depth alone.
    if (['vgg16', 'vgg19', 'resnet34', 'resnet50'].includes(name)) continue;
    it(`${name}: tells two easy classes apart on pictures it has not seen`, async () => {
      const trained = await METHODS[name].train(await taskFor(name, 40));
      const { images, labels } = seen(tinyStills(40, 9));
      const found = trained.predict(images);
      trained.dispose();
      const right = labels.filter((label, row) => found[2 * row + label]! > 0.5).length;
      assert.ok(right >= 0.9 * labels.length, `${right} of ${labels.length}`);
    });
  }

  it('stop when asked to, and leave nothing behind', async () => {
    const task = await pretrainedTask(1);
    const before = tf.memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    for (const name of STILL_METHOD_NAMES) {
      await assert.rejects(async () => METHODS[name].train({ ...task, signal }), /enough/, name);
    }
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('a descriptor', () => {
  before(useTestBackend);

  it('whose features cannot be learnt from is told by name, with what is wrong', async () => {
    const task = await taskFor('eoh', 1);
    const refused = (describe: Parameters<typeof described>[1], message: RegExp): void =>
      assert.throws(() => described('eoh', describe).train(task), message);
    refused(
      () => new Float32Array(24 * 3).fill(NaN),
      /^DataError: descriptor eoh: expected finite features, found NaN as feature 0 of picture 0/,
    );
    refused(() => new Float32Array(7), /expected equally many features for each of 24 pictures, found 7 numbers/);
    refused(() => new Float32Array(0), /expected equally many features .*, found 0 numbers/);
    let calls = 0;
    const trained = await described('eoh', () => new Float32Array(24 * (3 + calls++))).train(task);
    assert.throws(
      () => trained.predict(seen(tinyStills(24)).images),
      /expected 3 features for each of 24 pictures, found 96 numbers/,
    );
  });
});

describe('the pairs of GroupGAN in the wild', () => {
  before(useTestBackend);

  it('take the surest pictures of each class as peaks and all others as weak', async () => {
    const task = await pretrainedTask(20);
    const pairs = pairsOf(task);
    // 12 pictures a class, of which 30 % are 4.
    assert.deepEqual([...pairs.labels].sort(), [0, 0, 0, 0, 1, 1, 1, 1]);
    assert.equal(pairs.weakSequence.length, 16);
    const weakLabels = [...pairs.weakSequence].map((peak) => pairs.labels[peak]);
    assert.equal(weakLabels.filter((label) => label === 0).length, 8);
    assert.deepEqual(inFull(pairsOf(task)), inFull(pairs));
    const other = pairsOf({ ...task, random: createRandom(8) });
    assert.notDeepEqual(other.weakSequence, pairs.weakSequence);
    assert.deepEqual(other.ids, pairs.ids);
  });

  it('can take the peaks from the validation pictures, and every training picture as weak', async () => {
    const task = await pretrainedTask(20, { options: tinyOptions(20, { ...TINY_SYSTEMS, easyFrom: 'val' }) });
    const pairs = pairsOf(task);
    assert.equal(pairs.labels.length, 4);
    assert.equal(pairs.weakSequence.length, 24);
  });
});
