import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rig } from './support/rig.ts';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

describe('report verify', () => {
  let root: string;

  before(() => {
    root = mkdtempSync(path.join(tmpdir(), 'report-verify-'));
    writeFileSync(path.join(root, 'pipeline.yaml'), 'extension: groupgan\nstages: {}\n');
  });
  after(() => rmSync(root, { recursive: true }));

  const verify = () => {
    const words = [path.join(home, 'bin/pipeline.js'), 'report', 'verify', 'ablation'];
    return spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  };

  it('accepts a report without figures as a clone has it, without their empty directory', () => {
    const figures = path.join(home, 'reports/ablation/figures');
    cpSync(path.join(home, 'reports/ablation'), path.join(root, 'reports/ablation'), {
      recursive: true,
      filter: (file) => file !== figures,
    });
    const { status, stdout } = verify();
    assert.match(stdout, /^ok reports\/ablation: tables follow from 90 metrics files/);
    assert.equal(status, 0);
  });

  it('finds a figure that nothing made', () => {
    const stray = path.join(root, 'reports/ablation/figures/lie.png');
    cpSync(path.join(home, 'docs/images/contact-sheet.png'), stray);
    assert.ok(statSync(stray).size > 0);
    const { status, stdout } = verify();
    assert.match(stdout, /^differs reports\/ablation\/figures\/lie\.png: nothing of this name follows from/m);
    assert.equal(status, 1);
  });
});

describe('report verify in another project', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const pipelineFile = `
vars: [params.yaml, { run: 'runs/\${profile}' }, { reports: 'reports/\${profile}' }]
stages:
  train:
    cmd: mkdir -p \${reports} && echo '{ "loss":' \${rate} '}' > \${reports}/m.json
    params: [rate]
    metrics: ['\${reports}/m.json']
`;
  const sweep = `
method: grid
metric: { name: loss, goal: minimize }
parameters: { rate: { values: [1, 2] } }
pipeline: { metric: { value: loss } }
`;

  it('says in one message that there is nothing to verify, run or not', async () => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'params.yaml': 'profile: demo\nrate: 3\n' });
    for (const ran of [false, true]) {
      if (ran) assert.equal((await rig.run()).code, 0);
      const { code, stdout, stderr } = await rig.run('report', 'verify');
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^error: nothing here can be verified: [^\n]+\n$/);
    }
  });

  it('finds the file of a sweep wherever it lies, and says when it is nowhere', async () => {
    rig = new Rig({
      'pipeline.yaml': pipelineFile,
      'params.yaml': 'profile: demo\nrate: 3\n',
      'sweep.yaml': sweep,
      'experiments/b/deep.yaml': sweep,
      'deep.yaml': 'something: else\n',
    });
    for (const file of ['sweep.yaml', 'experiments/b/deep.yaml']) {
      const started = await rig.run('sweep', file);
      assert.equal(started.code, 0, started.stdout + started.stderr);
    }
    const ok = (name: string): string =>
      `ok reports/sweeps/${name}: everything follows from 2 trials, and these from their metrics\n`;
    assert.equal((await rig.run('report', 'verify')).stdout, ok('deep') + ok('sweep'));
    rig.remove('sweep.yaml');
    const { code, stdout } = await rig.run('report', 'verify');
    assert.equal(code, 1);
    assert.match(stdout, /^differs reports\/sweeps\/sweep: no file sweep\.yaml in this project says what/m);
    assert.match(
      (await rig.run('report', 'verify', 'sweeps/other')).stderr,
      /^error: reports\/sweeps\/other holds no /,
    );
  });
});
