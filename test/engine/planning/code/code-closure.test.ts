import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { CodeReader } from '../../../../src/engine/planning/code/code-closure.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../../support/temporary.ts';

const project = {
  'main.ts': `import { add } from './lib/add.js';
import type { Shape } from './types.ts';
import * as path from 'node:path';
import pack from 'some-package/inner';
const late = await import('./late.ts');
const worker = new URL('./worker.mjs', import.meta.url);
export const sum = (shape: Shape): number => add(shape.a, 1) + late.two + path.sep.length + pack(worker);
`,
  'lib/add.ts': "export { plus as add } from './plus';\n",
  'lib/plus.ts': 'export const plus = (a: number, b: number): number => a + b;\n',
  'late.ts': 'export const two = 2;\n',
  'worker.mjs': 'export {};\n',
  'types.ts': 'export interface Shape { a: number }\n',
  'unrelated.ts': 'export const x = 1;\n',
  'node_modules/some-package/package.json': '{ "version": "1.2.3" }',
};

describe('the closure of a code file', () => {
  afterEach(removeTemporary);

  const closureAfter = async (change: Record<string, string>): Promise<string> => {
    const root = temporaryDirectory({ ...project, ...change });
    return (await new CodeReader(root).closure('main.ts')).digest;
  };

  it('has every file it imports at run time, and the versions of packages', async () => {
    const { parts } = await new CodeReader(temporaryDirectory(project)).closure('main.ts');
    assert.deepEqual(
      [...parts.keys()],
      ['late.ts', 'lib/add.ts', 'lib/plus.ts', 'main.ts', 'package some-package', 'worker.mjs'],
    );
    assert.equal(parts.get('package some-package'), '1.2.3');
  });

  it('stays the same for comments, formatting, types and files it does not import', async () => {
    const same = await closureAfter({});
    for (const change of [
      { 'lib/plus.ts': '/** Adds. */\nexport const plus =\n  (a: number, b: number) =>\n    a + b; // sum\n' },
      { 'lib/plus.ts': '/*! licence */ export const plus = (a: bigint | number, b: number): number => a + b;\n' },
      { 'types.ts': 'export interface Shape { a: number; b: string }\n' },
      { 'unrelated.ts': 'export const x = 2;\n' },
    ]) {
      assert.equal(await closureAfter(change), same, JSON.stringify(change));
    }
  });

  it('changes with the code of any file in it, the version of a package, and text in templates', async () => {
    const same = await closureAfter({});
    for (const change of [
      { 'lib/plus.ts': 'export const plus = (a: number, b: number): number => a - b;\n' },
      { 'late.ts': 'export const two = 3;\n' },
      { 'worker.mjs': 'export const w = 1;\n' },
      { 'node_modules/some-package/package.json': '{ "version": "1.2.4" }' },
    ] as Record<string, string>[]) {
      assert.notEqual(await closureAfter(change), same, JSON.stringify(change));
    }
    const template = (text: string): Promise<string> =>
      closureAfter({ 'late.ts': `export const two = \`${text}\`;\n` });
    assert.notEqual(await template('a  b'), await template('a b'));
  });

  it('follows circles once', async () => {
    const root = temporaryDirectory({ 'a.ts': "import './b.ts';\n", 'b.ts': "import './a.ts';\n" });
    assert.deepEqual([...(await new CodeReader(root).closure('a.ts')).parts.keys()], ['a.ts', 'b.ts']);
  });

  it('takes a program in another language by its bytes', async () => {
    const root = temporaryDirectory({ 'plot.py': 'print(1)\n' });
    const before = (await new CodeReader(root).closure('plot.py')).digest;
    writeFiles(root, { 'plot.py': 'print(1)  # one\n' });
    assert.notEqual((await new CodeReader(root).closure('plot.py')).digest, before);
  });

  it('names the parts that changed since a closure it remembers', async () => {
    const root = temporaryDirectory(project);
    const reader = new CodeReader(root);
    const before = await reader.closure('main.ts');
    reader.remember(before);
    writeFiles(root, { 'late.ts': 'export const two = 22;\n' });
    reader.refresh();
    assert.deepEqual(reader.changedParts(before.digest, await reader.closure('main.ts')), ['late.ts']);
  });

  /** The files of the closure of main.ts, and what is missing. */
  const partsOf = async (files: Readonly<Record<string, string>>, entry = 'main.ts'): Promise<string[]> => {
    const { parts } = await new CodeReader(temporaryDirectory(files)).closure(entry);
    return [...parts]
      .filter(([name]) => name !== entry)
      .map(([name, state]) => (state === 'missing' ? `${name}?` : name));
  };

  it('follows names of the package itself: #name, and its own through exports', async () => {
    const manifest = JSON.stringify({
      name: 'own',
      exports: { '.': './src/index.ts', './parts/*': { types: './x.d.ts', import: './src/parts/*.js' } },
      imports: {
        '#one': './src/one.ts',
        '#dir/*': './src/dir/*.ts',
        '#both': { import: './i.mjs', require: './r.cjs' },
        '#pkg': 'dep',
      },
    });
    assert.deepEqual(
      await partsOf({
        'package.json': manifest,
        'main.ts':
          "import '#one';\nimport '#dir/a/b';\nimport '#both';\nimport '#pkg';\nimport '#none';\nimport 'own';\nimport 'own/parts/p';\nimport 'own/hidden';\n",
        'src/one.ts': '',
        'src/dir/a/b.ts': '',
        'src/index.ts': '',
        'src/parts/p.ts': '',
        'i.mjs': '',
        'r.cjs': '',
        'node_modules/dep/package.json': '{ "version": "1.0.0" }',
      }),
      [
        '#none of main.ts?',
        'i.mjs',
        'package dep',
        'package own?',
        'r.cjs',
        'src/dir/a/b.ts',
        'src/index.ts',
        'src/one.ts',
        'src/parts/p.ts',
      ],
    );
  });

  it('follows paths and baseUrl of a tsconfig.json, with what it extends', async () => {
    assert.deepEqual(
      await partsOf({
        'tsconfig.json':
          '{\n  // of the team\n  "extends": ["./config/base", "./config/paths.json"],\n  "compilerOptions": { "strict": true, },\n}\n',
        'config/base.json': '{ "compilerOptions": { "baseUrl": "../lib" } }',
        'config/paths.json':
          '{ "compilerOptions": { "paths": { "@/*": ["../none/*", "../src/*"], "@/exact": ["../src/other.ts"] } } }',
        'main.ts': "import '@/a';\nimport '@/exact';\nimport 'tools/t';\nimport 'dep';\n",
        'src/a/index.ts': '',
        'src/other.ts': '',
        'lib/tools/t.ts': '',
        'node_modules/dep/package.json': '{ "version": "1.0.0" }',
      }),
      ['lib/tools/t.ts', 'package dep', 'src/a/index.ts', 'src/other.ts'],
    );
  });

  it('follows a workspace that node_modules links to, inside the project and beside it, and no package of a store', async () => {
    const root = temporaryDirectory({
      'project/main.ts': "import 'inner/deep';\nimport '@team/outer';\nimport 'stored';\n",
      'project/packages/inner/package.json': '{ "name": "inner", "version": "1.0.0" }',
      'project/packages/inner/deep.ts': "import './more.js';",
      'project/packages/inner/more.ts': '',
      'outer/package.json': '{ "name": "@team/outer", "exports": { "import": "./o.mjs" } }',
      'outer/o.mjs': '',
      'project/node_modules/.store/stored@1/node_modules/stored/package.json': '{ "version": "1.0.0" }',
      'project/node_modules/@team/.keep': '',
    });
    const link = (target: string, place: string): void =>
      symlinkSync(target, path.join(root, 'project/node_modules', place));
    link('../packages/inner', 'inner');
    link('../../../outer', '@team/outer');
    link('.store/stored@1/node_modules/stored', 'stored');
    const { parts } = await new CodeReader(path.join(root, 'project')).closure('main.ts');
    assert.deepEqual(
      [...parts.keys()],
      [
        '../outer/o.mjs',
        'main.ts',
        'package @team/outer',
        'package inner',
        'package stored',
        'packages/inner/deep.ts',
        'packages/inner/more.ts',
      ],
    );
  });

  it('follows what require names of these, and leaves packages that only it names as they were', async () => {
    assert.deepEqual(
      await partsOf(
        {
          'package.json': '{ "imports": { "#one": "./one.cjs" } }',
          'main.cjs': "require('#one'); require('dep'); require('#none');",
          'one.cjs': '',
          'node_modules/dep/package.json': '{ "version": "1.0.0" }',
        },
        'main.cjs',
      ),
      ['#none of main.cjs?', 'one.cjs'],
    );
  });

  /** The files of an entry's closure in a project with links: each from its place to its target. */
  const linkedParts = async (
    files: Readonly<Record<string, string>>,
    links: Readonly<Record<string, string>>,
    entry: string,
  ): Promise<string[]> => {
    const root = temporaryDirectory(files);
    for (const [place, target] of Object.entries(links)) symlinkSync(target, path.join(root, place));
    return [...(await new CodeReader(root).closure(entry)).parts.keys()];
  };

  it('resolves from the file that a link leads to, as Python and Node do', async () => {
    const files = {
      'src/train.py': 'import common\n',
      'src/common.py': 'x = 1\n',
      'common.py': 'x = 2\n',
      'src/m.mjs': "import './x.mjs'; import '#name';",
      'src/x.mjs': "import '../deep/y.mjs';",
      'src/y.mjs': "import './z.mjs';",
      'src/z.mjs': '',
      'src/named.mjs': '',
      'src/package.json': '{ "imports": { "#name": "./named.mjs" } }',
      'deep/.keep': '',
    };
    const links = { 'train.py': 'src/train.py', 'm.mjs': 'src/m.mjs', 'deep/y.mjs': '../src/y.mjs' };
    assert.deepEqual(await linkedParts(files, links, 'train.py'), ['src/common.py', 'train.py']);
    assert.deepEqual(await linkedParts(files, links, 'm.mjs'), [
      ...['deep/y.mjs', 'm.mjs', 'src/named.mjs', 'src/x.mjs', 'src/z.mjs'],
    ]);
  });

  it('keeps the names by which a linked folder is used, and follows ".." from where the folder lies', async () => {
    const files = {
      'parts/lib/a.mjs': "import './b.mjs'; import '../c.mjs';",
      'parts/lib/b.mjs': '',
      'parts/c.mjs': '',
      'c.mjs': '',
      'parts/lib/train.py': 'import common\n',
      'parts/lib/common.py': '',
    };
    const links = { lib: 'parts/lib' };
    assert.deepEqual(await linkedParts(files, links, 'lib/a.mjs'), ['lib/a.mjs', 'lib/b.mjs', 'parts/c.mjs']);
    assert.deepEqual(await linkedParts(files, links, 'lib/train.py'), ['lib/common.py', 'lib/train.py']);
  });

  it('follows a link out of the project', async () => {
    const files = { 'p/.keep': '', 'beside/train.py': 'import common\n', 'beside/common.py': '' };
    const root = temporaryDirectory(files);
    symlinkSync('../beside/train.py', path.join(root, 'p/train.py'));
    const { parts } = await new CodeReader(path.join(root, 'p')).closure('train.py');
    assert.deepEqual([...parts.keys()], ['../beside/common.py', 'train.py']);
  });

  it('follows what Node loads by other names: a folder with a main, createRequire, resolve, a literal path', async () => {
    assert.deepEqual(
      await partsOf(
        {
          'main.mjs': `import { createRequire as make } from 'node:module';
import { fork } from 'node:child_process';
import path from 'node:path';
const load = make(import.meta.url);
load('./a.cjs');
make(import.meta.url)('./b.cjs');
fork(load.resolve('./c.cjs'));
fork(path.join(import.meta.dirname, 'sub', 'd.cjs'));
import.meta.resolve('./e.mjs');
`,
          'a.cjs': "require('./folder');require(`./x`)",
          'b.cjs': '',
          'c.cjs': '',
          'sub/d.cjs': '',
          'e.mjs': '',
          'x.js': '',
          'folder/package.json': '{ "main": "lib/main" }',
          'folder/lib/main.js': '',
          'folder/index.js': '',
        },
        'main.mjs',
      ),
      ['a.cjs', 'b.cjs', 'c.cjs', 'e.mjs', 'folder/lib/main.js', 'sub/d.cjs', 'x.js'],
    );
  });

  it('names what it starts from the working directory, and what it computes', async () => {
    const root = temporaryDirectory({
      'main.mjs': `import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
fork('./c.cjs', ['x']);
fork(names[0]);
new Worker(new URL('./w.mjs', import.meta.url));
new Worker(\`\${name}.mjs\`);
`,
      'other.mjs': 'export const fork = (name) => name;\nfork(name);\n',
      'w.mjs': '',
    });
    const reader = new CodeReader(root);
    assert.deepEqual((await reader.closure('main.mjs')).starts, ['./c.cjs']);
    assert.deepEqual((await reader.unfollowed('main.mjs')).calls, ['fork(names[0])', 'new Worker(`${name}.mjs`)']);
    assert.deepEqual((await reader.unfollowed('other.mjs')).calls, []);
  });

  it('follows a program without an ending, if its first line or the command says that it is for Node', async () => {
    const files = { cli: "#!/usr/bin/env node\nrequire('./c.js');\n", plain: "require('./c.js');\n", 'c.js': '' };
    assert.deepEqual(await partsOf(files, 'cli'), ['c.js']);
    assert.deepEqual(await partsOf(files, 'plain'), []);
    const { parts } = await new CodeReader(temporaryDirectory(files)).closure('plain', ['.'], 'javascript');
    assert.deepEqual([...parts.keys()], ['c.js', 'plain']);
  });

  it('has compiler options where they change the code, and only there', async () => {
    const files = {
      'main.ts': "import { A } from './a.ts';\nimport { unused } from './b.ts';\nnew A();\n",
      'a.ts': 'export class A { x; }\n',
      'b.ts': 'export const unused = 1;\n',
    };
    const settings = (options: object): Record<string, string> => ({
      ...files,
      'base.json': JSON.stringify({ compilerOptions: options }),
      'tsconfig.json': '{ "extends": "./base.json", "compilerOptions": { "strict": true } }',
    });
    assert.deepEqual(await partsOf(files), ['a.ts']);
    assert.deepEqual(await partsOf(settings({ target: 'es2022', useDefineForClassFields: true })), ['a.ts']);
    assert.deepEqual(await partsOf(settings({ useDefineForClassFields: false })), [
      'a.ts',
      'compilerOptions of tsconfig.json in a.ts',
    ]);
    assert.deepEqual(await partsOf(settings({ verbatimModuleSyntax: true })), [
      'a.ts',
      'b.ts',
      'compilerOptions of tsconfig.json in main.ts',
    ]);
  });

  it('has the type of package.json where a module is not written for it', async () => {
    const of = (type: string | null, text: string): Promise<string[]> =>
      partsOf({ 'package.json': JSON.stringify(type === null ? {} : { type }), 'main.js': text }, 'main.js');
    assert.deepEqual(await of(null, 'export {};'), []);
    assert.deepEqual(await of('module', 'export {};'), []);
    assert.deepEqual(await of('commonjs', 'export {};'), ['module system of main.js']);
    assert.deepEqual(await of(null, "require('node:fs');"), []);
    assert.deepEqual(await of('commonjs', "require('node:fs');"), []);
    assert.deepEqual(await of('module', "require('node:fs');"), ['module system of main.js']);
  });

  it('refuses what has no bytes to count', async () => {
    const root = temporaryDirectory({ 'folder/a.mjs': '', 'main.mjs': "import './folder';\n" });
    await assert.rejects(new CodeReader(root).closure('folder'), /the code file folder is a directory/);
    await assert.rejects(new CodeReader(root).closure('gone.mjs'), /the code file gone\.mjs does not exist any more/);
    execFileSync('mkfifo', [path.join(root, 'pipe.mjs')]);
    await assert.rejects(new CodeReader(root).closure('pipe.mjs'), /the code file pipe\.mjs is no regular file/);
  });

  it('of pipelines that worked before is what it was', async () => {
    const { digest } = await new CodeReader(temporaryDirectory(project)).closure('main.ts');
    assert.equal(digest, '9d27fa40384d77e81985f18c30a5dc49bbd930de3377468e668410e864d901f7');
  });
});
