import assert from 'node:assert/strict';
import { instance, load, mistakes, text } from '../graph/rig.ts';

function commandsOf(files: Record<string, string>, name: string, set: readonly string[] = []): readonly string[] {
  return instance(load(files, { set }), name).commands;
}

describe('vars', () => {
  it('read some keys of a file and leave the others out', () => {
    const files = {
      'params.json': '{"clean": {"level": 2}, "feats": [1, 2], "secret": 1}',
      'pipeline.yaml': 'vars: ["params.json:clean, feats"]\nstages:\n  a: {cmd: "x ${clean.level} ${feats[1]}"}\n',
    };
    assert.deepEqual(commandsOf(files, 'a'), ['x 2 2']);
    assert.deepEqual(load(files).params, { clean: { level: 2 }, feats: [1, 2] });
  });

  it('read other keys of one file in another entry, and a whole file once however often it is named', () => {
    const files = {
      'p.yaml': 'a: 1\nb: 2\nc: 3\n',
      'q.yaml': 'd: 4\n',
      'pipeline.yaml': 'vars: [p.yaml:a, "p.yaml:c", q.yaml, ./q.yaml]\nstages: {}\n',
    };
    assert.deepEqual(load(files).params, { a: 1, c: 3, d: 4 });
  });

  it('come after params.yaml, which needs no mention', () => {
    const files = {
      'params.yaml': 'base: 1\n',
      'more.yaml': 'more: 2\n',
      'pipeline.yaml': 'vars: [more.yaml]\nstages:\n  a: {cmd: "x ${base} ${more}"}\n',
    };
    assert.deepEqual(commandsOf(files, 'a'), ['x 1 2']);
  });

  it('add a map to one of params, as dvc merges grp.a and grp.b', () => {
    const files = {
      'params.yaml': 'grp: {a: 1}\n',
      'pipeline.yaml':
        'vars: [{grp: {b: 7}}, {run: r}]\nstages:\n  a: {cmd: "x ${grp.a} ${grp.b}", outs: ["${run}/o"]}\n',
    };
    assert.deepEqual(commandsOf(files, 'a'), ['x 1 7']);
    assert.deepEqual(commandsOf(files, 'a', ['grp.a=3']), ['x 3 7']);
    assert.match(
      mistakes({ ...files, 'params.yaml': 'grp: {b: 1}\n' }),
      /^pipeline\.yaml:1:15 {2}error: the variable "grp\.b" is defined twice[^]*params\.yaml:1:7 {2}first defined here/,
    );
  });

  it('are told with the nearest name when a key or a file is unknown', () => {
    const files = {
      'params/clean.yaml': 'clean: 1\nfeats: 2\n',
      'pipeline.yaml': 'vars: ["params/clean.yaml:clean,faets", params/claen.yaml]\nstages: {}\n',
    };
    assert.equal(
      mistakes(files),
      text`
        pipeline.yaml:1:33  error: params/clean.yaml has no top-level key "faets"
            vars: ["params/clean.yaml:clean,faets", params/claen.yaml]
                                            ~~~~~
          hint: did you mean "feats"?

        pipeline.yaml:1:41  error: the params file params/claen.yaml does not exist
            vars: ["params/clean.yaml:clean,faets", params/claen.yaml]
                                                    ~~~~~~~~~~~~~~~~~
          hint: did you mean "params/clean.yaml"?
      `.trimEnd(),
    );
  });

  it('are told when a key is read twice, alone or with the whole file', () => {
    const vars = (list: string): string =>
      mistakes({ 'p.yaml': 'a: 1\nb: 2\n', 'pipeline.yaml': `vars: ${list}\nstages: {}\n` });
    assert.equal(
      vars('["p.yaml:a", "p.yaml:b,a"]'),
      text`
        pipeline.yaml:1:30  error: "a" of p.yaml is read twice
            vars: ["p.yaml:a", "p.yaml:b,a"]
                                         ~
          pipeline.yaml:1:8  first read here
              vars: ["p.yaml:a", "p.yaml:b,a"]
                     ~~~~~~~~~~
      `.trimEnd(),
    );
    assert.match(vars('[p.yaml, "p.yaml:b"]'), /1:16 {2}error: p\.yaml is read as a whole and by keys; one of the two/);
  });
});

describe('vars of a stage', () => {
  const FILES = {
    'params.yaml': 'seed: 1\ngrp: {a: 1}\n',
    'sub/own.yaml': 'depth: 3\nwidth: 4\nunused: 5\n',
  };

  it('are names of that stage alone: keys of files beside its wdir, and its own', () => {
    const files = {
      ...FILES,
      'pipeline.yaml': text`
        stages:
          a:
            wdir: sub
            vars: ["own.yaml:depth,width", {both: "\${depth}x\${width}"}, {grp: {b: 2}}]
            cmd: x \${both} \${grp.a} \${grp.b} \${seed}
          b:
            cmd: x \${grp.a}
      `,
    };
    assert.deepEqual(commandsOf(files, 'a'), ['x 3x4 1 2 1']);
    assert.match(
      mistakes({ ...files, 'pipeline.yaml': `${files['pipeline.yaml']}    desc: \${depth}\n` }),
      /variable "depth"/,
    );
  });

  it('work in a matrix and in do, where they may use the item', () => {
    const files = {
      ...FILES,
      'pipeline.yaml': text`
        stages:
          m:
            matrix: {n: [1, 2]}
            vars: [{out: "o-\${item.n}"}]
            cmd: x \${out}
            outs: ["\${out}"]
          f:
            foreach: {one: 1, two: 2}
            do:
              vars: [{name: "\${key}\${item}"}, sub/own.yaml]
              cmd: x \${name} \${depth}
      `,
    };
    const pipeline = load(files);
    assert.deepEqual(instance(pipeline, 'm@2').commands, ['x o-2']);
    assert.deepEqual(instance(pipeline, 'm@2').outs[0]?.path, 'o-2');
    assert.deepEqual(instance(pipeline, 'f@two').commands, ['x two2 3']);
  });

  it('keep the place of a run out of fingerprints', () => {
    const files = {
      ...FILES,
      'pipeline.yaml':
        'vars: [{run: r}]\nstages:\n  a: {vars: [{out: "${run}/a"}], cmd: "x ${out}", outs: ["${out}"]}\n',
    };
    const { canonicalCommands, outs } = instance(load(files, { set: ['run=elsewhere'] }), 'a');
    assert.deepEqual(
      [canonicalCommands, outs[0]?.canonical, outs[0]?.path],
      [['x ${run}/a'], '${run}/a', 'elsewhere/a'],
    );
  });

  it('bring nothing new when they name a file that the whole pipeline reads', () => {
    const files = { ...FILES, 'pipeline.yaml': 'stages:\n  a: {vars: [params.yaml], cmd: "x ${seed}"}\n' };
    assert.deepEqual(commandsOf(files, 'a', ['seed=2']), ['x 2']);
  });

  it('cannot give a name that is there already another value', () => {
    const files = {
      ...FILES,
      'pipeline.yaml': 'stages:\n  a: {vars: [{seed: 2}, {grp: {a: 3}}], cmd: "x ${seed}"}\n',
    };
    assert.equal(
      mistakes(files),
      text`
        pipeline.yaml:2:15  error: the variable "seed" is defined twice
              a: {vars: [{seed: 2}, {grp: {a: 3}}], cmd: "x \${seed}"}
                          ~~~~
          params.yaml:1:7  first defined here
              seed: 1
                    ~

        pipeline.yaml:2:32  error: the variable "grp.a" is defined twice
              a: {vars: [{seed: 2}, {grp: {a: 3}}], cmd: "x \${seed}"}
                                           ~
          params.yaml:2:7  first defined here
              grp: {a: 1}
                    ~
      `.trimEnd(),
    );
  });

  it('are told with the nearest name when a key or a file is unknown, without what follows from it', () => {
    const files = {
      ...FILES,
      'pipeline.yaml': text`
        stages:
          a: {vars: ["sub/own.yaml:dept"], cmd: "x \${dept}"}
          b: {vars: [sub/won.yaml], cmd: "x \${depth}"}
      `,
    };
    assert.equal(
      mistakes(files),
      text`
        pipeline.yaml:2:28  error: sub/own.yaml has no top-level key "dept"
              a: {vars: ["sub/own.yaml:dept"], cmd: "x \${dept}"}
                                       ~~~~
          hint: did you mean "depth"?

        pipeline.yaml:3:14  error: the params file sub/won.yaml does not exist
              b: {vars: [sub/won.yaml], cmd: "x \${depth}"}
                         ~~~~~~~~~~~~
          hint: did you mean "sub/own.yaml"?
      `.trimEnd(),
    );
  });
});
