import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import { inProject, instance, load, mistakes, text } from '../graph/rig.ts';
import type { Files } from '../graph/rig.ts';

const DATA: Files = {
  'data/a.csv': '',
  'data/b.csv': '',
  'data/notes.txt': '',
  'data/.hidden.csv': '',
  'data/deep/c.csv': '',
  'data/deep/er/d.csv': '',
  'data/node_modules/x.csv': '',
};

/** The paths that a stage with these deps depends on. */
function depsOf(deps: string, more: Files = {}): string[] {
  const pipeline = load({ ...DATA, ...more, 'pipeline.yaml': `stages:\n  a: {cmd: x, deps: ${deps}}\n` });
  return instance(pipeline, 'a').deps.map(({ path }) => path);
}

describe('patterns in deps', () => {
  it('stand for files, each a dependency of its own', () => {
    assert.deepEqual(depsOf('["data/*.csv"]'), ['data/a.csv', 'data/b.csv']);
    assert.deepEqual(depsOf('["data/**/*.csv"]'), [
      'data/a.csv',
      'data/b.csv',
      'data/deep/c.csv',
      'data/deep/er/d.csv',
    ]);
    assert.deepEqual(depsOf('["data/[a]*", "data/?.csv"]'), ['data/a.csv', 'data/b.csv'].slice(0, 2));
    assert.deepEqual(depsOf('["data/{a,notes}.*"]'), ['data/a.csv', 'data/notes.txt']);
    assert.deepEqual(depsOf('["data/deep/"]'), ['data/deep/'.slice(0, -1)]);
    assert.deepEqual(depsOf('["data/*/"]'), ['data/deep/c.csv', 'data/deep/er/d.csv']);
    assert.deepEqual(depsOf('["data/deep/**"]'), ['data/deep/c.csv', 'data/deep/er/d.csv']);
    assert.deepEqual(depsOf('["data/.*.csv"]'), ['data/.hidden.csv']);
  });

  it('are taken away by what follows a "!", and given back by what comes later', () => {
    assert.deepEqual(depsOf('["data/*.csv", "!data/b.*"]'), ['data/a.csv']);
    assert.deepEqual(depsOf('["!data/b.*", "data/*.csv"]'), ['data/a.csv', 'data/b.csv']);
    assert.deepEqual(depsOf('["data/**/*.csv", "!data/deep", data/deep/c.csv]'), [
      'data/a.csv',
      'data/b.csv',
      'data/deep/c.csv',
    ]);
    assert.deepEqual(depsOf('["data/**", "!**/*.csv"]'), ['data/notes.txt']);
    assert.deepEqual(depsOf('[data/a.csv, "!data/a.csv"]'), []);
  });

  it('leave a file alone whose very name is the text', () => {
    assert.deepEqual(depsOf('["odd/[1].txt", "odd/?"]', { 'odd/[1].txt': '', 'odd/1.txt': '', 'odd/x': '' }), [
      'odd/[1].txt',
      'odd/x',
    ]);
    assert.deepEqual(depsOf('["odd/\\\\[1\\\\].t?t"]', { 'odd/[1].txt': '', 'odd/1.txt': '' }), ['odd/[1].txt']);
  });

  it('take what a template brings literally', () => {
    const pipeline = load({
      'params.yaml': 'name: "a*"\n',
      'd/a*/1.txt': '',
      'd/ab/2.txt': '',
      'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: ["d/${name}/*.txt"]}\n',
    });
    assert.deepEqual(
      instance(pipeline, 'a').deps.map(({ path }) => path),
      ['d/a*/1.txt'],
    );
  });

  it('are relative to wdir, and keep location variables in canonical paths', () => {
    const pipeline = load({
      'sub/runs/x/data/a.txt': '',
      'pipeline.yaml': text`
        vars: [{run: runs/x}]
        stages:
          a: {cmd: x, wdir: sub, deps: ["\${run}/data/*.txt"]}
      `,
    });
    assert.deepEqual(
      instance(pipeline, 'a').deps.map(({ path, canonical }) => [path, canonical]),
      [['sub/runs/x/data/a.txt', 'sub/${run}/data/a.txt']],
    );
  });

  it('connect the graph through outputs that do not exist yet', () => {
    const pipeline = load(text`
      stages:
        all: {cmd: x, deps: ["out/*/model-?.bin", "!out/B/*"]}
        train: {matrix: {net: [A, B]}, cmd: x, outs: ["out/\${item.net}/model-1.bin"]}
        inside: {cmd: x, deps: ["dir/**/*.png"]}
        directory: {cmd: x, outs: [dir]}
        other: {cmd: x, outs: [out/A/notes.txt]}
    `);
    assert.deepEqual(pipeline.upstream.get('all' as never), ['train@A']);
    assert.deepEqual(pipeline.upstream.get('inside' as never), ['directory']);
    assert.deepEqual(
      instance(pipeline, 'inside').deps.map(({ path }) => path),
      ['dir'],
    );
  });

  it('name an output as a whole, not the files that it holds by now', () => {
    const files = { 'dir/old.png': '', 'top.png': '' };
    const pipeline = load({
      ...files,
      'pipeline.yaml': 'stages:\n  r: {cmd: x, deps: ["**/*.png"]}\n  m: {cmd: x, outs: [dir]}\n',
    });
    assert.deepEqual(
      instance(pipeline, 'r').deps.map(({ path }) => path),
      ['dir', 'top.png'],
    );
  });

  it('never mean what the stage makes itself', () => {
    const pipeline = load({
      'd/in.txt': '',
      'd/out.txt': '',
      'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: ["d/*.txt"], outs: [d/out.txt]}\n',
    });
    assert.deepEqual(
      instance(pipeline, 'a').deps.map(({ path }) => path),
      ['d/in.txt'],
    );
  });

  it('follow links to directories, but not round in circles', () => {
    inProject(
      { 'd/a.txt': '', 'e/b.txt': '', 'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: ["d/**/*.txt"]}\n' },
      (root) => {
        symlinkSync(root, join(root, 'd/up'));
        symlinkSync(join(root, 'e'), join(root, 'd/link'));
        symlinkSync('nowhere', join(root, 'd/dangling.txt'));
        assert.deepEqual(
          instance(loadPipeline({ root }), 'a').deps.map(({ path }) => path),
          ['d/a.txt', 'd/link/b.txt'],
        );
      },
    );
  });

  it('are a mistake when they match nothing, or cannot be meant', () => {
    const report = mistakes({
      'd/x.txt': '',
      'pipeline.yaml': text`
        stages:
          a:
            cmd: x
            deps:
              - dat/*.csv
              - d/*.csv
              - d
              - "!d/x.txt"
      `,
    });
    assert.equal(
      report,
      text`
        pipeline.yaml:5:9  error: "dat/*.csv" matches no file, and no output of a stage
                  - dat/*.csv
                    ~~~~~~~~~
          hint: the directory "dat" does not exist

        pipeline.yaml:6:9  error: "d/*.csv" matches no file, and no output of a stage
                  - d/*.csv
                    ~~~~~~~
          hint: wildcards leave out names that begin with a dot; a name that holds *, ?, [ or { itself needs a backslash before it

        pipeline.yaml:8:9  error: "!d/x.txt" cannot take anything out of "d", which counts as a whole
                  - "!d/x.txt"
                    ~~~~~~~~~~
          hint: if no stage makes it as one output, write "d/**", which is taken file by file
      `.trimEnd(),
    );
  });

  it('must not have a slash inside braces', () => {
    assert.match(
      mistakes('stages:\n  a: {cmd: x, deps: ["{a/b,c}/*"]}\n'),
      /2:22 {2}error: "\{a\/b,c\}\/\*" has a slash inside braces[^]*hint: write two patterns instead/,
    );
  });

  it('need quotes when they begin with "!"', () => {
    assert.equal(
      mistakes('stages:\n  a:\n    cmd: x\n    deps:\n      - !d/x.txt\n'),
      text`
        pipeline.yaml:5:9  error: not valid YAML: Unresolved tag: !d/x.txt
                  - !d/x.txt
                    ~~~~~~~~
          hint: a "!" at the beginning needs quotes: "!path"
      `.trimEnd(),
    );
  });
});
