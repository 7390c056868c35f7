import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instance, load, mistakes, reads, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';
import type { Pipeline } from '../../../src/engine/stages/types.ts';

/** By name the paths of an instance's dependencies. */
function names(pipeline: Pipeline, name: string): Record<string, readonly string[]> {
  const { depNames } = instance(pipeline, name);
  return Object.fromEntries(Array.from(depNames ?? [], ([key, deps]) => [key, deps.map(({ path }) => path)]));
}

function paths(pipeline: Pipeline, name: string): readonly string[] {
  return instance(pipeline, name).deps.map(({ path }) => path);
}

describe('dependencies by name', () => {
  const files: Files = {
    'data/ck': '',
    'data/oulu': '',
    'params.yaml': text`
      pictures:
        faces: {corpora: {ck-plus: data/ck, oulu-casia: data/oulu, crema-d: null}}
        wild: {corpora: {wild: "\${run}/corpora/wild", ck-plus: data/ck}}
        list: {corpora: [data/ck, null, {stage: "synthesize@*"}]}
        none: {corpora: null}
    `,
    'pipeline.yaml': text`
      vars: [{run: runs/here}]
      stages:
        synthesize:
          foreach: {wild: 1, other: 2}
          cmd: x
          outs: ["\${run}/corpora/\${key}"]
        prepare:
          foreach: \${pictures}
          cmd: x
          deps: \${item.corpora}
    `,
  };

  it('may come from params, without those that are null, and in their order', () => {
    const pipeline = load(files);
    assert.deepEqual(names(pipeline, 'prepare@faces'), { 'ck-plus': ['data/ck'], 'oulu-casia': ['data/oulu'] });
    assert.deepEqual(paths(pipeline, 'prepare@wild'), ['runs/here/corpora/wild', 'data/ck']);
    assert.deepEqual(pipeline.upstream.get('prepare@wild' as never), ['synthesize@wild']);
    assert.deepEqual(paths(pipeline, 'prepare@none'), []);
    assert.equal(instance(pipeline, 'prepare@none').depNames, undefined);
  });

  it('keep the place of a run out of canonical paths, wherever they are written', () => {
    const { deps, depNames } = instance(load(files), 'prepare@wild');
    assert.equal(deps[0]?.canonical, '${run}/corpora/wild');
    assert.equal(depNames?.get('wild')?.[0]?.canonical, '${run}/corpora/wild');
  });

  it('may come from a list in params, which gives no names', () => {
    const pipeline = load(files);
    const expected = ['data/ck', 'runs/here/corpora/wild', 'runs/here/corpora/other'];
    assert.deepEqual(paths(pipeline, 'prepare@list'), expected);
    assert.equal(instance(pipeline, 'prepare@list').depNames, undefined);
  });

  it('are paths, the outputs of a stage, packages and templates of any of them', () => {
    const pipeline = load({
      'a[1].csv': '',
      'node_modules/p/package.json': '{}',
      'params.yaml': 'none: null\nmade: {stage: make}\npath: a[1].csv\n',
      'pipeline.yaml': text`
        stages:
          make: {cmd: x, outs: [o, p], metrics: [m.json]}
          use:
            cmd: x
            deps: {all: {stage: make}, by-template: "\${made}", no: null, none: "\${none}", file: "\${path}", package: npm:p, text: "./\${path}"}
      `,
    });
    const made = ['o', 'p', 'm.json'];
    assert.deepEqual(names(pipeline, 'use'), {
      all: made,
      'by-template': made,
      file: ['a[1].csv'],
      package: ['node_modules/p/package.json'],
      text: ['a[1].csv'],
    });
    assert.deepEqual(paths(pipeline, 'use'), [...made, 'a[1].csv', 'node_modules/p/package.json']);
  });

  it('give each name its own path, whichever are equal and whichever are null', () => {
    const path = fc.option(fc.constantFrom('d0', 'd1', 'd2'));
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 6 }), fc.boolean(), (wanted, inParams) => {
        const map = `{${wanted.map((one, at) => `n${at}: ${one ?? 'null'}`).join(', ')}}`;
        const pipeline = load({
          d0: '',
          d1: '',
          d2: '',
          'params.yaml': inParams ? `corpora: ${map}\n` : 'x: 1\n',
          'pipeline.yaml': `stages:\n  a: {cmd: x, deps: ${inParams ? '"${corpora}"' : map}}\n`,
        });
        const expected = wanted.flatMap((one, at) => (one === null ? [] : [[`n${at}`, [one]] as const]));
        assert.deepEqual(Object.entries(names(pipeline, 'a')), expected);
        assert.deepEqual(paths(pipeline, 'a'), [...new Set(wanted.filter((one) => one !== null))]);
      }),
      { numRuns: 50 },
    );
  });

  it('that do not exist are told where they are written, with the template that brought them', () => {
    reads(
      {
        'params.yaml': 'pictures: {faces: {corpora: {ck-plus: data/ck, oulu-casia: data/*}}}\n',
        'data/ck': '',
        'pipeline.yaml': 'stages:\n  prepare:\n    foreach: ${pictures}\n    cmd: x\n    deps: ${item.corpora}\n',
      },
      text`
        params.yaml:1:60  error: "data/*" does not exist, and no stage makes it
            pictures: {faces: {corpora: {ck-plus: data/ck, oulu-casia: data/*}}}
                                                                       ~~~~~~
          pipeline.yaml:5:11  this template brings it
                  deps: \${item.corpora}
                        ~~~~~~~~~~~~~~~
          hint: wildcards count in a list in pipeline.yaml itself: what has a name, or comes by a template, is taken literally
      `,
    );
  });

  it('must be a map, a list or a template of either, and each of them a path or a reference', () => {
    reads(
      {
        'params.yaml': 'one: data\nodd: {a: [x], b: {c: 1}, d: {stage: x, same: y}}\n',
        'pipeline.yaml': text`
          stages:
            a: {cmd: x, deps: data}
            b: {cmd: x, deps: "\${one}"}
            c: {cmd: x, deps: "\${odd}"}
            d: {cmd: x, deps: "\${od}"}
        `,
      },
      text`
        pipeline.yaml:2:21  error: "stages.a.deps" must be a list, a map or a template such as \${name}, and is a string
              a: {cmd: x, deps: data}
                                ~~~~

        pipeline.yaml:3:21  error: "deps" must be a list, or a map from names to paths, and is a string
              b: {cmd: x, deps: "\${one}"}
                                ~~~~~~~~
          params.yaml:1:6  its value stands here
              one: data
                   ~~~~
          hint: for one path write a list: [\${name}]

        pipeline.yaml:4:21  error: the dependency "a" must be a path, {stage: ...}, {same: ...} or null, and is a list (and 2 more like this from the same line)
              c: {cmd: x, deps: "\${odd}"}
                                ~~~~~~~~
          params.yaml:2:7  its value stands here
              odd: {a: [x], b: {c: 1}, d: {stage: x, same: y}}
                    ~

        pipeline.yaml:5:22  error: there is no variable "od"
              d: {cmd: x, deps: "\${od}"}
                                 ~~~~~
          hint: did you mean "odd"?
      `,
    );
  });

  it('cannot be called as what a reference is made of: a name or a list was forgotten', () => {
    reads(
      'stages:\n  a: {cmd: x, outs: [o]}\n  b: {cmd: x, deps: {stage: a}}\n',
      text`
        pipeline.yaml:3:22  error: a dependency cannot be called "stage"
              b: {cmd: x, deps: {stage: a}}
                                 ~~~~~
          hint: write NAME: {stage: ...}, or a list: [{stage: ...}]
      `,
    );
  });
});

describe('a dependency on the same place of another stage', () => {
  const stages = (use: string, params = ''): Files => ({
    'params.yaml': `tasks: {faces: {nets: [A, B], folds: [0, 1]}, wild: {nets: null, folds: [0]}${params}}\n`,
    'pipeline.yaml': text`
      stages:
        prepare:
          cmd: x
          outs: [prepared]
        pretrain:
          foreach: \${tasks}
          matrix: {fold: "\${item.folds}"}
          cmd: x
          outs: ["pre/\${key}/\${cell}"]
          metrics: ["pre-\${key}-\${cell}.json"]
        train:
          foreach: \${tasks}
          matrix: {net: "\${item.nets}", fold: "\${item.folds}"}
          cmd: x
          outs: ["train/\${key}/\${cell}"]
        USE
    `.replace('USE', use),
  });
  const evaluate =
    'eval: {foreach: "${tasks}", matrix: {net: "${item.nets}", fold: "${item.folds}"}, cmd: x, deps: DEPS}';
  const withDeps = (deps: string): string => evaluate.replace('DEPS', deps);

  it('is the out, not the metrics, of the instance with the same key and values', () => {
    const pipeline = load(stages(withDeps('{model: {same: train}, start: {same: pretrain}, data: {same: prepare}}')));
    assert.deepEqual(names(pipeline, 'eval@faces-B-1'), {
      model: ['train/faces/B-1'],
      start: ['pre/faces/1'],
      data: ['prepared'],
    });
    assert.deepEqual(names(pipeline, 'eval@wild-0'), {
      model: ['train/wild/0'],
      start: ['pre/wild/0'],
      data: ['prepared'],
    });
    assert.deepEqual(pipeline.upstream.get('eval@faces-B-1' as never), [
      'prepare',
      'pretrain@faces-1',
      'train@faces-B-1',
    ]);
  });

  it('works between stages of a matrix alone and of a foreach alone, whatever the order of the dimensions', () => {
    const pipeline = load(text`
      stages:
        f: {foreach: [u, v], cmd: x, outs: ["f/\${item}"]}
        m: {matrix: {i: [1, 2], j: [a]}, cmd: x, outs: ["m/\${item.i}"]}
        over: {foreach: {u: 0}, matrix: {j: [a], k: [z], i: [2]}, cmd: x, deps: {f: {same: f}, m: {same: m}}}
        beside: {matrix: {j: [a], k: [z], i: [2]}, cmd: x, deps: {m: {same: m}}}
    `);
    assert.deepEqual(names(pipeline, 'over@u-a-z-2'), { f: ['f/u'], m: ['m/2'] });
    assert.deepEqual(names(pipeline, 'beside@a-z-2'), { m: ['m/2'] });
  });

  it('is a mistake where it could mean none or several, told with what there is', () => {
    const told = (use: string, params?: string): string => mistakes(stages(use, params));
    assert.match(told(withDeps('{a: {same: trian}}')), /there is no stage "trian"[^]*did you mean "train"\?/);
    assert.match(
      told('eval: {foreach: {faces: 1}, cmd: x, deps: {a: {same: train}}}'),
      /16:\d+ {2}error: "train" has the dimension "net", "fold", which "eval@faces" does not have[^]*\{stage: train@faces-\*\}/,
    );
    assert.match(
      told('eval: {foreach: {face: 1}, cmd: x, deps: {a: {same: train}}}'),
      /the foreach of "train" has no "face"[^]*hint: it has faces, wild/,
    );
    assert.match(
      told('eval: {cmd: x, deps: {a: {same: train}}}'),
      /"train" has a foreach, and this stage has none[^]*\{stage: train@KEY\}, of faces, wild/,
    );
    assert.match(
      told('eval: {foreach: {faces: 1}, matrix: {net: [C], fold: [0]}, cmd: x, deps: {a: {same: train}}}'),
      /"train" has no instance with net "C", fold 0[^]*hint: it has train@faces-A-0, train@faces-A-1/,
    );
    assert.match(
      told('eval: {foreach: {off: 1}, cmd: x, deps: {a: {same: train}}}', ', off: {nets: [], folds: [1]}'),
      /"train@off" has no instance[^]*params give a list of its foreach or matrix as empty/,
    );
    assert.match(
      told('two: {cmd: x, outs: [o, p]}\n  eval: {cmd: x, deps: {a: {same: two}}}'),
      /"two" has 2 outs, and \{same: two\} means its only one[^]*write the path/,
    );
    assert.match(told('none: {cmd: x, metrics: [o]}\n  eval: {cmd: x, deps: {a: {same: none}}}'), /"none" has no outs/);
    assert.match(
      told('eval: {cmd: x, outs: [o], deps: {a: {same: eval}}}'),
      /the stage depends on "o", which it makes itself/,
    );
  });

  it('is not missed where the other stage could not be read', () => {
    assert.doesNotMatch(
      mistakes('stages:\n  a: {matrix: 1, cmd: x, outs: [o]}\n  b: {cmd: x, deps: {d: {same: a}}}\n'),
      /there is no stage/,
    );
  });
});
