import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { StandIn } from '../../tracking/service/stand-in.ts';
import { lastLine, Rig } from '../support/rig.ts';
import { beOffline, beOnline, trainProgram } from '../support/tracked-project.ts';

// The tracked training waits for the test before it ends.
const heldTraining = trainProgram
  .replace("import { writeFileSync } from 'node:fs';", "$&\nimport { connect } from 'node:net';")
  .replace(
    "  await tracker.finish('finished');",
    `  if (context.param('held')) await new Promise((resolve, reject) => {
    const socket = connect(process.env.RIG_SOCKET);
    socket.write(JSON.stringify({ name: 'training with ' + rate, pid: process.pid }) + '\\n');
    socket.once('data', () => resolve(socket.destroy()));
    context.signal.addEventListener('abort', () => {
      socket.destroy();
      void tracker.finish('stopped').then(() => reject(new Error('told to stop')));
    });
  });
$&`,
  );

const project = {
  'pipeline.yaml': `
vars:
  - params.yaml
  - run: runs/plain
  - reports: reports/plain
stages:
  train:
    cmd: tsx train.ts
    params: [rate, held]
    outs: ["\${run}/model.txt"]
    meta: { warm: true }
  eval:
    cmd: node eval.mjs \${rate} \${reports}/eval.json
    deps: ["\${run}/model.txt"]
    params: [rate]
    metrics: ["\${reports}/eval.json": { cache: false }]
`,
  'params.yaml': 'seed: 1\nrate: 0.1\nheld: false\n',
  'package.json': '{ "type": "module" }\n',
  'train.ts': heldTraining,
  'eval.mjs': `
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const [rate, out] = process.argv.slice(2);
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, JSON.stringify({ loss: Number(rate) }));
`,
  'params/sweeps/rates.yaml':
    'method: grid\nmetric: { name: loss, goal: minimize }\nparameters: { rate: { values: [0.25, 0.5] } }\n',
};

describe('tracking of a sweep', function () {
  this.timeout(300_000);
  let rig: Rig;
  let service: StandIn;
  beforeEach(async () => {
    rig = new Rig(project);
    service = new StandIn();
    await service.start();
    beOnline(service);
  });
  afterEach(async () => {
    beOffline();
    rig.close();
    await service.stop();
  });

  const hold = async (): Promise<void> => {
    rig.write({ 'params.yaml': project['params.yaml'].replace('held: false', 'held: true') });
    await rig.listen();
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const command = ['sweep', 'params/sweeps/rates.yaml', '-j1'];

  it('takes all trials to the service while they run, through one mirror, and says so in one line', async () => {
    await hold();
    const { result } = rig.start(...command);
    for (const [at, rate] of [0.25, 0.5].entries()) {
      const stage = await rig.held(`training with ${rate}`);
      await until(() => [...service.runs.values()][at]?.rows.length === 5);
      assert.equal([...service.runs.values()][at]?.exitCode, null, 'it is not over yet');
      stage.release();
    }
    const { code, stdout, stderr } = await result;
    assert.equal(code, 0, stdout + stderr);
    assert.equal(lastLine(stdout), `W&B: 2 runs uploaded to ${service.url}`);
    assert.equal(stdout.match(/W&B/g)?.length, 1);
    const runs = [...service.runs.values()];
    const { id } = JSON.parse(rig.read('reports/sweeps/rates/sweep.json')) as { id: string };
    const told = runs.map(({ variables, exitCode }) => {
      const config = JSON.parse(variables['config'] as string) as Record<string, { value: unknown }>;
      const { sweep, trial } = config['pipeline']?.value as Record<string, unknown>;
      return [exitCode, config['rate']?.value, variables['sweep'], sweep, trial];
    });
    assert.deepEqual(told, [
      [0, 0.25, id, id, '0'],
      [0, 0.5, id, id, '1'],
    ]);
  });

  it('finishes as well while the service fails, says what is left, and sync uploads it, each run once', async () => {
    service.fault = () => ({ type: 'status', status: 500 });
    const { code, stdout, stderr } = await rig.run(...command, '--json');
    assert.equal(code, 0, stdout + stderr);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(events.find(({ type }) => type === 'sweep-finished')?.['finished'], 2);
    const note = events.at(-1)!;
    assert.deepEqual([note['type'], note['level']], ['note', 'warning']);
    assert.match(
      String(note['text']),
      /^W&B: 0 runs uploaded, 2 runs not yet \(\S+ answered Viewer with 500\); "pipeline sync" uploads the rest$/,
    );
    service.fault = () => null;
    assert.equal(lastLine((await rig.run('sync')).stdout), `2 runs uploaded to ${service.url}`);
    assert.deepEqual(
      [...service.runs.values()].map(({ rows, completions }) => [rows.length, completions]),
      [
        [5, 1],
        [5, 1],
      ],
    );
  });

  it('mirrors also what trials share, where that alone is asked for', async () => {
    rig.write({ 'pipeline.yaml': project['pipeline.yaml'].replace('params: [rate, held]', 'params: [held]') });
    rig.write({ 'train.ts': trainProgram.replace("context.param('rate')", '1') });
    const { code, stdout, stderr } = await rig.run(...command, '--shared');
    assert.equal(code, 0, stdout + stderr);
    assert.equal(lastLine(stdout), `W&B: 1 run uploaded to ${service.url}`);
  });

  it('ends at once on a second Ctrl-C, also where it waits for a silent service', async () => {
    await hold();
    service.fault = () => ({ type: 'hang' });
    const { child, result } = rig.start(...command);
    const stage = await rig.held('training with 0.25');
    child.stdout!.on('data', (text: string) => {
      if (/^interrupted:/m.test(text)) child.kill('SIGINT');
    });
    child.kill('SIGINT');
    await stage.gone;
    const { code, stdout } = await result;
    assert.equal(code, 130);
    assert.equal(lastLine(stdout), 'warning: W&B: the mirror did not finish; "pipeline sync" uploads what is missing');
    service.fault = () => null;
    assert.equal(lastLine((await rig.run('sync')).stdout), `1 run uploaded to ${service.url}`);
    assert.deepEqual(
      [...service.runs.values()].map(({ rows, exitCode }) => [rows.length, exitCode]),
      [[5, 255]],
    );
  });
});
