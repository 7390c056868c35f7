import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import type { InstanceName } from '../../../src/engine/stages/types.ts';
import { inProject, mistakesIn } from './rig.ts';

const maker = 'a: { cmd: "true", deps: [in], outs: [out/x] }';

/** A project with a stage `a` that makes out/x, `data` that leads to `out`, and more stages. */
function linked<T>(stages: string, use: (root: string) => T, first = maker): T {
  return inProject({ 'pipeline.yaml': `stages:\n  ${first}\n  ${stages}\n`, in: '1' }, (root) => {
    const alias = `${root}-alias`;
    try {
      mkdirSync(path.join(root, 'out'));
      mkdirSync(path.join(root, 'scripts'));
      symlinkSync('out', path.join(root, 'data'));
      symlinkSync('out/x', path.join(root, 'file'));
      symlinkSync('.', path.join(root, 'here'));
      symlinkSync(root, alias);
      return use(root);
    } finally {
      rmSync(alias, { force: true });
    }
  });
}

const upstream = (root: string, name = 'b'): readonly string[] =>
  loadPipeline({ root }).upstream.get(name as InstanceName) ?? [];

describe('links between stages', () => {
  for (const [title, stage, first] of [
    ['a file behind a link to its folder', 'b: { cmd: "true", deps: [data/x], outs: [p] }'],
    ['a link to a folder around it', 'b: { cmd: "true", deps: [data], outs: [p] }'],
    ['a link to it', 'b: { cmd: "true", deps: [file], outs: [p] }'],
    ['something inside it', 'b: { cmd: "true", deps: [data/x/y/z], outs: [p] }'],
    ['a pattern behind a link', 'b: { cmd: "true", deps: ["data/*"], outs: [p] }'],
    ['a working directory that is a link', 'b: { cmd: "true", wdir: data, deps: [x], outs: [../p] }'],
    ['a link to the project', 'b: { cmd: "true", deps: [here/here/out/x], outs: [p] }'],
    [
      'an output that is declared behind a link, by its real place',
      'b: { cmd: "true", deps: [out/x], outs: [p] }',
      'a: { cmd: "true", deps: [in], outs: [data/x] }',
    ],
    [
      'an output that is declared behind a link, as a part of its folder',
      'b: { cmd: "true", deps: [out], outs: [p] }',
      'a: { cmd: "true", deps: [in], outs: [data/x] }',
    ],
  ] as const) {
    it(`make an edge: ${title}`, () => {
      linked(stage, (root) => assert.deepEqual(upstream(root), ['a']), first);
    });
  }

  it('make an edge by a way that leaves the project and comes back', () => {
    linked('b: { cmd: "true", outs: [p] }', (root) => {
      const alias = path.basename(`${root}-alias`);
      for (const [wdir, dep] of [
        ['.', `../${alias}/out/x`],
        ['.', `../${alias}/data/x`],
        ['scripts', `../../${alias}/out`],
      ] as const) {
        const stage = `b: { cmd: "true", wdir: ${wdir}, deps: ["${dep}"], outs: [p] }`;
        writeFileSync(path.join(root, 'pipeline.yaml'), `stages:\n  ${maker}\n  ${stage}\n`);
        assert.deepEqual(upstream(root), ['a'], dep);
      }
    });
  });

  it('are no mistake in a fresh clone, where they lead to nothing yet', () => {
    linked('b: { cmd: "true", deps: [data/x], outs: [p] }', (root) => {
      rmSync(path.join(root, 'out'), { recursive: true });
      assert.deepEqual(upstream(root), ['a']);
    });
  });

  for (const [title, stage, expected] of [
    [
      'the same output',
      'b: { cmd: "true", outs: [data/x] }',
      /"data\/x" of "b" and "out\/x" of "a" are one and the same, at "out\/x": a link leads there/,
    ],
    [
      'an output inside another',
      'b: { cmd: "true", outs: [data/x/y] }',
      /"data\/x\/y" of "b" and "out\/x" of "a" lie in one another, at "out\/x\/y"/,
    ],
    [
      'an output around another',
      'b: { cmd: "true", outs: [here/out] }',
      /"here\/out" of "b" and "out\/x" of "a" lie in one another, at "out"/,
    ],
    [
      'what the stage makes itself',
      'b: { cmd: "true", deps: [out/z], outs: [data/z] }',
      /the stage depends on "out\/z", which it makes itself/,
    ],
    [
      'stages in a circle',
      'b: { cmd: "true", deps: [data/x], outs: [here/in] }',
      /these stages wait for each other: a -> b -> a/,
    ],
    [
      'pipeline.yaml',
      'b: { cmd: "true", outs: [here/pipeline.yaml] }',
      /the output "here\/pipeline\.yaml" holds the pipeline file/,
    ],
    ['.git', 'b: { cmd: "true", outs: [here/.git/x] }', /the output "here\/\.git\/x" lies in \.git/],
    [
      'its working directory',
      'b: { cmd: "true", wdir: scripts, outs: [../here/scripts] }',
      /the output "here\/scripts" holds the folder that its stage runs in/,
    ],
  ] as const) {
    it(`are refused where they lead to ${title}`, () => {
      linked(stage, (root) => assert.match(mistakesIn(root), expected));
    });
  }

  it('to a folder beside an output are nothing to it', () => {
    linked('b: { cmd: "true", deps: [data/y], outs: [data/z] }', (root) => {
      mkdirSync(path.join(root, 'out/y'));
      assert.deepEqual(upstream(root), []);
    });
  });
});
