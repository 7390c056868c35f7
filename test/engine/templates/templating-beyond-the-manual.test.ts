import assert from 'node:assert/strict';
import { instance, load, mistakes, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

/** Instance name to its first command. */
function commands(files: Files | string): Record<string, string | undefined> {
  return Object.fromEntries(Array.from(load(files).instances.values(), ({ name, commands: [first] }) => [name, first]));
}

describe('what dvc takes beyond its own documentation', () => {
  const command = (files: Files, name = 'a'): string | undefined => instance(load(files), name).commands[0];

  it('${a[b]} is a.b, as dvc reads brackets', () => {
    const files = {
      'params.yaml': 'a: {b: 1, c: {d: 2}}\n',
      'pipeline.yaml': 'stages:\n  a: {cmd: "x ${a[b]} ${a[c][d]} ${a[c].d}"}\n',
    };
    assert.equal(command(files), 'x 1 2 2');
    assert.deepEqual(commands('stages:\n  f: {foreach: [{thresh: 3}], do: {cmd: "x ${item[thresh]}"}}\n'), {
      'f@0': 'x 3',
    });
  });

  it('keys may hold spaces', () => {
    const files = {
      'params.yaml': 'a b: 1\nc: {d e: 2}\n',
      'pipeline.yaml': 'stages:\n  a: {cmd: "x ${a b} ${ c.d e }", params: [a b, c.d e]}\n',
    };
    assert.equal(command(files), 'x 1 2');
    assert.deepEqual(
      instance(load(files), 'a').params.map(({ key, value }) => [key, value]),
      [
        ['a b', 1],
        ['c.d e', 2],
      ],
    );
    assert.equal(instance(load(files, { set: ['c.d e=3'] }), 'a').commands[0], 'x 1 3');
  });

  it('frozen, always_changed, cache and persist may be templates', () => {
    const pipeline = load({
      'params.yaml': 'yes_: true\nno_: false\nword: x\n',
      'pipeline.yaml': text`
        stages:
          a:
            cmd: x
            frozen: \${yes_}
            always_changed: \${no_}
            outs: [o: {cache: "\${no_}", persist: "\${yes_}"}, p: {cache: "\${yes_}", persist: "\${no_}"}]
      `,
    });
    const { frozen, alwaysChanged, outs } = instance(pipeline, 'a');
    assert.deepEqual(
      [frozen, alwaysChanged, outs.map(({ cache, persist }) => [cache, persist])],
      [
        true,
        false,
        [
          [false, true],
          [true, false],
        ],
      ],
    );
    assert.match(
      mistakes({ 'params.yaml': 'word: x\n', 'pipeline.yaml': 'stages:\n  a: {cmd: x, frozen: "${word}"}\n' }),
      /^pipeline.yaml:2:23 {2}error: "\$\{word\}" must be true or false, and is a string\n[^]*params.yaml:1:7 {2}its value stands here/,
    );
  });

  it('params may be called item and key: inside a foreach or matrix its own come first', () => {
    const pipeline = load({
      'params.yaml': 'item: 1\nkey: k\n',
      'pipeline.yaml': text`
        vars: [{other: "\${item}"}]
        stages:
          a: {cmd: "x \${item} \${key} \${other}"}
          f: {foreach: {u: 5}, do: {cmd: "x \${item} \${key} \${other}"}}
      `,
    });
    assert.deepEqual(
      Array.from(pipeline.instances.values(), ({ commands: [first] }) => first),
      ['x 1 k 1', 'x 5 u 1'],
    );
  });

  it('a foreach over nothing has no instance', () => {
    for (const nothing of ['[]', '{}']) {
      const pipeline = load(`stages:\n  f: {foreach: ${nothing}, do: {cmd: x}}\n  a: {cmd: x}\n`);
      assert.deepEqual([[...pipeline.instances.keys()], pipeline.switchedOff], [['a'], ['f']]);
    }
  });

  it('the same item twice is one instance', () => {
    assert.deepEqual(commands('stages:\n  f: {foreach: [a, b, a], do: {cmd: "x ${item}"}}\n'), {
      'f@a': 'x a',
      'f@b': 'x b',
    });
    assert.deepEqual(commands('stages:\n  m: {matrix: {x: [1, 1], y: [a]}, cmd: "x ${item.x}"}\n'), { 'm@1-a': 'x 1' });
  });

  it('a params file without keys means all of it', () => {
    const { params } = instance(
      load({ 'b.yaml': 'x: 1\ny: {z: 2}\n', 'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [{b.yaml: []}]}\n' }),
      'a',
    );
    assert.deepEqual(
      params.map(({ key, value }) => [key, value]),
      [
        ['b.yaml:x', 1],
        ['b.yaml:y', { z: 2 }],
      ],
    );
  });

  it('params of a stage with wdir are those of the params.yaml there', () => {
    const files = {
      'params.yaml': 'x: root\nonly: root\n',
      'd/params.yaml': 'x: inner\n',
      'e/keep': '',
      'pipeline.yaml': text`
        stages:
          d: {wdir: d, cmd: "echo \${x}", params: [x, only]}
          e: {wdir: e, cmd: x, params: [x]}
          up: {wdir: d, cmd: x, params: [{../params.yaml: [x]}]}
      `,
    };
    const paramsOf = (name: string): unknown =>
      instance(load(files), name).params.map(({ key, value, at }) => [key, value, at?.file]);
    assert.deepEqual(paramsOf('d'), [
      ['d/params.yaml:x', 'inner', 'd/params.yaml'],
      ['only', 'root', 'params.yaml'],
    ]);
    assert.deepEqual(paramsOf('e'), [['x', 'root', 'params.yaml']]);
    assert.deepEqual(paramsOf('up'), [['x', 'root', 'params.yaml']]);
    assert.equal(instance(load(files), 'd').commands[0], 'echo root');
  });
});

describe('what differs from dvc', () => {
  it('the top-level params are laid over those of vars, and a file that is none says so', () => {
    assert.match(
      mistakes({
        'params.yaml': 'lr: 0.1\n',
        'logged.yaml': 'loss: 1\n',
        'pipeline.yaml': 'params: [logged.yaml]\nstages: {}\n',
      }),
      /^logged.yaml:1:1 {2}error: unknown key "loss"[^]*hint: unlike dvc.yaml, the top-level "params" lays its files over/,
    );
  });

  it('outputs with wildcards are refused before anything runs', () => {
    assert.match(
      mistakes('stages:\n  a: {cmd: x, outs: ["out/*.csv"]}\n'),
      /^pipeline.yaml:2:22 {2}error: the output "out\/\*\.csv" holds a wildcard, and outputs are paths\n[^]*hint: name the directory/,
    );
    const files = {
      'params.yaml': 'name: "a?"\n',
      'pipeline.yaml': 'stages:\n  a: {cmd: x, outs: ["${name}", "b[1].txt"]}\n',
    };
    assert.deepEqual(
      instance(load(files), 'a').outs.map(({ path }) => path),
      ['a?', 'b[1].txt'],
    );
  });
});
