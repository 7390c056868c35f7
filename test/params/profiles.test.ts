import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadPipeline } from '../../src/engine/graph/load.ts';
import type { Pipeline } from '../../src/engine/stages/types.ts';
import type { Value } from '../../src/engine/yaml/values.ts';
import { usedCorpora } from '../../src/params/access/used-corpora.ts';
import type { Params } from '../../src/params/params.ts';
import { PAIR_METHODS } from '../../src/science/names.ts';

type Tree = { readonly [key: string]: Value };

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const profiles = readdirSync(path.join(home, 'params')).filter(
  (file) => file.endsWith('.yaml') && file !== 'default.yaml',
);

/** Keys below which a profile may write what default.yaml does not hold: options of a reader, and own training. */
const FREE = /^(?:corpora\.[^.]+\.options|tasks\.[^.]+\.training)(?:\.|$)/;

/** Trainings of the methods, of classifiers before them, and of generators, by task. */
type Counts = Readonly<Record<string, readonly [methods: number, classifiers: number, generators: number]>>;

const none = [0, 0, 0] as const;
const EXPECTED: Readonly<Record<string, Counts>> = {
  'smoke.yaml': { faces: [12, 2, 1], sketches: [4, 1, 1], ablation: [2, 1, 1], wild: [3, 1, 1] },
  'demo.yaml': { faces: [20, 4, 2], sketches: [3, 1, 1], ablation: none, wild: [9, 1, 1] },
  'ablation.yaml': { faces: none, sketches: none, ablation: [90, 15, 15], wild: none },
  'tables.yaml': { faces: [90, 15, 5], sketches: [20, 5, 5], ablation: none, wild: [27, 3, 3] },
  'paper.yaml': { faces: [240, 40, 5], sketches: [20, 5, 5], ablation: none, wild: [45, 5, 5] },
  'paper-practical.yaml': { faces: [240, 40, 5], sketches: [20, 5, 5], ablation: none, wild: [45, 5, 5] },
};

/** The stages do not matter here: params are what they are without one. */
const PIPELINE = `
vars: [params/default.yaml, { run: "runs/\${profile}" }, { reports: "reports/\${profile}" }]
stages: {}
`;

describe('the profiles in params/', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'profiles-'));
  const loaded = new Map<string, Pipeline>();
  const load = (profile: string): Pipeline => {
    const known = loaded.get(profile) ?? loadPipeline({ root, profiles: [path.join(root, 'params', profile)] });
    loaded.set(profile, known);
    return known;
  };

  before(() => {
    cpSync(path.join(home, 'params'), path.join(root, 'params'), { recursive: true });
    writeFileSync(path.join(root, 'pipeline.yaml'), PIPELINE);
  });
  after(() => rmSync(root, { recursive: true }));

  it('are demo, paper, smoke and tables at least', () => {
    for (const name of ['demo.yaml', 'paper.yaml', 'smoke.yaml', 'tables.yaml'])
      assert.ok(profiles.includes(name), name);
  });

  for (const profile of profiles) {
    describe(profile, () => {
      it('loads, and names its run after itself', () => {
        const { params, variables } = load(profile);
        const name = path.basename(profile, '.yaml');
        assert.equal(params['profile'], name);
        assert.deepEqual(variables, { run: `runs/${name}`, reports: `reports/${name}` });
      });

      it('holds only keys of params/default.yaml', () => {
        const known = new Set(branches(readParams('default.yaml')).map(({ key }) => key));
        const unknown = leaves(readParams(profile)).filter(({ key }) => !known.has(key) && !FREE.test(key));
        assert.deepEqual(unknown, []);
      });

      it('changes what it says and nothing else', () => {
        const said = new Map(leaves(readParams(profile)).map(({ key, value }) => [key, value]));
        const isFilled = (key: string): boolean =>
          FREE.test(key) && [...said.keys()].some((one) => one.startsWith(`${key}.`));
        const expected = leaves(readParams('default.yaml')).filter(({ key }) => key !== 'profile' && !isFilled(key));
        const found = new Map(leaves(load(profile).params).map(({ key, value }) => [key, value]));
        for (const { key, value } of expected)
          assert.deepEqual(found.get(key), said.has(key) ? said.get(key) : value, key);
        for (const [key, value] of said) assert.deepEqual(found.get(key), value, key);
      });
    });
  }

  for (const [profile, counts] of Object.entries(EXPECTED)) {
    it(`${profile} asks for as many trainings as it promises`, () => {
      // A task that somebody adds promises nothing here.
      const promised = Object.entries(paramsOf(profile).tasks).filter(([name]) => name in counts);
      const found = promised.map(([name, task]) => {
        // A dimension that is not there has one place.
        const size = (dimension: readonly unknown[] | null) => dimension?.length ?? 1;
        const generators = size(task.folds) * size(task.repeats) * Math.sign(size(task.methods) * size(task.nets));
        const classifiers = size(task.nets) * generators;
        return [name, [size(task.methods) * classifiers, classifiers, generators]];
      });
      assert.deepEqual(Object.fromEntries(found), counts);
    });
  }

  it('smoke.yaml trains every method on AlexNet and ResNet18', () => {
    const { faces } = paramsOf('smoke.yaml').tasks;
    assert.deepEqual(
      faces?.methods,
      PAIR_METHODS.map(({ id }) => id),
    );
    assert.deepEqual([faces.nets, faces.folds], [['AlexNet', 'ResNet18'], [0]]);
  });

  it('paper-practical.yaml has the paper’s scale and the settings of default.yaml', () => {
    const [literal, practical, small] = ['paper.yaml', 'paper-practical.yaml', 'smoke.yaml'].map(
      (name) =>
        load(name).params as { readonly [key: string]: Tree; readonly training: { readonly [key: string]: Tree } },
    );
    for (const key of ['data', 'corpora', 'pictures', 'tasks']) assert.deepEqual(practical![key], literal![key], key);
    for (const network of ['model', 'generator', 'discriminator']) {
      assert.equal(practical!.training[network]!['width'], literal!.training[network]!['width']);
    }
    for (const key of ['optimizer', 'adversarial', 'content', 'players', 'dprime', 'classifier']) {
      assert.deepEqual(practical!.training[key], small!.training[key], key);
    }
    assert.deepEqual({ ...practical!.training['model'], width: 0 }, { ...small!.training['model'], width: 0 });
  });

  it('paper.yaml holds the literal settings of the paper', () => {
    const params = load('paper.yaml').params;
    const literal: Readonly<Record<string, Value>> = {
      // 144 x 144 pictures, random crops of 128 x 128, mirrored, three channels.
      'data.size': 128,
      'data.resize': 144,
      'data.channels': 3,
      'training.augment.flip': true,
      // Weights from N(0, 0.01), biases 1, nothing normalised, the full widths.
      'training.model.init.kind': 'gaussian',
      'training.model.init.sd': 0.01,
      'training.model.init.bias': 1,
      'training.model.normalization': 'none',
      'training.model.width': 1,
      'training.model.dense': [512, 256],
      'training.generator.width': 1,
      'training.generator.skips': false,
      'training.generator.output': 'tanh',
      'training.discriminator.width': 1,
      // SGD with momentum 0.9, weight decay 0.005, batches of 4.
      'training.optimizer.kind': 'sgd',
      'training.optimizer.momentum': 0.9,
      'training.optimizer.weightDecay': 0.005,
      'training.train.batch': 4,
      'training.pretrainE.batch': 4,
      'training.pretrainG.batch': 4,
      // The generator's learning rate falls from 1e-4 to 1e-5 on a plateau of the training loss.
      'training.train.learningRates.generator': 1e-4,
      'training.train.schedule.kind': 'plateau',
      'training.train.schedule.factor': 0.1,
      // Eq 2 and Algorithm 1: log(1 - D(fake)); "hyper-parameters for adversarial learning 2e-3"; pixel loss whole.
      'training.adversarial.form': 'saturating',
      'training.adversarial.alphaG': 2e-3,
      'training.adversarial.betaG': 2e-3,
      'training.adversarial.gammaG': 1,
      'training.adversarial.alphaE': 2e-3,
      'training.adversarial.betaE': 2e-3,
      'training.adversarial.lambda': 2e-3,
      'training.content.kind': 'pixel',
      'training.dprime.negatives': 'fake',
      // Frames 6 to 8 of a sequence are weak; all eight BaseNets; every fold of five.
      'pictures.faces.weakFrames': [6, 7, 8],
      // §4.1: peaks of LSEMSW are easy pictures of the validation set.
      'tasks.wild.systems.easyFrom': 'val',
      'tasks.wild.methods': ['lpq', 'lbp', 'eoh', 'alexnet', 'vgg13', 'resnet18', 'rn-laf-ada', 'scn', 'groupgan'],
      'pictures.faces.classes': ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
      'tasks.faces.nets': ['AlexNet', 'VGG11', 'VGG13', 'VGG16', 'VGG19', 'ResNet18', 'ResNet34', 'ResNet50'],
      'pictures.faces.folds.count': 5,
      'tasks.faces.folds': [0, 1, 2, 3, 4],
    };
    const found = Object.keys(literal).map((key) => [key, valueAt(params, key)]);
    assert.deepEqual(Object.fromEntries(found), literal);
  });

  it('use a corpus of their own, or none in its place', () => {
    const corpora = (...set: string[]) => {
      const { params } = loadPipeline({ root, profiles: [path.join(root, 'params/smoke.yaml')], set });
      return usedCorpora(params as unknown as Params, 'faces').map((corpus) => [corpus.reader, corpus.root]);
    };
    assert.deepEqual(corpora('pictures.faces.corpora.oulu-casia=~', 'pictures.faces.corpora.crema-d=data/films'), [
      ['ck-plus', '${run}/corpora/ck-plus'],
      ['crema-d', 'data/films'],
    ]);
  });

  it('cannot name a corpus, pictures or a task that default.yaml does not have', () => {
    const refused = (setting: string, key: string, meant: string): void =>
      assert.throws(
        () => loadPipeline({ root, set: [setting] }),
        (error: Error) => {
          assert.equal(error.message, `error: -S: params have no key "${key}"\n  hint: did you mean "${meant}"?`);
          return true;
        },
      );
    refused('corpora.ck-pluss.crop.kind=whole', 'corpora.ck-pluss', 'corpora.ck-plus');
    refused('pictures.faces.corpora.ravdes=a', 'pictures.faces.corpora.ravdes', 'pictures.faces.corpora.ravdess');
    refused('pictures.face.short=skip', 'pictures.face', 'pictures.faces');
    refused('tasks.ablations.nets=[]', 'tasks.ablations', 'tasks.ablation');
  });

  function paramsOf(profile: string): Params {
    return load(profile).params as unknown as Params;
  }

  function readParams(file: string): Tree {
    return parse(readFileSync(path.join(root, 'params', file), 'utf8')) as Tree;
  }
});

interface Leaf {
  readonly key: string;
  readonly value: Value;
}

function isTree(value: Value): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every value that is not a map with keys, by dotted key. */
function leaves(tree: Tree): Leaf[] {
  return branches(tree).filter(({ value }) => !isTree(value) || Object.keys(value).length === 0);
}

/** Every value at every depth, by dotted key. */
function branches(tree: Tree, above = ''): Leaf[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const key = above + name;
    return [{ key, value }, ...(isTree(value) ? branches(value, `${key}.`) : [])];
  });
}

function valueAt(tree: Value, key: string): Value | undefined {
  return key.split('.').reduce<Value | undefined>((at, name) => {
    return at !== undefined && isTree(at) ? at[name] : undefined;
  }, tree);
}
