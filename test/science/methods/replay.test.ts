import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { asPeaks } from '../../../src/science/data/still-pairs.ts';
import type { MethodOptions } from '../../../src/science/methods/options.ts';
import { pretrainClassifier, pretrainGenerator } from '../../../src/science/methods/pretraining.ts';
import { METHODS } from '../../../src/science/methods/registry.ts';
import type { TensorMap } from '../../../src/science/models/state.ts';
import { type BaseNetName, BASE_NET_NAMES, PAIR_METHOD_NAMES, STILL_METHOD_NAMES } from '../../../src/science/names.ts';
import type { Report } from '../../../src/science/training/loop.ts';
import { createRandom } from '../../../src/base/random.ts';
import { createSteps, PLAIN_STEPS, setSteps } from '../../../src/compute/steps.ts';
import { ReplayedSteps } from '../../../src/compute/native/graph/replayed-steps.ts';
import { TracedSteps } from '../../../src/compute/wasm/program/traced-steps.ts';
import { listen } from '../../compute/overhear.ts';
import { assertNoMoreTensors, TEST_BACKEND, useTestBackend } from '../../compute/test-backend.ts';
import { TINY_SYSTEMS, tinyLandmarks, tinyStills } from './stills/tiny-stills.ts';
import { tinyOptions, tinyPairs } from './tiny.ts';

interface End {
  readonly tensors: TensorMap;
  readonly reports: readonly Report[];
}

/** As many as trace a step, replay it, and replay it at a lower rate. */
const ITERATIONS = 7;

const base: MethodOptions = {
  ...tinyOptions(ITERATIONS, TINY_SYSTEMS),
  logEvery: 1,
};
const variants: Readonly<Record<string, MethodOptions>> = {
  'as they are': base,
  'with a synthesis for each player, by SGD with decay': {
    ...base,
    players: { share: false },
    optimizer: { ...base.optimizer, kind: 'sgd', weightDecay: 0.005 },
  },
  'without batch statistics, from the fine-tuned classifier, by the perceptual energy': {
    ...base,
    model: { ...base.model, normalization: 'none' },
    classifier: { update: 'fine-tune', iterations: ITERATIONS },
    content: { ...base.content, kind: 'perceptual' },
  },
};

type Train = (onReport: (report: Report) => void) => Promise<TensorMap>;

function ofPairs(name: (typeof PAIR_METHOD_NAMES)[number], options: MethodOptions, net: BaseNetName = 'VGG11'): Train {
  return async (onReport) => {
    const task = { train: tinyPairs(), net, options, random: createRandom(7), pretrained: {} } as const;
    const trained = await METHODS[name].train({ ...task, onReport });
    const tensors = trained.tensors();
    trained.dispose();
    return tensors;
  };
}

describe('replayed trainings', () => {
  before(useTestBackend);

  async function end(train: Train): Promise<End> {
    const reports: Report[] = [];
    return { tensors: await train((report) => reports.push(report)), reports };
  }

  async function plainly(train: Train): Promise<End> {
    const before = setSteps(() => PLAIN_STEPS);
    try {
      return await end(train);
    } finally {
      setSteps(before);
    }
  }

  /** @param notice what is said about steps that cannot be replayed; nothing where all are */
  async function compare(train: Train, notice = ''): Promise<void> {
    const before = tf.memory().numTensors;
    const expected = await plainly(train);
    let said = '';
    const stop = listen();
    const found = await end(train).finally(() => {
      said = stop();
    });
    assert.deepEqual(found, expected);
    assert.equal(said, notice);
    assertNoMoreTensors(before);
  }

  it('are what these tests are about', () => {
    const steps = createSteps();
    assert.ok(steps instanceof (TEST_BACKEND === 'wasm' ? TracedSteps : ReplayedSteps));
    steps.dispose();
  });

  for (const [title, options] of Object.entries(variants)) {
    for (const name of PAIR_METHOD_NAMES) {
      it(`measure and end as plain ones do, bit by bit: ${name}, ${title}`, () => compare(ofPairs(name, options)));
    }
  }

  for (const net of BASE_NET_NAMES.filter((name) => name !== 'VGG11')) {
    it(`do so with ${net}`, () => compare(ofPairs('groupgan-2v2', base, net)));
  }

  for (const [name, pretrain] of Object.entries({ pretrainClassifier, pretrainGenerator })) {
    it(`do so in ${name}`, () =>
      compare((onReport) =>
        pretrain({ train: tinyPairs(), net: 'VGG11', options: base, random: createRandom(7), onReport }),
      ));
  }

  for (const name of STILL_METHOD_NAMES) {
    // SCN ranks by numbers that it reads in the middle of a step.
    const notice =
      name === 'scn' && TEST_BACKEND === 'wasm'
        ? 'Steps run operation by operation, which takes longer: they read values in the middle.\n'
        : '';
    it(`do so for stills: ${name}`, () =>
      compare(async (onReport) => {
        const pictures = {
          train: tinyStills(),
          val: tinyStills(10, 3),
          landmarks: () => Promise.resolve(tinyLandmarks()),
        };
        const task = { ...pictures, options: base, net: 'ResNet18', random: createRandom(7) } as const;
        const pretrained =
          name === 'groupgan' ? { classifier: await pretrainClassifier({ ...task, train: asPeaks(task.train) }) } : {};
        const trained = await METHODS[name].train({ ...task, pretrained, onReport });
        const tensors = trained.tensors();
        trained.dispose();
        return tensors;
      }, notice));
  }
});
