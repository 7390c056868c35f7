import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

/** A program in no particular language: a shell runs it under each of these names. */
const program = '#!/bin/sh\ncat "$0" > "$1"\n';

describe('the programs that a command names', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('are inputs of the stage, with what they import', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  direct: { cmd: ./tool.sh a.txt, outs: [a.txt] }
  behind: { cmd: 'cd sub && A=1 nice -n 1 sh ./tool.sh ../b.txt', outs: [b.txt] }
  module: { cmd: 'echo python -m pkg.mod > c.txt; (true || python3 -m pkg.mod)', outs: [c.txt] }
`,
      'tool.sh': program,
      'sub/tool.sh': program,
      'pkg/mod.py': 'from .other import x\n',
      'pkg/other.py': 'x = 1\n',
    });
    execFileSync('chmod', ['+x', path.join(rig.root, 'tool.sh')]);
    assert.equal((await rig.run()).code, 0);
    assert.match((await rig.run()).stdout, /ok: ran 0, restored 0, fresh 3/);
    rig.write({ 'tool.sh': `${program}# 2\n`, 'sub/tool.sh': `${program}# 2\n`, 'pkg/other.py': 'x = 2\n' });
    const { stdout } = await rig.run('status');
    assert.match(stdout, /direct: would run\n {2}- code tool\.sh changed/);
    assert.match(stdout, /behind: would run\n {2}- code sub\/tool\.sh changed/);
    assert.match(stdout, /module: would run\n {2}- code pkg\/other\.py changed \(imported by pkg\/mod\.py\)/);
    assert.match(summary(await rig.run()), /^ok: ran 3/);
  });

  it('count once where they are dependencies, and not where a stage makes them', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  make: { cmd: cp tool.txt made.sh, deps: [tool.txt], outs: [made.sh] }
  use: { cmd: sh made.sh a.txt, deps: [made.sh], outs: [a.txt] }
  listed: { cmd: sh tool.txt b.txt, deps: [tool.txt], outs: [b.txt] }
`,
      'tool.txt': program,
    });
    assert.match(summary(await rig.run()), /^ok: ran 3/);
    assert.doesNotMatch(rig.read('pipeline.lock'), /code:/);
    assert.match((await rig.run()).stdout, /fresh 3/);
    for (const file of ['a.txt', 'b.txt', 'made.sh']) rig.remove(file);
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 3/);
  });
});

describe('a shell script', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is read like the text of a command, with the scripts and programs that it runs', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  told: { cmd: bash run.sh a.txt, outs: [a.txt] }
  itself: { cmd: ./run.sh b.txt, outs: [b.txt] }
  named: { cmd: 'sh ./run.sh c.txt', code: [run.sh], outs: [c.txt] }
`,
      'run.sh': '#!/usr/bin/env bash\nset -e\ncd "$(dirname "$0")"\n. parts/lib.sh\nwork "$1"\n',
      'parts/lib.sh': 'HERE=parts\nwork() { python3 "$HERE/t.py" > "$1"; }\nif [ -n "$NEVER" ]; then bash run.sh; fi\n',
      'parts/t.py': 'from inner import x\nprint(x)\n',
      'parts/inner.py': 'x = 1\n',
    });
    execFileSync('chmod', ['+x', path.join(rig.root, 'run.sh')]);
    assert.match(summary(await rig.run()), /^ok: ran 3/);
    assert.match((await rig.run()).stdout, /fresh 3/);
    assert.doesNotMatch((await rig.run('status')).stdout, /warning/);
    rig.write({ 'parts/inner.py': 'x = 2\n' });
    const { stdout } = await rig.run('status');
    assert.equal(stdout.match(/code parts\/inner\.py changed \(imported by parts\/t\.py\)/g)?.length, 3, stdout);
    assert.match(summary(await rig.run()), /^ok: ran 3/);
    assert.equal(rig.read('a.txt'), '2\n');
  });
});

describe('a program that another one starts', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('counts where its name is written, and is noted where it is computed', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  a: { cmd: node main.mjs a.txt, outs: [a.txt] }
  b: { cmd: ./cli b.txt, outs: [b.txt] }
  c: { cmd: node computed.mjs c.txt, outs: [c.txt] }
  d: { cmd: node computed.mjs d.txt, deps: [child.cjs], outs: [d.txt] }
`,
      'main.mjs': "import { fork } from 'node:child_process';\nfork('./child.cjs', process.argv.slice(2));\n",
      'computed.mjs': "import { fork } from 'node:child_process';\nfork(['./child.cjs'][0], process.argv.slice(2));\n",
      cli: "#!/usr/bin/env node\nrequire('./child.cjs');\n",
      'child.cjs': "require('./inner.cjs');\n",
      'inner.cjs': "require('node:fs').writeFileSync(process.argv[2], '1');\n",
    });
    execFileSync('chmod', ['+x', path.join(rig.root, 'cli')]);
    assert.match(summary(await rig.run()), /^ok: ran 4/);
    rig.write({ 'inner.cjs': "require('node:fs').writeFileSync(process.argv[2], '2');\n" });
    const { stdout } = await rig.run('status');
    assert.match(stdout, /a: would run\n {2}- code inner\.cjs changed \(imported by child\.cjs\)/);
    assert.match(stdout, /b: would run\n {2}- code inner\.cjs changed \(imported by cli\)/);
    const warnings = stdout.split('\n').filter((line) => line.startsWith('warning: '));
    assert.deepEqual(warnings, [
      `warning: c: what computed.mjs runs by "fork(["./child.cjs"][0])" is not followed: a change of it runs nothing; name it in the stage's deps or code`,
    ]);
  });
});

describe('a Python program', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('counts with what it imports by PYTHONPATH of the environment, by sys.path, and with what it starts', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  env: { cmd: python3 env.py > a.txt, outs: [a.txt] }
  bare: { cmd: python3 train > b.txt, outs: [b.txt] }
  start: { cmd: python3 start.py c.txt, outs: [c.txt] }
  lost: { cmd: python3 lost.py > d.txt, outs: [d.txt] }
  listed: { cmd: python3 lost.py > e.txt, deps: [lib], outs: [e.txt] }
`,
      'env.py': 'import common\nprint(common.x)\n',
      train: 'import sys\nsys.path.insert(0, "lib")\nimport common\nprint(common.x)\n',
      'start.py': 'import subprocess, sys\nsubprocess.run(["sh", "start.sh", sys.argv[1]], check=True)\n',
      'start.sh': 'python3 env.py > "$1"\n',
      'lost.py': 'import os, sys\nsys.path.insert(0, os.environ["PYTHONPATH"])\nimport common\nprint(common.x)\n',
      'lib/common.py': 'x = 1\n',
    });
    rig.starter = ['env', 'PYTHONPATH=lib'];
    assert.match(summary(await rig.run()), /^ok: ran 5/);
    rig.write({ 'lib/common.py': 'x = 2\n' });
    const { stdout } = await rig.run('status');
    assert.match(stdout, /env: would run\n {2}- code lib\/common\.py changed \(imported by env\.py\)/);
    assert.match(stdout, /bare: would run\n {2}- code lib\/common\.py changed \(imported by train\)/);
    assert.match(stdout, /start: would run\n {2}- code lib\/common\.py changed \(imported by env\.py\)/);
    const warnings = stdout.split('\n').filter((line) => line.startsWith('warning: '));
    assert.deepEqual(
      warnings.map((line) => line.replace(/: a change.*/, '')),
      ['warning: lost: what lost.py runs by "sys.path.insert(0, os.environ["PYTHONPATH"])" is not followed'],
    );
  });
});

describe('a program that is no file, and one whose folder is not told', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('counts with what its text imports, and is noted until deps name it', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  document: { cmd: "python3 - > a.txt <<'EOF'\\nimport t\\nprint(t.x)\\nEOF", outs: [a.txt] }
  inline: { cmd: "node --input-type=module -e \\"import './m.mjs'\\" > b.txt", outs: [b.txt] }
  maybe: { cmd: '[ -d none ] && cd none; python3 t.py > c.txt', outs: [c.txt] }
  elsewhere: { cmd: 'cd "$PLACE" && python3 t.py > d.txt', outs: [d.txt] }
  named: { cmd: 'cd "$PLACE" && python3 t.py > e.txt', deps: [t.py], outs: [e.txt] }
`,
      't.py': 'x = 1\nprint(x)\n',
      'm.mjs': 'console.log(1);\n',
    });
    rig.starter = ['env', `PLACE=${rig.root}`];
    assert.match(summary(await rig.run()), /^ok: ran 5/);
    rig.write({ 't.py': 'x = 2\nprint(x)\n', 'm.mjs': 'console.log(2);\n' });
    const { stdout } = await rig.run('status');
    for (const stage of ['document', 'inline', 'maybe', 'named'])
      assert.match(stdout, new RegExp(`${stage}: would run`));
    const warnings = stdout.split('\n').filter((line) => line.startsWith('warning: '));
    assert.deepEqual(warnings, [
      `warning: elsewhere: what its command runs by "python3 t.py > d.txt" is not followed: a change of it runs nothing; name it in the stage's deps or code`,
    ]);
  });
});

describe('a program that is a link', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('counts with what it imports from where it leads to', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  py: { cmd: 'python3 train.py > a.txt', outs: [a.txt] }
  js: { cmd: 'node m.mjs > b.txt', outs: [b.txt] }
`,
      'src/train.py': 'import common\nprint(common.x)\n',
      'src/common.py': 'x = 1\n',
      'src/m.mjs': "import { x } from './x.mjs';\nconsole.log(x);\n",
      'src/x.mjs': 'export const x = 1;\n',
    });
    symlinkSync('src/train.py', path.join(rig.root, 'train.py'));
    symlinkSync('src/m.mjs', path.join(rig.root, 'm.mjs'));
    assert.match(summary(await rig.run()), /^ok: ran 2/);
    assert.match((await rig.run()).stdout, /fresh 2/);
    rig.write({ 'src/common.py': 'x = 2\n', 'src/x.mjs': 'export const x = 2;\n' });
    assert.match(summary(await rig.run()), /^ok: ran 2/);
    assert.equal(rig.read('a.txt') + rig.read('b.txt'), '2\n2\n');
  });
});

describe('a file that a command names and nobody tracks', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is noted by status, --dry-run and doctor, in words and in JSON; what is tracked is not', async () => {
    rig = new Rig({
      'pipeline.yaml': `
vars: [params.yaml]
stages:
  train:
    matrix: { fold: [0, 1] }
    cmd: sh fit.sh data.csv --config=conf.yaml --params params.yaml --fold \${item.fold} > log-\${item.fold}.txt
    deps: [data.csv]
    params: [lr]
    outs: ['out-\${item.fold}.txt']
    metrics: ['log-\${item.fold}.txt']
  named: { cmd: 'sh run.sh', code: [fit.sh], outs: [n.txt] }
  ruby: { cmd: 'ruby fit.rb', outs: [r.txt] }
  julia: { cmd: 'sim.jl/../sim.sh && julia sim.jl && . venv/bin/activate', outs: [j.txt] }
  quiet: { cmd: 'sh fit.sh made.txt', deps: [lib.sh, a.py], outs: [made.txt] }
`,
      'params.yaml': 'lr: 1\n',
      'fit.sh': '#!/bin/sh\nif true; then . ./lib.sh; fi\n# . ./other.sh\npython3 "$MODEL.py"\n',
      'fit.rb': 'require_relative "lib"\n',
      'lib.rb': '',
      'lib.sh': '',
      'other.sh': '',
      'a.py': '',
      'run.sh': '',
      'data.csv': '',
      'conf.yaml': '',
      'sim.jl': 'include("parts/model.jl")\ninclude(name)\n',
      'parts/model.jl': '',
      'venv/pyvenv.cfg': '',
      'venv/bin/activate': '',
    });
    const expected = [
      'train: its command names conf.yaml, which nobody tracks',
      'train: what fit.sh runs by "python3 "$MODEL.py"" is not followed',
      'named: its command names run.sh, which nobody tracks',
      'named: what fit.sh runs by "python3 "$MODEL.py"" is not followed',
      'ruby: fit.rb runs lib.rb, which is not followed',
      'julia: sim.jl runs parts/model.jl, which is not followed',
    ];
    const { stdout: status } = await rig.run('status');
    const warnings = status.split('\n').filter((line) => line.startsWith('warning: '));
    assert.deepEqual(
      warnings.map((line) => line.replace(/^warning: ([^:]+: [^:]+): .*$/, '$1')),
      expected,
    );
    assert.match(status, /warning: train: .* a change of it runs nothing; name what the stage reads in its deps/);
    const { stdout: dry } = await rig.run('--dry-run');
    assert.deepEqual(
      dry.split('\n').filter((line) => line.startsWith('warning: ')),
      warnings,
    );
    const { notes } = JSON.parse((await rig.run('status', '--json')).stdout) as {
      notes: { text: string; type: string }[];
    };
    assert.deepEqual(
      notes.map(({ text }) => text.replace(/: a change of .*/, '')),
      expected,
    );
    assert.deepEqual([...new Set(notes.map(({ type }) => type))], ['untracked', 'unfollowed']);
    const events = (await rig.run('--dry-run', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    assert.equal(events.filter(({ type }) => type === 'note').length, expected.length);
    const { checks } = JSON.parse((await rig.run('doctor', '--json')).stdout) as {
      checks: { name: string; found: string }[];
    };
    assert.equal(checks.filter(({ name }) => name === 'inputs').length, expected.length);
  });
});

describe('an entry of code that is no file', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is a mistake at its place', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  a: { cmd: 'true', code: [folder], outs: [a.txt] }
  b: { cmd: 'true', code: [pipe], outs: [b.txt] }
  c: { cmd: 'true', code: [gone.py], outs: [c.txt] }
`,
      'folder/x.py': '',
    });
    execFileSync('mkfifo', [path.join(rig.root, 'pipe')]);
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.match(stderr, /pipeline\.yaml:3:28 {2}error: the code file "folder" is a directory\n/);
    assert.match(stderr, /pipeline\.yaml:4:28 {2}error: the code file "pipe" is no regular file\n/);
    assert.match(stderr, /pipeline\.yaml:5:28 {2}error: the code file "gone\.py" does not exist\n/);
  });

  it('or that may not be read is told with its stage, also when only a command names it', async function () {
    rig = new Rig({
      'pipeline.yaml': "stages:\n  a: { cmd: 'true; sh secret.sh', outs: [a.txt] }\n",
      'secret.sh': 'true',
    });
    if (!rig.beOrdinaryUser()) this.skip();
    execFileSync('chmod', ['000', path.join(rig.root, 'secret.sh')]);
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: the code file secret\.sh cannot be read \(EACCES\)\. Give this user the right to read it/,
    );
    assert.match(stderr, /code of a: its command names it/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
});
