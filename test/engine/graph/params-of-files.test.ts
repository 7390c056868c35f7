import assert from 'node:assert/strict';
import { instance, load, mistakes, text } from './rig.ts';

const FILES = {
  'params.yaml': 'seed: 1\ntrain: {rate: 0.1}\n',
  'conf/setup.json': '{"seed": 9, "net": {"depth": [3, 4]}}',
};

/** Key and value of every param of the stage `a`. */
function paramsOf(params: string, more: Record<string, string> = {}, set: readonly string[] = []): unknown {
  const files = { ...FILES, 'pipeline.yaml': `stages:\n  a: {cmd: x, params: ${params}}\n`, ...more };
  return instance(load(files, { set }), 'a').params.map(({ key, value }) => [key, value]);
}

describe('params of a stage from a file that vars does not read', () => {
  it('are recorded under the name of the file, apart from keys of the merged params', () => {
    assert.deepEqual(paramsOf('[seed, {conf/setup.json: [seed, net.depth, "net.depth[1]"]}]'), [
      ['seed', 1],
      ['conf/setup.json:seed', 9],
      ['conf/setup.json:net.depth', [3, 4]],
      ['conf/setup.json:net.depth[1]', 4],
    ]);
  });

  it('are the whole file without a list of keys', () => {
    const whole = [
      ['conf/setup.json:seed', 9],
      ['conf/setup.json:net', { depth: [3, 4] }],
    ];
    assert.deepEqual(paramsOf('[{conf/setup.json: null}]'), whole);
    assert.deepEqual(paramsOf('[{conf/setup.json: }]'), whole);
    assert.deepEqual(paramsOf('[{empty.yaml: }]', { 'empty.yaml': '# nothing\n' }), []);
  });

  it('know their places and the keys that they have there', () => {
    const files = { ...FILES, 'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [{conf/setup.json: [seed]}]}\n' };
    assert.deepEqual(instance(load(files), 'a').params, [
      {
        key: 'conf/setup.json:seed',
        keyInFile: 'seed',
        value: 9,
        at: { file: 'conf/setup.json', line: 1, column: 10, endColumn: 11 },
      },
    ]);
  });

  it('are found from the wdir of the stage and named from the root', () => {
    const pipeline = 'stages:\n  a: {wdir: conf, cmd: x, params: [{setup.json: [seed]}, {../params.yaml: [seed]}]}\n';
    assert.deepEqual(paramsOf('', { 'pipeline.yaml': pipeline }), [
      ['conf/setup.json:seed', 9],
      ['seed', 1],
    ]);
  });

  it('are of one instance where the name of the file is a template', () => {
    const pipeline = 'stages:\n  a: {matrix: {n: [setup]}, cmd: x, params: [{"conf/${item.n}.json": [seed]}]}\n';
    const files = { ...FILES, 'pipeline.yaml': pipeline };
    assert.deepEqual(instance(load(files), 'a@setup').params[0]?.key, 'conf/setup.json:seed');
  });
});

describe('params of a stage from a file that vars reads', () => {
  it('are those of the merged params, under their own keys', () => {
    assert.deepEqual(paramsOf('[{params.yaml: [train.rate]}]', {}, ['train.rate=2']), [['train.rate', 2]]);
  });

  it('are the keys of that file alone without a list, with their merged values', () => {
    const more = {
      'pipeline.yaml': 'vars: [conf/more.yaml]\nstages:\n  a: {cmd: x, params: [{params.yaml: }]}\n',
      'conf/more.yaml': 'more: 1\n',
    };
    assert.deepEqual(paramsOf('', more, ['seed=5']), [
      ['seed', 5],
      ['train', { rate: 0.1 }],
    ]);
  });

  it('are those of the file itself for keys that vars leaves out', () => {
    const more = { 'pipeline.yaml': 'vars: [params.yaml:seed]\nstages:\n  a: {cmd: x, params: [{params.yaml: }]}\n' };
    assert.deepEqual(paramsOf('', more, ['seed=5']), [
      ['seed', 5],
      ['params.yaml:train', { rate: 0.1 }],
    ]);
  });
});

describe('mistakes in params of files', () => {
  it('are missing files and keys, each with what was meant', () => {
    const files = {
      ...FILES,
      'pipeline.yaml': text`
        stages:
          a: {cmd: x, params: [{conf/setpu.json: [seed]}, {conf/setup.json: [sed, net.dept]}]}
          b: {cmd: x, params: [{conf/setpu.json: }]}
      `,
    };
    assert.equal(
      mistakes(files),
      text`
        pipeline.yaml:2:25  error: the params file conf/setpu.json does not exist
              a: {cmd: x, params: [{conf/setpu.json: [seed]}, {conf/setup.json: [sed, net.dept]}]}
                                    ~~~~~~~~~~~~~~~
          hint: did you mean "conf/setup.json"?

        pipeline.yaml:2:70  error: conf/setup.json has no key "sed"
              a: {cmd: x, params: [{conf/setpu.json: [seed]}, {conf/setup.json: [sed, net.dept]}]}
                                                                                 ~~~
          hint: did you mean "seed"?

        pipeline.yaml:2:75  error: conf/setup.json has no key "net.dept"
              a: {cmd: x, params: [{conf/setpu.json: [seed]}, {conf/setup.json: [sed, net.dept]}]}
                                                                                      ~~~~~~~~
          hint: did you mean "net.depth"?

        pipeline.yaml:3:25  error: the params file conf/setpu.json does not exist
              b: {cmd: x, params: [{conf/setpu.json: }]}
                                    ~~~~~~~~~~~~~~~
          hint: did you mean "conf/setup.json"?
      `.trimEnd(),
    );
  });

  it('are files with mistakes of their own, told once, and those that are no YAML or JSON', () => {
    const files = {
      'broken.yaml': 'a: [1\n',
      'list.json': '[1]',
      'pipeline.yaml': text`
        stages:
          a: {cmd: x, params: [{broken.yaml: [a]}, {list.json: }, {p.toml: [a]}]}
          b: {cmd: x, params: [{broken.yaml: [a]}]}
      `,
    };
    const report = mistakes(files);
    assert.match(report, /broken\.yaml:2:1 {2}error: not valid YAML/);
    assert.match(report, /list\.json:1:1 {2}error: a params file must be a map of keys, and is a list/);
    assert.match(report, /2:60 {2}error: p\.toml is not a params file in YAML or JSON/);
    assert.equal(report.match(/error:/g)?.length, 3);
  });

  it('are files outside the project that are not there, and those that a stage makes', () => {
    const files = {
      'made.json': '{"a": 1}',
      'pipeline.yaml': text`
        stages:
          a: {cmd: x, outs: [made.json]}
          b: {cmd: x, params: [{made.json: [a]}, {../up.yaml: [a]}]}
      `,
    };
    assert.equal(
      mistakes(files),
      text`
        pipeline.yaml:3:25  error: the params file "made.json" is an output of "a"
              b: {cmd: x, params: [{made.json: [a]}, {../up.yaml: [a]}]}
                                    ~~~~~~~~~
          hint: params are read before anything runs; name it in "deps" instead

        pipeline.yaml:3:43  error: the params file ../up.yaml does not exist
              b: {cmd: x, params: [{made.json: [a]}, {../up.yaml: [a]}]}
                                                      ~~~~~~~~~~
      `.trimEnd(),
    );
  });
});
