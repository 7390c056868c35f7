import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import type { InstanceName, StageInstance } from '../../../src/engine/stages/types.ts';
import { templating } from '../../as-in-dvc/templating.ts';
import type { Facts, TemplatingCase } from '../../as-in-dvc/templating/templating-case.ts';
import { inProject, instance, load, mistakesIn, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

/** Instance name to its first command. */
function commands(files: Files | string): Record<string, string | undefined> {
  return Object.fromEntries(Array.from(load(files).instances.values(), ({ name, commands: [first] }) => [name, first]));
}

describe('a matrix, as dvc documents it', () => {
  it('makes an instance of each combination of lists, named by the values', () => {
    assert.deepEqual(
      commands(text`
        stages:
          train:
            matrix:
              model: [cnn, xgb]
              feature: [feature1, feature2, feature3]
            cmd: ./train.py --feature \${item.feature} \${item.model}
            outs: ["\${item.model}/\${item.feature}.pkl"]
      `),
      {
        'train@cnn-feature1': './train.py --feature feature1 cnn',
        'train@cnn-feature2': './train.py --feature feature2 cnn',
        'train@cnn-feature3': './train.py --feature feature3 cnn',
        'train@xgb-feature1': './train.py --feature feature1 xgb',
        'train@xgb-feature2': './train.py --feature feature2 xgb',
        'train@xgb-feature3': './train.py --feature feature3 xgb',
      },
    );
  });

  it('takes lists and dicts as values, and templates of lists; those are named by dimension and index', () => {
    const files = {
      'params.yaml': 'datasets: [dataset1, dataset2]\nprocessors: [processor1, processor2]\n',
      'pipeline.yaml': text`
        stages:
          preprocess:
            matrix:
              processor: \${processors}
              dataset: [{name: dataset1, path: dataset1.csv}, {name: dataset2, path: dataset2.csv}]
              window: [[1, 2]]
            cmd: ./preprocess.py \${item.dataset.path} \${item.processor} \${item.window[1]}
          key:
            matrix: {dataset: "\${datasets}", n: [1, true, 0.5]}
            cmd: echo \${key} \${item.dataset}
      `,
    };
    assert.deepEqual(commands(files), {
      'preprocess@processor1-dataset0-window0': './preprocess.py dataset1.csv processor1 2',
      'preprocess@processor1-dataset1-window0': './preprocess.py dataset2.csv processor1 2',
      'preprocess@processor2-dataset0-window0': './preprocess.py dataset1.csv processor2 2',
      'preprocess@processor2-dataset1-window0': './preprocess.py dataset2.csv processor2 2',
      'key@dataset1-1': 'echo dataset1-1 dataset1',
      'key@dataset1-true': 'echo dataset1-true dataset1',
      'key@dataset1-0.5': 'echo dataset1-0.5 dataset1',
      'key@dataset2-1': 'echo dataset2-1 dataset2',
      'key@dataset2-true': 'echo dataset2-true dataset2',
      'key@dataset2-0.5': 'echo dataset2-0.5 dataset2',
    });
  });
});

describe('foreach, as dvc documents it', () => {
  it('runs over the scalars of a list, which name the instances', () => {
    assert.deepEqual(
      commands(text`
        stages:
          cleanups:
            foreach: [raw1, labels1, raw2]
            do:
              cmd: clean.py "\${item}"
              outs: ["\${item}.cln"]
      `),
      {
        'cleanups@raw1': 'clean.py "raw1"',
        'cleanups@labels1': 'clean.py "labels1"',
        'cleanups@raw2': 'clean.py "raw2"',
      },
    );
  });

  it('runs over the dicts of a list, which are named by their index', () => {
    assert.deepEqual(
      commands(text`
        stages:
          train:
            foreach:
              - {epochs: 3, thresh: 10}
              - {epochs: 10, thresh: 15}
            do:
              cmd: python train.py \${item.epochs} \${item.thresh}
      `),
      { 'train@0': 'python train.py 3 10', 'train@1': 'python train.py 10 15' },
    );
  });

  it('runs over a dict, whose keys name the instances and are ${key}', () => {
    assert.deepEqual(
      commands(text`
        stages:
          build:
            foreach:
              uk: {epochs: 3, thresh: 10}
              us: {epochs: 10, thresh: 15}
            do:
              cmd: python train.py '\${key}' \${item.epochs} \${item.thresh}
              outs: ["model-\${key}.hdfs"]
      `),
      { 'build@uk': "python train.py 'uk' 3 10", 'build@us': "python train.py 'us' 10 15" },
    );
  });

  it('runs over what a template names, and has the variables of the file beside the item', () => {
    const files = {
      'params.yaml': 'mydict:\n  sub: {uk: {thresh: 10}, us: {thresh: 15}}\nseed: 4\n',
      'pipeline.yaml': text`
        stages:
          build:
            foreach: \${mydict.sub}
            do:
              cmd: x \${key} \${item.thresh} \${seed}
      `,
    };
    assert.deepEqual(commands(files), { 'build@uk': 'x uk 10 4', 'build@us': 'x us 15 4' });
  });
});

describe('templates, as dvc documents them', () => {
  const PARAMS = text`
    models:
      us: {thresh: 10, filename: model-us.hdf5}
    layers: [{units: 8}, {units: [16, 32]}]
    on: true
    off: false
  `;
  const command = (cmd: string): string | undefined => {
    const pipeline = load({ 'params.yaml': PARAMS, 'pipeline.yaml': `stages:\n  a:\n    cmd: ${cmd}\n` });
    return instance(pipeline, 'a').commands[0];
  };

  it('reach nested keys and items of lists', () => {
    assert.equal(
      command('x ${models.us.filename} --thresh ${models.us.thresh} ${layers[0].units} ${layers[1].units[1]}'),
      'x model-us.hdf5 --thresh 10 8 32',
    );
  });

  it('write booleans in lower case, in words and in text', () => {
    assert.equal(command("x ${on} --flag=${off} '${on}'"), "x true --flag=false 'true'");
  });

  it('are left to the shell when they are escaped', () => {
    const line = command('printf "%s %s" "\\${VALUE}" ${models.us.thresh}') ?? '';
    assert.equal(line, 'printf "%s %s" "${VALUE}" 10');
    assert.equal(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8', env: { VALUE: 'v' } }), 'v 10');
  });

  it('stand in every field that dvc lets them stand in', () => {
    const files = {
      'params.yaml': 'dir: sub\nname: in\nkey_name: name\nfile: params.yaml\n',
      'sub/in.txt': '',
      'pipeline.yaml': text`
        stages:
          a:
            desc: Uses \${name}
            wdir: \${dir}
            cmd: ["x \${name}", "y"]
            deps: ["\${name}.txt"]
            params: ["\${key_name}", {"../\${file}": [dir]}]
            outs: ["o/\${name}": {cache: false}]
      `,
    };
    const { desc, wdir, commands: lines, deps, params, outs } = instance(load(files), 'a');
    assert.deepEqual(
      [desc, wdir, lines, deps[0]?.path, params.map(({ key }) => key), outs[0]?.path],
      ['Uses in', 'sub', ['x in', 'y'], 'sub/in.txt', ['name', 'dir'], 'sub/o/in'],
    );
  });
});

for (const { about, cases } of templating) {
  describe(`what DVC tests itself: ${about}`, () => {
    for (const one of cases) it(one.title, () => check(one));
  });
}

function check({ files, folder = '.', gives }: TemplatingCase): void {
  inProject(files, (project) => {
    const root = join(project, folder);
    if (gives instanceof RegExp) {
      assert.match(mistakesIn(root), gives);
      return;
    }
    const { instances } = loadPipeline({ root });
    const expected = Object.entries(gives).map(
      ([name, facts]) => [name, typeof facts === 'string' ? { commands: [facts] } : facts] as const,
    );
    assert.deepEqual(
      [...instances.keys()],
      expected.map(([name]) => name),
    );
    for (const [name, facts] of expected) {
      const found = factsOf(instances.get(name as InstanceName)!);
      const asked = Object.entries(found).filter(([key]) => key in facts);
      assert.deepEqual(Object.fromEntries(asked), facts, name);
    }
  });
}

function factsOf({ commands, wdir, deps, outs, params, item, frozen }: StageInstance): Required<Facts> {
  return {
    commands,
    wdir: wdir ?? '.',
    deps: deps.map(({ path }) => path),
    outs: outs.map(({ path }) => path),
    persisted: outs.filter(({ persist }) => persist).map(({ path }) => path),
    params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
    item,
    frozen,
  };
}
