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
    ['from a import *', absolute('a', '*')],
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

  it('has the modules that a package lists for a star, and only for a star', async () => {
    const files = {
      'star.py': 'from pkg import *\n',
      'plain.py': 'import pkg\n',
      'pkg/__init__.py': '__all__ = [\n  "sub",  # one\n  \'other\',\n  "x",\n]\nx = 1\n',
      'pkg/sub.py': '',
      'pkg/other.py': '',
      'pkg/third.py': '',
    };
    assert.deepEqual(await partsOf(files, 'star.py'), ['pkg/__init__.py', 'pkg/other.py', 'pkg/sub.py', 'star.py']);
    assert.deepEqual(await partsOf(files, 'plain.py'), ['pkg/__init__.py', 'plain.py']);
  });

  it('finds the parts of a package without __init__.py in all folders, unless one has the package whole', async () => {
    const files = {
      'train.py': 'from ns import x, y\nfrom whole import z\n',
      'a/ns/x.py': '',
      'b/ns/y.py': '',
      'a/whole/z.py': '',
      'b/whole/__init__.py': '',
    };
    const parts = ['a/ns/x.py', 'b/ns/y.py', 'b/whole/__init__.py', 'train.py'];
    assert.deepEqual(await partsOf(files, 'train.py', ['.', 'a', 'b']), parts);
  });

  it('finds what lies in folders that the program adds to sys.path', async () => {
    for (const [change, folder] of [
      ['sys.path.insert(0, "lib")', 'lib'],
      ['sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))', 'lib'],
      ['sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))', 'lib'],
      ['sys.path.insert(1, str(Path(__file__).parents[1].joinpath("lib")))', 'lib'],
      ['HERE = Path(__file__).parent\nROOT = HERE.parent\nsys.path += [1]; sys.path.append(str(ROOT / "lib"))', 'lib'],
      ['site.addsitedir("src/inner")', 'src/inner'],
      ['import helper', 'lib'],
    ] as const) {
      const files = {
        'src/train.py': `import sys, os, site\nfrom pathlib import Path\n${change}\nimport common\n`,
        'src/helper.py': 'import sys\nsys.path.insert(0, "lib")\n',
        [`${folder}/common.py`]: 'import more',
        [`${folder}/more.py`]: '',
      };
      const parts = await partsOf(files, 'src/train.py');
      assert.ok(
        parts.includes(`${folder}/common.py`) && parts.includes(`${folder}/more.py`),
        `${change}: ${parts.join()}`,
      );
    }
  });

  it('names what it starts, and what it computes', async () => {
    const root = temporaryDirectory({
      'train.py': `import importlib, subprocess, sys, os
# sys.path.insert(0, x)
"sys.path.insert(0, x)"
sys.path.insert(0, os.environ["LIB"])
importlib.import_module("plugins.one")
importlib.import_module(name)
subprocess.run([sys.executable, "tools/t.py", "data.csv"])
os.system("bash run.sh")
`,
      'plugins/one.py': '',
    });
    const reader = new CodeReader(root);
    const { parts, starts } = await reader.closure('train.py');
    assert.deepEqual([...parts.keys()], ['plugins/one.py', 'train.py']);
    assert.deepEqual(starts, ['tools/t.py', 'run.sh']);
    assert.deepEqual((await reader.unfollowed('train.py')).calls, [
      'sys.path.insert(0, os.environ["LIB"])',
      'importlib.import_module(name)',
    ]);
  });

  it('is of a program that only the command says is in Python', async () => {
    const root = temporaryDirectory({ train: 'import x\n', 'x.py': '' });
    const { parts } = await new CodeReader(root).closure('train', ['.'], 'python');
    assert.deepEqual([...parts.keys()], ['train', 'x.py']);
  });

  it('is of a program without an ending, if its first line says that it is in Python', async () => {
    const files = { 'bin/train': '#!/usr/bin/env python3\nimport x\n', 'bin/x.py': '' };
    assert.deepEqual(await partsOf(files, 'bin/train'), ['bin/train', 'bin/x.py']);
  });
});
