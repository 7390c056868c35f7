import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Rig, lastLine } from '../support/rig.ts';

// Like the experiment: data and pretraining that all trials share, a training that logs, and an evaluation.
const pipeline = `
vars:
  - params.yaml
  - run: runs/plain
  - reports: reports/plain
stages:
  prepare:
    cmd: node work.mjs prepare \${run}/data.txt data
    params: [data]
    outs: ["\${run}/data.txt"]
  pretrain:
    cmd: node work.mjs pretrain \${run}/start.txt \${run}/data.txt
    deps: ["\${run}/data.txt"]
    outs: ["\${run}/start.txt"]
  train:
    cmd: node train.mjs \${run}/model.json
    deps: ["\${run}/start.txt"]
    params: [rate, kind, steps]
    outs: ["\${run}/model.json"]
  eval:
    cmd: node eval.mjs \${run}/model.json \${reports}/eval.json
    deps: ["\${run}/model.json"]
    metrics: ["\${reports}/eval.json": { cache: false }]
`;

const train = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const { params, journal } = JSON.parse(readFileSync(process.env.PIPELINE_CONTEXT, 'utf8'));
const { rate, kind, steps } = params;
appendFileSync('ran.txt', 'train\\n');
if (kind === 'broken') { console.error('this kind cannot be trained'); process.exit(1); }
const loss = (rate - 0.3) ** 2 + (kind === 'good' ? 0 : 0.1);
for (let step = 1; step <= steps; step++) {
  appendFileSync(journal, JSON.stringify({ type: 'log', step, values: { loss } }) + '\\n');
  console.log('::progress ' + step / steps);
  // Long enough for a trial that is to be stopped, short for one that is not.
  if (steps > 3) await new Promise((resolve) => setTimeout(resolve, 20));
}
writeFileSync(process.argv[2], JSON.stringify({ loss }));
`;

const evaluate = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const [model, out] = process.argv.slice(2);
appendFileSync('ran.txt', 'eval\\n');
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, JSON.stringify({ test: JSON.parse(readFileSync(model, 'utf8')) }));
`;

const files = {
  'pipeline.yaml': pipeline,
  'params.yaml': 'seed: 1\ndata: small\nrate: 0.1\nkind: good\nsteps: 2\n',
  'train.mjs': train,
  'eval.mjs': evaluate,
};

const random = `
method: random
metric: { name: test.loss, goal: minimize }
run_cap: 20
parameters:
  rate: { min: 0.0, max: 1.0 }
`;

describe('pipeline sweep', function () {
  this.timeout(300_000);
  let rig: Rig;
  afterEach(() => rig.close());

  const start = (sweep: string, more: Record<string, string> = {}): void => {
    rig = new Rig({ ...files, 'params/sweeps/rates.yaml': sweep, ...more });
  };
  const reports = (): Record<string, string> => {
    const folder = path.join(rig.root, 'reports/sweeps/rates');
    const names = readdirSync(folder).filter((name) => name !== 'trials');
    return Object.fromEntries(names.map((name) => [name, rig.read(`reports/sweeps/rates/${name}`)]));
  };

  it('runs twenty trials that vary only training, and what comes before once, also at the same time', async () => {
    start(random);
    const { code, stdout, stderr } = await rig.run('sweep', 'params/sweeps/rates.yaml', '-j4');
    assert.equal(code, 0, stdout + stderr);
    const ran = rig.ran();
    const times = (name: string): number => ran.filter((one) => one === name).length;
    assert.deepEqual(['prepare', 'pretrain', 'train', 'eval'].map(times), [1, 1, 20, 20]);
    assert.match(stdout, /ok: 20 trials finished, 0 stopped, 0 failed; the best is trial \d+/);

    const first = reports();
    assert.deepEqual(Object.keys(first).sort(), [
      'best.yaml',
      'importance.json',
      'importance.svg',
      'parallel-coordinates.svg',
      'sweep.json',
      'trials.csv',
      'trials.json',
      'trials.md',
    ]);
    // The best params, as a profile, give the best metric.
    const best = Number(/best is trial (\d+)/.exec(stdout)?.[1]);
    assert.equal((await rig.run('--params', 'reports/sweeps/rates/best.yaml')).code, 0);
    const folder = `reports/sweeps/rates/trials/${String(best).padStart(4, '0')}`;
    assert.equal(rig.read('reports/plain/eval.json'), rig.read(`${folder}/eval.json`));
    // What is committed is checked with the other reports, and an edited number is found.
    const verified = await rig.run('report', 'verify', 'sweeps/rates');
    assert.equal(
      lastLine(verified.stdout),
      'ok reports/sweeps/rates: everything follows from 20 trials, and these from their metrics',
    );
    rig.write({ 'reports/sweeps/rates/trials.md': first['trials.md']!.replace('20 trials', '21 trials') });
    const edited = await rig.run('report', 'verify', 'sweeps/rates');
    assert.equal(edited.code, 1);
    assert.equal(edited.stdout, 'differs reports/sweeps/rates/trials.md does not follow from the trials\n');
    rig.write({ 'reports/sweeps/rates/trials.md': first['trials.md']! });
    // The same trials are the same report, wherever they run.
    assert.equal((await rig.run('sweep', 'report', 'params/sweeps/rates.yaml', '--check')).code, 0);
    rig.remove('reports/sweeps');
    assert.equal((await rig.run('sweep', 'params/sweeps/rates.yaml', '-j1', '-q')).code, 0);
    assert.deepEqual(reports(), first);
  });

  it('goes on with the same command after a kill, and does nothing twice', async () => {
    start(random);
    const { child, result } = rig.start('sweep', 'params/sweeps/rates.yaml', '--count', '6', '-j1');
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (text: string) => {
        if (text.includes('trial 2: rate')) resolve();
      });
    });
    child.kill('SIGKILL');
    await result;
    const before = rig.ran().filter((name) => name === 'eval').length;
    const again = await rig.run('sweep', 'params/sweeps/rates.yaml', '--count', '6', '-j1');
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(again.stdout, /6 trials, [12] of them have ended already/);
    assert.ok(rig.ran().filter((name) => name === 'eval').length <= 6 - before + 1);
    const idle = await rig.run('sweep', 'params/sweeps/rates.yaml', '--count', '6');
    assert.deepEqual(rig.ran(), []);
    assert.match(idle.stdout, /ok: 6 trials finished/);
  });

  it('records a failed trial with its reason and goes on', async () => {
    start('method: grid\nmetric: { name: test.loss }\nparameters: { kind: { values: [broken, good, other] } }\n');
    const { code, stdout } = await rig.run('sweep', 'params/sweeps/rates.yaml', '-j1');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /trial 0: failed: train: exit code 1.*this kind cannot be trained/);
    assert.match(stdout, /ok: 2 trials finished, 0 stopped, 1 failed; the best is trial 1/);
    assert.match(rig.read('reports/sweeps/rates/trials.md'), /\| failed +\| train: exit code 1/);
  });

  it('stops by hyperband, through what the stage logs, a trial that falls behind', async () => {
    start(
      'method: grid\nmetric: { name: test.loss }\nearly_terminate: { type: hyperband, min_iter: 2, eta: 2 }\n' +
        'parameters: { rate: { values: [0.3, 0.9] }, steps: { value: 200 } }\npipeline: { live: { name: loss } }\n',
    );
    const { code, stdout } = await rig.run('sweep', 'params/sweeps/rates.yaml', '-j1');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /trial 1: stopped early: train was number 2 of 2 after 2 reports; the best 1 go on/);
    assert.match(
      lastLine(stdout.replace(/report:.*\n/, '')),
      /1 trials finished, 1 stopped, 0 failed; the best is trial 0/,
    );
  });

  it('points at a parameter that is no params key, and at what the language does not know', async () => {
    start('method: random\nmetric: { name: a }\nrun_cap: 2\nparameters:\n  rte: { min: 0.0, max: 1.0 }\n');
    const unknown = await rig.run('sweep', 'params/sweeps/rates.yaml');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /params\/sweeps\/rates\.yaml:5:3 {2}error: params have no key "rte"/);
    assert.match(unknown.stderr, /did you mean "rate"\?/);
    rig.write({
      'params/sweeps/rates.yaml': 'method: randm\nmetric: { name: a }\nparameters:\n  rate: { min: 1, max: 2.5 }\n',
    });
    const wrong = await rig.run('sweep', 'params/sweeps/rates.yaml');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /rates\.yaml:1:9 {2}error: "method" must be one of "grid", "random", "bayes"/);
    assert.match(wrong.stderr, /rates\.yaml:4:16 {2}error: "rate": one of "min" and "max" is a whole number/);
  });

  it('refuses to go on when the sweep file means other trials, and to run where trials overwrite each other', async () => {
    start(random);
    assert.equal((await rig.run('sweep', 'params/sweeps/rates.yaml', '--count', '1', '-q')).code, 0);
    rig.write({ 'params/sweeps/rates.yaml': random.replace('max: 1.0', 'max: 2.0') });
    const changed = await rig.run('sweep', 'params/sweeps/rates.yaml', '--count', '1');
    assert.equal(changed.code, 2);
    assert.match(changed.stderr, /the sweep file changed since reports\/sweeps\/rates was begun/);
    rig.write({ 'pipeline.yaml': pipeline.replaceAll('${run}/model.json', 'model.json') });
    const common = await rig.run('sweep', 'params/sweeps/rates.yaml', '--count', '1');
    assert.equal(common.code, 2);
    assert.match(common.stderr, /pipeline\.yaml:\d+:\d+: every trial would write model\.json of train/);
  });

  it('plans a matrix of jobs, whose trials on several machines become one report', async () => {
    start(random);
    const plan = await rig.run('sweep', 'plan', 'params/sweeps/rates.yaml', '--count', '2', '--format', 'github');
    const { include } = JSON.parse(plan.stdout) as { include: { name: string; args: string }[] };
    assert.deepEqual(include, [
      { name: 'trial 0', args: '--count 2 --trial 0' },
      { name: 'trial 1', args: '--count 2 --trial 1' },
    ]);
    assert.equal((await rig.run('sweep', 'params/sweeps/rates.yaml', '--shared')).code, 0);
    assert.deepEqual(rig.ran(), ['prepare', 'pretrain']);
    for (const { args } of [...include].reverse()) {
      const { code, stdout, stderr } = await rig.run('sweep', 'params/sweeps/rates.yaml', ...args.split(' '));
      assert.equal(code, 0, stdout + stderr);
    }
    assert.deepEqual(rig.ran(), ['train', 'eval', 'train', 'eval']);
    assert.equal((await rig.run('sweep', 'report', 'params/sweeps/rates.yaml')).code, 0);
    assert.match(rig.read('reports/sweeps/rates/trials.md'), /2 trials: 2 finished/);
  });
});
