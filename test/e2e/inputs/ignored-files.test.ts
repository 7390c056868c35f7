import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

/** Python as users have it: it keeps compiled modules beside the sources. */
const python = 'env -u PYTHONDONTWRITEBYTECODE -u PYTHONPYCACHEPREFIX python3';

describe('a Python program with its folder as input', function () {
  const rigs: Rig[] = [];
  const folders: string[] = [];
  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  afterEach(() => {
    for (const rig of rigs.splice(0)) rig.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const project = (files: Readonly<Record<string, string>>): Rig => {
    const rig = new Rig({
      'src/common.py': 'X = 1\n',
      'src/train.py': 'import common, sys\nopen(sys.argv[1], "w").write(str(common.X))\n',
      ...files,
    });
    rigs.push(rig);
    return rig;
  };
  const stages = {
    'pipeline.yaml': `
stages:
  a: { cmd: ${python} src/train.py a.txt, deps: [src], outs: [a.txt] }
  b: { cmd: ${python} src/train.py b.txt, deps: [src], outs: [b.txt] }
`,
  };

  it('is recorded the first time and after every edit, also beside another that imports the same', async function () {
    if (!hasPython) this.skip();
    const rig = project(stages);
    assert.equal(summary(await rig.run('-j2')), 'ok: ran 2, restored 0, fresh 0, failed 0');
    assert.ok(existsSync(path.join(rig.root, 'src/__pycache__')));
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 2, failed 0');
    for (const value of ['2', '3']) {
      rig.write({
        'src/common.py': `X = ${value}\n# longer than before, so that Python sees it: ${'.'.repeat(Number(value))}\n`,
      });
      assert.equal(summary(await rig.run('-j2')), 'ok: ran 2, restored 0, fresh 0, failed 0');
      assert.deepEqual([rig.read('a.txt'), rig.read('b.txt')], [value, value]);
    }
  });

  it('finds what another clone has computed, whatever compiled modules lie there', async function () {
    if (!hasPython) this.skip();
    const cache = mkdtempSync(path.join(tmpdir(), 'pipeline-test-cache-'));
    folders.push(cache);
    const files = { ...stages, '.pipeline/config.yaml': `cache: { dir: ${cache} }\n` };
    const [first, second] = [project(files), project(files)];
    assert.equal(summary(await first.run()), 'ok: ran 2, restored 0, fresh 0, failed 0');
    execFileSync('python3', ['-m', 'compileall', '-q', 'src'], { cwd: second.root });
    assert.ok(readdirSync(path.join(second.root, 'src/__pycache__')).length > 0);
    assert.equal(summary(await second.run()), 'ok: ran 0, restored 2, fresh 0, failed 0');
    assert.equal(second.read('b.txt'), '1');
  });

  it('may import from what another stage made, whose output stays as it was', async function () {
    if (!hasPython) this.skip();
    const rig = project({
      'pipeline.yaml': `
stages:
  generate: { cmd: mkdir gen && echo "Y = 5" > gen/made.py, outs: [gen] }
  use: { cmd: 'PYTHONPATH=gen ${python} -c "import made; open(\\"o\\", \\"w\\").write(str(made.Y))"', deps: [gen], outs: [o] }
`,
    });
    const { stdout } = await rig.run();
    assert.match(stdout, /ok: ran 2/);
    assert.ok(existsSync(path.join(rig.root, 'gen/__pycache__')));
    assert.match((await rig.run('status')).stdout, /Everything is up to date \(2 instances\)/);
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 2, failed 0');
  });
});

describe('files that do not count', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const stage = (deps: string, more = ''): string => `
stages:
  s:
    cmd: mkdir -p made && cat data/a.csv > o && echo 1 > made/x ${more}
    deps: ${deps}
    outs: [o, made]
`;

  for (const deps of ['[.]', '["**/*"]', '[data, "*"]']) {
    it(`include the runner’s own and the stage’s outputs, so that all of the project can be an input: ${deps}`, async () => {
      rig = new Rig({ 'pipeline.yaml': stage(deps), 'data/a.csv': 'a' });
      execFileSync('git', ['init', '-q'], { cwd: rig.root });
      assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
      execFileSync('git', ['add', 'data'], { cwd: rig.root });
      assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
      rig.remove('o');
      assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 0, failed 0');
      rig.write({ 'data/a.csv': 'other' });
      assert.match(summary(await rig.run()), /^ok: ran 1/);
      assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 1/);
    });
  }

  it('are named in .pipelineignore, and what changes there is judged by at once', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('[data]', '&& date +%N > data/run.log'), 'data/a.csv': 'a' });
    const failed = await rig.run();
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /data \(data\/run\.log\) changed while it ran, so nothing was recorded/);
    assert.match(failed.stdout, /If the stage writes data\/run\.log itself, name that in outs, or in \.pipelineignore/);
    rig.write({ 'data/.pipelineignore': '*.log\n' });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 1/);
    rig.write({ 'data/.pipelineignore': '*.log\n*.tmp\n', 'data/x.tmp': '' });
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 0, fresh 1/);
    rig.write({ 'data/.pipelineignore': '*.log\n' });
    assert.match((await rig.run('status')).stdout, /dep data changed/);
  });

  it('count all the same where a dep names them', async () => {
    rig = new Rig({
      'pipeline.yaml': stage('[data/a.csv, data/old.csv~, "data/__pycache__/*"]'),
      'data/a.csv': 'a',
      'data/old.csv~': 'o',
      'data/__pycache__/m.pyc': 'm',
    });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
    for (const file of ['data/old.csv~', 'data/__pycache__/m.pyc']) {
      rig.write({ [file]: 'other' });
      assert.match((await rig.run('status')).stdout, new RegExp(`dep ${file} changed`));
      assert.match(summary(await rig.run()), /^ok: ran 1/);
    }
  });

  it('are the reason when a pattern matches nothing, which is said', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('["data/*.pyc"]'), 'data/a.csv': 'a', 'data/m.pyc': 'm' });
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.match(stderr, /"data\/\*\.pyc" matches no file[^]*do not count: a line with ! in \.pipelineignore/);
    rig.write({ '.pipelineignore': '!*.pyc\n' });
    assert.match(summary(await rig.run()), /^ok: ran 1/);
  });

  it('may be told by what is no pattern, or no file, in one message', async () => {
    rig = new Rig({ 'pipeline.yaml': stage('[data]'), 'data/a.csv': 'a', '.pipelineignore/x': '' });
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.equal(stderr, 'error: .pipelineignore says what does not count, but is a directory; a file was expected\n');
  });
});

describe('a directory in which another stage makes something', () => {
  it('may have been without it when the plan was made', async () => {
    const rig = new Rig({
      'pipeline.yaml': `
stages:
  a: { cmd: echo a > d/a, outs: [d/a] }
  b: { cmd: cat d/* > o, deps: [d], outs: [o] }
`,
      'd/x': 'x',
    });
    assert.match(summary(await rig.run()), /^ok: ran 2/);
    rig.remove('d/a');
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 1, fresh 1, failed 0');
    rig.close();
  });
});
