import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { CodeReader } from '../../../../src/engine/planning/code/code-closure.ts';
import { type PythonImport, pythonImports } from '../../../../src/engine/planning/code/python-imports.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const absolute = (module: string, ...names: string[]): PythonImport => ({ level: 0, module, names });
const relative = (level: number, module: string, ...names: string[]): PythonImport => ({ level, module, names });

describe('the imports of a Python program', () => {
  const cases: readonly (readonly [source: string, ...imports: PythonImport[]])[] = [
    ['import a.b as c, d', absolute('a.b'), absolute('d')],
    ['from a.b import c as d, e', absolute('a.b', 'c', 'e')],
    ['from .x import y', relative(1, 'x', 'y')],
    ['from . import y', relative(1, '', 'y')],
    ['from ..x.y import (a,\n    b as c,  # why\n)', relative(2, 'x.y', 'a', 'b')],
    ['from ... import a', relative(3, '', 'a')],
    ['from .import a', relative(1, '', 'a')],
    ['from a import *', absolute('a')],
    ['from a import(b)', absolute('a', 'b')],
    ['from a import b, \\\n  c', absolute('a', 'b', 'c')],
    ['import a; import b', absolute('a'), absolute('b')],
    ['try: import a\nexcept ImportError: a = None', absolute('a')],
    ['if x:\n\timport a\nelse:\n\tfrom b import c', absolute('a'), absolute('b', 'c')],
    ['def f(x: int = 1): from a import b', absolute('a', 'b')],
    ['"""\nimport a\n"""\nimport b', absolute('b')],
    ["x = 'import a'; y = r'\\'; import b'\nimport c", absolute('c')],
    ["x = f'''{'import a'}\nimport b\n'''", ...[]],
    ['# import a\nimport b # import c', absolute('b')],
    ['x = [\n  "import a",\n]\nimport b', absolute('b')],
    ['yield_from = 1\ndef g(): yield from a\nraise E from e'],
    ['important = 1\nimports = 2\nfrom_x = 3'],
    ['x = {"a": 1}\r\nimport a\r\n', absolute('a')],
    ['import größe', absolute('größe')],
    ['import a  .  b', absolute('a.b')],
    ["x = 'not closed\nimport a", absolute('a')],
  ];
  for (const [source, ...expected] of cases) {
    it(`are read in ${JSON.stringify(source)}`, () => assert.deepEqual(pythonImports(source), expected));
  }

  it('are those that Python itself sees, whatever stands around them', function () {
    const program = `
import ast, json, sys
found = []
for source in json.load(sys.stdin):
    seen = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for one in node.names: seen.add((0, one.name, ()))
        elif isinstance(node, ast.ImportFrom):
            seen.add((node.level, node.module or '', tuple(one.name for one in node.names if one.name != '*')))
    found.append(sorted([level, module, *names] for level, module, names in seen))
json.dump(found, sys.stdout)
`;
    const statement = fc.constantFrom(
      'import a, b.c as d',
      'from .x import (y,\n  z)',
      'from a import \\\n  b',
      'x = "import n1"',
      "y = '''\nimport n2\n'''",
      "z = ['from n3 import x', # import n4\n 'it\\'s']",
      'def f():\n  "import n5"\n  from ..q import r, s as t; import u',
      'try: import v\nexcept E: pass',
      "w = r'\\'' + b'' + f'{1}: import n6'",
      '# it is " not closed: import n7',
      'class C: import k',
      'x = lambda: 1; import l',
    );
    const sources = fc.sample(
      fc.array(statement, { maxLength: 8 }).map((lines) => lines.join('\n')),
      { numRuns: 200, seed: 7 },
    );
    const { status, stdout } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify(sources),
      encoding: 'utf8',
    });
    if (status !== 0) this.skip();
    const ours = sources.map((source) =>
      pythonImports(source)
        .map(({ level, module, names }) => [level, module, ...names])
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
    const theirs = (JSON.parse(stdout) as unknown[][][]).map((one) =>
      one.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
    assert.deepEqual(ours, theirs);
  });
});

describe('the closure of a Python program', () => {
  afterEach(removeTemporary);

  const partsOf = async (
    files: Readonly<Record<string, string>>,
    entry: string,
    searchPath?: readonly string[],
    made: readonly string[] = [],
  ): Promise<string[]> => {
    const reader = new CodeReader(temporaryDirectory(files), (file) => made.includes(file));
    return [...(await reader.closure(entry, searchPath)).parts.keys()];
  };

  it('has what it imports from its own folder, packages and all', async () => {
    const files = {
      'src/train.py': 'import os, numpy\nimport common\nfrom pkg.models import net, wide\nfrom pkg import data\n',
      'src/common.py': 'from helpers import x\n',
      'src/helpers.py': 'x = 1\n',
      'src/pkg/__init__.py': 'from . import names\nfrom .gone import thing\n',
      'src/pkg/names.py': '',
      'src/pkg/models/__init__.py': '',
      'src/pkg/models/net.py': 'from ..data import load\nfrom .layers import conv\n',
      'src/pkg/models/layers.py': '',
      'src/pkg/data.py': '',
      'src/other.py': '',
      'numpy.py': '',
    };
    assert.deepEqual(await partsOf(files, 'src/train.py'), [
      '.gone of src/pkg/__init__.py',
      'src/common.py',
      'src/helpers.py',
      'src/pkg/__init__.py',
      'src/pkg/data.py',
      'src/pkg/models/__init__.py',
      'src/pkg/models/layers.py',
      'src/pkg/models/net.py',
      'src/pkg/names.py',
      'src/train.py',
    ]);
  });

  it('takes folders without __init__.py as packages, and a package before a module of its name', async () => {
    const files = {
      'train.py': 'import space.inner.mod\nfrom space import other\nimport both\n',
      'space/inner/mod.py': '',
      'space/other.py': '',
      'both/__init__.py': '',
      'both.py': '',
    };
    assert.deepEqual(await partsOf(files, 'train.py'), [
      'both/__init__.py',
      'space/inner/mod.py',
      'space/other.py',
      'train.py',
    ]);
  });

  it('looks in the folders of the search path in their order', async () => {
    const files = { 'a/train.py': 'import x, y', 'a/x.py': '', 'b/x.py': '', 'b/y.py': '' };
    assert.deepEqual(await partsOf(files, 'a/train.py', ['b', 'a']), ['a/train.py', 'b/x.py', 'b/y.py']);
  });

  it('leaves out what a stage makes', async () => {
    const files = { 'train.py': 'import made, own', 'made.py': '', 'own.py': '' };
    assert.deepEqual(await partsOf(files, 'train.py', ['.'], ['made.py']), ['own.py', 'train.py']);
  });

  it('is of a program without an ending, if its first line says that it is in Python', async () => {
    const files = { 'bin/train': '#!/usr/bin/env python3\nimport x\n', 'bin/x.py': '' };
    assert.deepEqual(await partsOf(files, 'bin/train'), ['bin/train', 'bin/x.py']);
  });
});
