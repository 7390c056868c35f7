import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig } from '../support/rig.ts';

const pipeline = `
vars:
  - params.yaml
  - run: runs/plain
  - reports: reports/plain
stages:
  train:
    cmd: node --import ./polite.mjs hold.mjs train-\${rate} \${run}/model.txt
    params: [rate]
    outs: ["\${run}/model.txt"]
  eval:
    cmd: node eval.mjs \${rate} \${reports}/eval.json
    deps: ["\${run}/model.txt"]
    params: [rate]
    metrics: ["\${reports}/eval.json": { cache: false }]
`;

const files = {
  'pipeline.yaml': pipeline,
  'params.yaml': 'seed: 1\nrate: 1\n',
  'polite.mjs': `
import { appendFileSync } from 'node:fs';
process.on('SIGINT', () => { appendFileSync('asked.txt', process.argv[2] + '\\n'); process.exit(1); });
`,
  'deaf.mjs': "for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);\n",
  'eval.mjs': `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const [rate, out] = process.argv.slice(2);
appendFileSync('ran.txt', 'eval ' + rate + '\\n');
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, JSON.stringify({ loss: Number(rate) }));
`,
  'params/sweeps/rates.yaml':
    'method: grid\nmetric: { name: loss, goal: minimize }\nparameters: { rate: { values: [1, 2, 3, 4] } }\n',
};

describe('a sweep that is cut short', function () {
  this.timeout(120_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig(files);
    await rig.listen();
  });
  afterEach(() => rig.close());

  const command = ['sweep', 'params/sweeps/rates.yaml', '-j2'];
  const states = (): unknown[] =>
    [0, 1, 2, 3].map((trial) => {
      const file = `reports/sweeps/rates/trials/000${trial}/trial.json`;
      if (!rig.exists(file)) return null;
      const { state, metric } = JSON.parse(rig.read(file)) as { state: string; metric: number | null };
      return metric === null ? state : [state, metric];
    });
  /** Goes on with the same command to the end of the sweep. */
  const resume = async (rates: readonly number[]): Promise<string> => {
    const { result } = rig.start(...command);
    await Promise.all(rates.map(async (rate) => (await rig.held(`train-${rate}`)).release()));
    const { code, stdout, stderr } = await result;
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const finished = [1, 2, 3, 4].map((rate) => ['finished', rate]);

  it('by SIGINT asks its trials to stop, starts no other, exits with 130, and goes on with the same command', async () => {
    const { child, result } = rig.start(...command);
    const second = await rig.held('train-2');
    (await rig.held('train-1')).release();
    const third = await rig.held('train-3');
    child.kill('SIGINT');
    await Promise.all([second.gone, third.gone]);
    const { code, stdout } = await result;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /stopping all trials \(Ctrl-C again ends at once\)/);
    assert.match(stdout, /trial 1: interrupted.*[^]*interrupted: 1 trials finished, 0 stopped, 0 failed/);
    assert.match(stdout, /trial 2: interrupted/);
    assert.deepEqual(rig.read('asked.txt').trim().split('\n').sort(), ['train-2', 'train-3']);
    assert.deepEqual(states(), [['finished', 1], 'running', 'running', null]);
    assert.ok(!rig.exists('runs/sweeps/rates/0001/model.txt'), 'nothing half-done is kept');
    assert.deepEqual(rig.ran(), ['eval 1']);

    assert.match(await resume([2, 3, 4]), /4 trials, 1 of them have ended already[^]*ok: 4 trials finished/);
    assert.deepEqual(states(), finished);
    assert.deepEqual(rig.ran().sort(), ['eval 2', 'eval 3', 'eval 4'], 'what was done before is not done again');
    assert.equal((await rig.run('sweep', 'report', 'params/sweeps/rates.yaml', '--check')).code, 0);
  });

  it('by a second SIGINT ends at once trials that do not listen to the first', async () => {
    rig.write({
      'pipeline.yaml': pipeline.replace('node --import ./polite.mjs', "trap '' INT TERM; node --import ./deaf.mjs"),
    });
    const { child, result } = rig.start(...command);
    const stages = await Promise.all([rig.held('train-1'), rig.held('train-2')]);
    child.stdout!.on('data', (text: string) => {
      if (text.includes('stopping all trials')) child.kill('SIGINT');
    });
    child.kill('SIGINT');
    await Promise.all(stages.map(({ gone }) => gone));
    const { code, stdout } = await result;
    assert.equal(code, 130, stdout);
    assert.match(stdout, /interrupted: 0 trials finished, 0 stopped, 0 failed/);
    assert.deepEqual(states(), ['running', 'running', null, null]);
    assert.ok(!rig.exists('runs/sweeps/rates/0000/model.txt'));
    await resume([1, 2, 3, 4]);
    assert.deepEqual(states(), finished);
  });
});
