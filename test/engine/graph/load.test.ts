import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/engine/yaml/diagnostics.ts';
import { loadStageNames } from '../../../src/engine/graph/pipeline-document.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';
import { instance, load, text } from './rig.ts';

const PARAMS = text`
  profile: default
  nets: [AlexNet, VGG11]
  folds: [0, 1]
  train:
    rates: {generator: 0.0002}
    seed: 1
  free: {}
  limit: null
`;

const PIPELINE = {
  'params/default.yaml': PARAMS,
  'params/demo.yaml': 'train: {seed: 2}\n',
  'stages/train.ts': '',
  'pipeline.yaml': text`
    vars:
      - params/default.yaml
      - run: runs/\${profile}
      - models: \${run}/models
    params: [params/demo.yaml]
    stages:
      prepare:
        cmd: ["mkdir -p \${run}", "touch \${run}/data"]
        params: [folds]
        outs: ["\${run}/data"]
      train:
        desc: Trains \${item.net}
        matrix: {net: "\${nets}", fold: "\${folds}"}
        cmd: tsx stages/train.ts \${item.net} --fold \${item.fold}
        code: [stages/train.ts]
        deps: ["\${run}/data"]
        params: [train, train.seed]
        outs: ["\${models}/\${item.net}-\${item.fold}": {persist: true}]
        metrics: ["metrics/\${item.net}-\${item.fold}.json": {cache: false}]
        meta: {warm: true, resources: {cpus: 2}, note: free}
      tables:
        cmd: cat
        deps: [{stage: train@*}]
        frozen: true
        always_changed: true
  `,
};

describe('loading a pipeline', () => {
  it('expands a matrix in the order of its lists and names instances as dvc does', () => {
    assert.deepEqual(
      [...load(PIPELINE).instances.keys()],
      ['prepare', 'train@AlexNet-0', 'train@AlexNet-1', 'train@VGG11-0', 'train@VGG11-1', 'tables'],
    );
  });

  it('resolves every field of an instance and remembers where it stands', () => {
    const train = instance(load(PIPELINE), 'train@VGG11-1');
    assert.deepEqual(train, {
      name: 'train@VGG11-1',
      stage: 'train',
      item: { net: 'VGG11', fold: 1 },
      desc: 'Trains VGG11',
      commands: ['tsx stages/train.ts VGG11 --fold 1'],
      canonicalCommands: ['tsx stages/train.ts VGG11 --fold 1'],
      deps: [
        {
          path: 'runs/demo/data',
          canonical: '${run}/data',
          at: { file: 'pipeline.yaml', line: 16, column: 12, endColumn: 25 },
        },
      ],
      params: [
        {
          key: 'train',
          value: { rates: { generator: 0.0002 }, seed: 2 },
          at: { file: 'params/demo.yaml', line: 1, column: 1, endColumn: 6 },
        },
        { key: 'train.seed', value: 2, at: { file: 'params/demo.yaml', line: 1, column: 15, endColumn: 16 } },
      ],
      code: [{ path: 'stages/train.ts', at: { file: 'pipeline.yaml', line: 15, column: 12, endColumn: 27 } }],
      env: [],
      outs: [
        {
          path: 'runs/demo/models/VGG11-1',
          canonical: '${run}/models/VGG11-1',
          kind: 'out',
          cache: true,
          persist: true,
          at: { file: 'pipeline.yaml', line: 18, column: 12, endColumn: 48 },
        },
        {
          path: 'metrics/VGG11-1.json',
          canonical: 'metrics/VGG11-1.json',
          kind: 'metric',
          cache: false,
          persist: false,
          at: { file: 'pipeline.yaml', line: 19, column: 15, endColumn: 54 },
        },
      ],
      frozen: false,
      alwaysChanged: false,
      warm: true,
      resources: { cpus: 2, gpus: 0, memory: 0, pools: {} },
      at: { file: 'pipeline.yaml', line: 11, column: 3, endColumn: 8 },
    });
  });

  it('keeps location variables unexpanded in canonical commands and resolves them in real ones', () => {
    const prepare = instance(load(PIPELINE), 'prepare');
    assert.deepEqual(prepare.commands, ['mkdir -p runs/demo', 'touch runs/demo/data']);
    assert.deepEqual(prepare.canonicalCommands, ['mkdir -p ${run}', 'touch ${run}/data']);
  });

  it('gives two runs in different places the same canonical text', () => {
    const canonical = (set: string[]): unknown =>
      [...load(PIPELINE, { set }).instances.values()].map(({ canonicalCommands, deps, outs }) => [
        canonicalCommands,
        deps.map((dep) => dep.canonical),
        outs.map((out) => out.canonical),
      ]);
    assert.deepEqual(canonical(['run=elsewhere/a b']), canonical([]));
    assert.deepEqual(instance(load(PIPELINE, { set: ['run=elsewhere/a b'] }), 'prepare').commands, [
      "mkdir -p 'elsewhere/a b'",
      "touch 'elsewhere/a b'/data",
    ]);
  });

  it('connects stages through paths and fan-ins, in both directions', () => {
    const { upstream, downstream } = load(PIPELINE);
    const trains = ['train@AlexNet-0', 'train@AlexNet-1', 'train@VGG11-0', 'train@VGG11-1'];
    assert.deepEqual(upstream.get('tables' as never), trains);
    assert.deepEqual(upstream.get('train@VGG11-0' as never), ['prepare']);
    assert.deepEqual(downstream.get('prepare' as never), trains);
    assert.deepEqual(downstream.get('tables' as never), []);
  });

  it('turns a fan-in into every output of the instances that match, metrics included', () => {
    const { deps } = instance(load(PIPELINE), 'tables');
    assert.equal(deps.length, 8);
    assert.deepEqual(
      deps.slice(0, 2).map(({ path, canonical }) => [path, canonical]),
      [
        ['runs/demo/models/AlexNet-0', '${run}/models/AlexNet-0'],
        ['metrics/AlexNet-0.json', 'metrics/AlexNet-0.json'],
      ],
    );
  });

  it('tells frozen and always changed stages', () => {
    const { frozen, alwaysChanged } = instance(load(PIPELINE), 'tables');
    assert.deepEqual({ frozen, alwaysChanged }, { frozen: true, alwaysChanged: true });
  });

  it('returns the merged params and the resolved variables', () => {
    const { params, variables } = load(PIPELINE);
    assert.equal(params['profile'], 'demo');
    assert.deepEqual(params['train'], { rates: { generator: 0.0002 }, seed: 2 });
    assert.deepEqual(variables, { run: 'runs/demo', models: 'runs/demo/models' });
  });

  it('reads a dvc.yaml that uses foreach, wdir, params.yaml and parts it has no use for', () => {
    const pipeline = load({
      'params.yaml': 'build:\n  us: {epochs: 3}\n  gb: {epochs: 10}\nlist: [a/b, {x: 1}]\n',
      'data/in.txt': '',
      'pipeline.yaml': text`
        stages:
          build:
            foreach: \${build}
            do:
              wdir: data
              cmd: ./make \${key} \${item.epochs}
              deps: [in.txt, ../params.yaml]
              params: [build, {../params.yaml: [list]}]
              outs: ["out-\${key}"]
          list:
            foreach: \${list}
            do:
              cmd: echo x
        metrics: [m.json]
        plots: [{p.csv: {x: a}}]
        artifacts: {m: {path: x}}
      `,
    });
    assert.deepEqual([...pipeline.instances.keys()], ['build@us', 'build@gb', 'list@a_b', 'list@1']);
    const gb = instance(pipeline, 'build@gb');
    assert.equal(gb.wdir, 'data');
    assert.deepEqual(gb.commands, ['./make gb 10']);
    assert.deepEqual(gb.item, { key: 'gb', item: { epochs: 10 } });
    assert.deepEqual(
      gb.deps.map(({ path }) => path),
      ['data/in.txt', 'params.yaml'],
    );
    assert.deepEqual(
      gb.params.map(({ key }) => key),
      ['build', 'list'],
    );
    assert.deepEqual(
      gb.outs.map(({ path }) => path),
      ['data/out-gb'],
    );
  });

  it('names instances over maps by their index, and lets templates look into them', () => {
    const pipeline = load(text`
      stages:
        a:
          matrix:
            net: [{name: x, size: 3}, {name: y, size: 4}]
            on: [true]
          cmd: echo \${item.net.name} \${item.net.size} \${item.on} \${key}
    `);
    assert.deepEqual(
      [...pipeline.instances.values()].map(({ name, commands }) => [name, commands[0]]),
      [
        ['a@net0-true', 'echo x 3 true net0-true'],
        ['a@net1-true', 'echo y 4 true net1-true'],
      ],
    );
  });

  it('keeps user data outside the project as it was given', () => {
    const pipeline = load('stages:\n  a:\n    cmd: x\n    deps: [/, ..]\n');
    assert.deepEqual(
      instance(pipeline, 'a').deps.map(({ path }) => path),
      ['/', '..'],
    );
  });

  it('accepts anchors, aliases and merge keys', () => {
    const pipeline = load(text`
      stages:
        a: &base
          cmd: first
          outs: [x]
        b:
          <<: *base
          outs: [y]
    `);
    assert.deepEqual(instance(pipeline, 'b').commands, ['first']);
    assert.deepEqual(
      instance(pipeline, 'b').outs.map(({ path }) => path),
      ['y'],
    );
  });

  it('takes a byte order mark and Windows line ends in its stride', () => {
    const pipeline = load('\ufeffstages:\r\n  a:\r\n    cmd: x\r\n');
    assert.deepEqual(instance(pipeline, 'a').commands, ['x']);
    assert.deepEqual(instance(pipeline, 'a').at, { file: 'pipeline.yaml', line: 2, column: 3, endColumn: 4 });
  });

  it('reads the names of stages alone, whatever is wrong with params and stages', () => {
    const root = temporaryDirectory({ 'pipeline.yaml': 'vars: [none.yaml]\nstages:\n  a: {matrix: 1}\n  b: {}\n' });
    assert.deepEqual(loadStageNames({ root }), ['a', 'b']);
    const broken = temporaryDirectory({ 'pipeline.yaml': 'stages: [\n' });
    assert.throws(() => loadStageNames({ root: broken }), PipelineError);
    removeTemporary();
  });
});
