import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { PairTraining } from '../../../src/science/methods/method.ts';
import type { PairMethodName } from '../../../src/science/names.ts';
import type { MethodOptions } from '../../../src/science/methods/options.ts';
import { pretrainClassifier, pretrainGenerator } from '../../../src/science/methods/pretraining.ts';
import { METHODS } from '../../../src/science/methods/registry.ts';
import type { TensorMap } from '../../../src/science/models/state.ts';
import { readSafetensors, writeSafetensors } from '../../../src/compute/checkpoint.ts';
import { createRandom } from '../../../src/base/random.ts';
import { Checkpoints } from '../../../src/science/training/checkpoints.ts';
import type { Report } from '../../../src/science/training/loop.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { tinyOptions, tinyPairs } from '../methods/tiny.ts';

type Task = Omit<PairTraining, 'pretrained'>;
type Train = (task: Task) => Promise<TensorMap>;

interface End {
  readonly tensors: TensorMap;
  readonly reports: readonly Report[];
}

const ITERATIONS = 5;

function methodNamed(name: PairMethodName): Train {
  return async (task) => {
    const trained = await METHODS[name].train({ ...task, pretrained: {} });
    const tensors = trained.tensors();
    trained.dispose();
    return tensors;
  };
}

describe('a training with checkpoints', () => {
  before(useTestBackend);
  const folder = mkdtempSync(path.join(tmpdir(), 'checkpoints-'));
  const file = path.join(folder, 'scratch', 'training.safetensors');
  let log: string[] = [];
  beforeEach(() => {
    rmSync(file, { force: true });
    log = [];
  });
  after(() => rmSync(folder, { recursive: true }));

  // A clock that stands still: writing costs nothing, and with an interval of 0 every iteration is due.
  const open = (intervalMs = 0) =>
    Checkpoints.open({ file, identity: 'this one', intervalMs, log: (line) => log.push(line), now: () => 0 });

  async function run(train: Train, options: MethodOptions, checkpoints?: Checkpoints): Promise<End> {
    const reports: Report[] = [];
    const task = { train: tinyPairs(), net: 'VGG11', options, random: createRandom(7) } as const;
    const onReport = (report: Report) => void reports.push(report);
    return { tensors: await train({ ...task, onReport, checkpoints }), reports };
  }

  /** Trains, and is ended after each iteration once: what it left then, as many files as it wrote. */
  async function snapshots(train: Train, options: MethodOptions): Promise<string[]> {
    const files: string[] = [];
    const checkpoints = await open();
    const write = checkpoints.write.bind(checkpoints);
    checkpoints.write = async (...args) => {
      await write(...args);
      const copy = path.join(folder, `${files.length}.safetensors`);
      copyFileSync(file, copy);
      files.push(copy);
    };
    await run(train, options, checkpoints);
    return files;
  }

  const base = tinyOptions(ITERATIONS);
  const sgd: MethodOptions = {
    ...base,
    optimizer: { ...base.optimizer, kind: 'sgd', weightDecay: 0.005 },
    players: { share: false },
    train: { ...base.train, schedule: { ...base.train.schedule, kind: 'plateau', patience: 0, threshold: 0.5 } },
  };
  const fineTune: MethodOptions = { ...base, classifier: { update: 'fine-tune', iterations: 3 } };
  const pretraining = ITERATIONS - 1;
  const trainings: [title: string, train: Train, options: MethodOptions, count: number][] = [
    ['cnn, adam', methodNamed('cnn'), base, ITERATIONS - 1],
    ['cnn-weak+peak, sgd', methodNamed('cnn-weak+peak'), sgd, ITERATIONS - 1],
    ['groupgan-2v2, adam', methodNamed('groupgan-2v2'), base, ITERATIONS - 1],
    ['groupgan-2v2, sgd, a synthesis for each player', methodNamed('groupgan-2v2'), sgd, ITERATIONS - 1],
    ['groupgan-2v2, fine-tuned', methodNamed('groupgan-2v2'), fineTune, ITERATIONS - 1 + 2],
    ['dcgan, fine-tuned', methodNamed('dcgan'), fineTune, ITERATIONS - 1 + 2],
    ['pretrain-e', pretrainClassifier, base, pretraining],
    ['pretrain-g', pretrainGenerator, base, pretraining],
  ];
  for (const [title, train, options, count] of trainings) {
    it(`${title}: ends with the same bits and reports, wherever it was ended`, async () => {
      const whole = await run(train, options);
      const files = await snapshots(train, options);
      assert.equal(files.length, count);
      for (const [at, snapshot] of files.entries()) {
        copyFileSync(snapshot, file);
        log = [];
        const before = tf.memory().numTensors;
        const rest = await run(train, options, await open(Infinity));
        assert.equal(tf.memory().numTensors, before);
        const iteration = at < ITERATIONS - 1 ? at + 1 : at - (ITERATIONS - 1) + 1;
        assert.equal(log.length, 1);
        assert.match(log[0]!, new RegExp(`^continues from iteration ${iteration} \\(`));
        assert.deepEqual(rest, whole, `from checkpoint ${at}`);
      }
    });
  }

  it('changes nothing by saving, and saves no oftener than asked', async () => {
    const train = methodNamed('groupgan-2v2');
    const whole = await run(train, base);
    assert.deepEqual(await run(train, base, await open()), whole);
    rmSync(file);
    await run(train, base, await open(1e6));
    assert.equal(existsSync(file), false);
    assert.deepEqual(log, []);
  });

  it('waits longer where saving takes long, so that it costs a twentieth of the time at most', async () => {
    let ms = 0;
    // Every look at the clock takes 100 ms, so that saving seems to take that long, too.
    const now = () => (ms += 100);
    const checkpoints = await Checkpoints.open({ file, identity: 'x', intervalMs: 150, log: () => undefined, now });
    const due = () => {
      let looks = 0;
      do looks += 1;
      while (!checkpoints.isDue());
      return looks;
    };
    const trained = { variables: new Map(), state: () => null, restore: () => undefined };
    assert.equal(due(), 2);
    const pending = { names: [], rows: [], last: null };
    await checkpoints.write('training', new Map(), trained, { step: 1, schedule: null, pending });
    assert.equal(due(), 20);
  });

  describe('that are of no use', () => {
    const train = methodNamed('cnn');
    const damage = async (change: () => void | Promise<void>, message: RegExp) => {
      const whole = await run(train, base);
      await run(train, base, await open());
      await change();
      log = [];
      assert.deepEqual(await run(train, base, await open(Infinity)), whole);
      assert.equal(log.length, 1, log.join('\n'));
      assert.match(log[0]!, message);
    };

    it('starts at the beginning when the file was cut', () =>
      damage(() => writeFileSync(file, readFileSync(file).subarray(0, 5000)), /ignores a checkpoint that is damaged/));

    it('starts at the beginning when a bit of a weight has flipped', () =>
      damage(() => {
        const bytes = readFileSync(file);
        const at = bytes.length - 100;
        bytes[at] = bytes[at]! ^ 1;
        writeFileSync(file, bytes);
      }, /ignores a checkpoint that is damaged/));

    for (const [what, change] of [
      ['version', { version: '0' }],
      ['training', { identity: 'another one' }],
    ] as const) {
      it(`starts at the beginning when it is of another ${what}`, () =>
        damage(
          async () => {
            const { tensors, metadata } = await readSafetensors(file);
            await writeSafetensors(file, tensors, { ...metadata, ...change });
          },
          new RegExp(`ignores a checkpoint of another ${what}, and starts at the beginning`),
        ));
    }
  });

  it('refuses the weights of other networks, naming the first that does not fit', async () => {
    await run(methodNamed('cnn'), base, await open());
    const wider = { ...base, model: { ...base.model, dense: [16, 12] } };
    await assert.rejects(
      run(methodNamed('cnn'), wider, await open()),
      /expected a tensor classifier\.\S+, float32 \[\S+\], found float32 \[\S+\]\. Delete the file/,
    );
  });

  it('has a name for each phase', async () => {
    const checkpoints = await open();
    checkpoints.phase('game');
    assert.throws(() => checkpoints.phase('game'), /two phases of a training are named game/);
  });
});
