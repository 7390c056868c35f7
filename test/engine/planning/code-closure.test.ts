import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { CodeReader } from '../../../src/engine/planning/code-closure.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

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
});
