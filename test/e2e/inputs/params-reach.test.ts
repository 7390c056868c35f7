import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import { Rig, stageContext, summary } from '../support/rig.ts';

/** Opens params.yaml itself, as a stage of DVC does. */
const READS_FILE = `
import { readFileSync, writeFileSync } from 'node:fs';
writeFileSync('model.txt', /lr: (\\S+)/.exec(readFileSync('params.yaml', 'utf8'))[1] + '\\n');
`;

/** Takes its params from the runner. */
const READS_GIVEN = `
import { readFileSync, writeFileSync } from 'node:fs';
writeFileSync('model.txt', JSON.parse(readFileSync(process.env.PIPELINE_PARAMS, 'utf8')).lr + '\\n');
`;

function project(cmd: string, more = ''): Record<string, string> {
  return {
    'params.yaml': 'lr: 0.01\nseed: 1\n',
    'big.yaml': 'lr: 0.5\n',
    'train.mjs': READS_FILE,
    'pipeline.yaml': `stages:\n  train:\n    cmd: ${cmd}\n    params: [lr]\n    outs: [model.txt]\n${more}`,
  };
}

const REFUSED =
  /^pipeline\.yaml:4:14 {2}error: "train" would not see this run's params: in its params file it finds lr: 0\.01 in place of 0\.5\n[^]*params\.yaml:1:5 {2}the file has this value\n[^]*put \$\{lr\} into the command, or let the program read the file that PIPELINE_PARAMS names/;

describe('a stage whose program opens params.yaml', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('never has a result recorded under a value that it did not see', async () => {
    rig = new Rig(project('node train.mjs'));
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    for (const options of [
      ['-S', 'lr=0.5'],
      ['--params', 'big.yaml'],
      ['--dry-run', '-S', 'lr=0.5'],
    ]) {
      const { code, stderr } = await rig.run(...options);
      assert.equal(code, 2, options.join(' '));
      assert.match(stderr, REFUSED);
    }
    assert.match(rig.read('pipeline.lock'), /lr: 0\.01/);
    rig.write({ 'params.yaml': 'lr: 0.5\nseed: 1\n' });
    assert.equal(summary(await rig.run()), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '0.5\n');
    // What was made from the file's own value is a result of that value, whoever sets it.
    rig.write({ 'params.yaml': 'lr: 0.01\nseed: 1\n' });
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });

  it('may run for other values of params that it does not name', async () => {
    rig = new Rig(project('node train.mjs'));
    assert.equal(summary(await rig.run('-S', 'seed=2')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(summary(await rig.run('-S', 'lr=0.01')), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });

  it('sees the value where its command carries it, also by variables and items', async () => {
    rig = new Rig({
      ...project('echo ${lr} > model.txt'),
      'pipeline.yaml': [
        'vars: [{options: "--lr ${lr}"}, {group: {lr: "${lr}"}}]',
        'stages:',
        '  a: {cmd: "echo ${options}", params: [lr]}',
        '  b: {cmd: "echo ${group}", params: [lr]}',
        '  c: {matrix: {x: ["${lr}"]}, cmd: "echo ${item.x}", params: [lr]}',
        '  d: {vars: [{own: "${lr}"}], cmd: "echo own ${own}", params: [lr]}',
        '',
      ].join('\n'),
    });
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 4, restored 0, fresh 0, failed 0');
    rig.write({ 'pipeline.yaml': 'stages:\n  a: {cmd: "echo x > ${lr}", params: [seed], outs: ["${lr}"]}\n' });
    assert.match((await rig.run('-S', 'lr=0.5', '-S', 'seed=2')).stderr, /it finds seed: 1 in place of 2/);
  });

  it('is no such stage when it, or what it imports, takes its params from the runner', async () => {
    rig = new Rig(project('node train.mjs'));
    rig.write({ 'train.mjs': READS_GIVEN });
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '0.5\n');
    rig.write({ 'given.mjs': READS_GIVEN, 'train.mjs': "import './given.mjs';\n" });
    assert.equal(summary(await rig.run('-S', 'lr=0.25')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '0.25\n');
    rig.write({
      'train.mjs': `import { defineStage } from ${stageContext};
        import { writeFileSync } from 'node:fs';
        export default defineStage(import.meta.url, async (c) => writeFileSync(c.out(), c.param('lr') + '\\n'));`,
      'pipeline.yaml': rig.read('pipeline.yaml').replace('node train.mjs', 'tsx train.mjs'),
    });
    assert.equal(summary(await rig.run('-S', 'lr=0.125')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '0.125\n');
    rig.write({ 'train.mjs': `// not from PIPELINE_PARAMS\n${READS_FILE}` });
    assert.match((await rig.run('-S', 'lr=0.5')).stderr, /"train" would not see this run's params/);
  });

  it('is no such stage when all of its code is known and cannot read such a file', async () => {
    const program = "import { writeFileSync } from 'node:fs';\nwriteFileSync('model.txt', 'x');\n";
    rig = new Rig({ ...project('node train.mjs'), 'train.mjs': program });
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    for (const cmd of ['make train', 'cp params.yaml model.txt', 'node train.mjs; ./other', 'cat *.yaml > model.txt']) {
      rig.write({ ...project(cmd), 'train.mjs': program });
      assert.match((await rig.run('-S', 'lr=0.25')).stderr, /"train" would not see this run's params/, cmd);
    }
  });

  it('is no such stage when pipeline.yaml or the command says so', async () => {
    rig = new Rig(project('node train.mjs', '    meta: {reads_given_params: true}\n'));
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    rig.write(project('cp "$PIPELINE_PARAMS" model.txt'));
    rig.write({ 'params.yaml': 'lr: 0.01\nother: 1\n', 'big.yaml': 'lr: 1.0\n' });
    assert.equal(summary(await rig.run('--params', 'big.yaml')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '{"lr": 1.0}\n');
  });

  it('ends a sweep before its first trial', async () => {
    rig = new Rig({
      ...project('node train.mjs'),
      'pipeline.yaml': [
        'vars: [{run: runs/x}, {reports: reports/x}]',
        'stages:',
        '  train: {cmd: node train.mjs, params: [lr], metrics: ["${reports}/m.json"]}',
        '',
      ].join('\n'),
      's.yaml': 'method: grid\nmetric: {name: loss}\nparameters: {lr: {values: [0.5, 0.25]}}\n',
    });
    const { code, stderr } = await rig.run('sweep', 's.yaml');
    assert.equal(code, 2);
    assert.match(stderr, /"train" would not see this run's params/);
  });
});

describe('the example of the user guide in Python', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('sees the profile and -S', async function () {
    if (spawnSync('python3', ['--version']).status !== 0) this.skip();
    const guide = readFileSync('docs/user-guide.md', 'utf8');
    const example = /```python\n([^]*?)```/.exec(guide)?.[1]?.replaceAll(/^ {2}/gm, '') ?? '';
    rig = new Rig({ ...project('python3 train.py > model.txt'), 'train.py': `${example}print(lr)\n` });
    assert.equal(summary(await rig.run('-S', 'lr=0.5')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '0.5\n');
    assert.equal(summary(await rig.run('-S', 'lr=1e-7')), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(rig.read('model.txt'), '1e-07\n');
  });
});
