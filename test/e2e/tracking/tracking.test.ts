import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { KEY, StandIn } from '../../tracking/service/stand-in.ts';
import { Rig, lastLine, type Result } from '../support/rig.ts';
import { beOffline, beOnline, trainProgram } from '../support/tracked-project.ts';

const project = {
  'pipeline.yaml': `
vars: [params.yaml]
stages:
  train:
    matrix: { net: [A, B] }
    cmd: tsx train.ts --net \${item.net}
    params: [rate]
    outs:
      - out/\${item.net}.txt
    meta: { warm: true }
`,
  'params.yaml': 'rate: 0.5\nother: { width: 3 }\n',
  'package.json': '{ "type": "module" }\n',
  'train.ts': trainProgram,
};

describe('tracking of a pipeline', function () {
  this.timeout(300_000);
  let rig: Rig;
  let service: StandIn;
  beforeEach(async () => {
    rig = new Rig(project);
    service = new StandIn();
    await service.start();
  });
  afterEach(async () => {
    beOffline();
    rig.close();
    await service.stop();
  });

  const online = (): void => beOnline(service);
  const ok = (result: Result): string => {
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.stdout;
  };

  it('takes all runs to the service while they run, and says so in one line', async () => {
    online();
    const line = lastLine(ok(await rig.run()));
    assert.equal(line, `W&B: 2 runs uploaded to ${service.url}`);
    const runs = [...service.runs.values()];
    assert.deepEqual(
      runs.map(({ rows, exitCode }) => [rows.length, exitCode]),
      [
        [5, 0],
        [5, 0],
      ],
    );
    assert.equal(new Set(runs.map(({ variables }) => variables['groupName'])).size, 1);
    const config = JSON.parse(runs[0]!.variables['config'] as string) as Record<string, { value: unknown }>;
    assert.deepEqual([config['rate']?.value, config['other']?.value], [0.5, { width: 3 }]);
    assert.match(String((config['pipeline']?.value as Record<string, unknown>)['fingerprint']), /^[0-9a-f]{64}$/);
  });

  it('finishes as well while the service is silent, and uploads later, each run once', async () => {
    online();
    service.fault = () => ({ type: 'hang' });
    const line = lastLine(ok(await rig.run()));
    assert.match(
      line,
      /W&B: 0 runs uploaded, 2 runs not yet \(127\.0\.0\.1:\d+ did not answer within 10 s\); "pipeline sync" uploads the rest$/,
    );
    assert.equal(rig.read('out/A.txt'), 'learnt with 0.5');
    service.fault = () => null;
    assert.equal(lastLine(ok(await rig.run('sync'))), `2 runs uploaded to ${service.url}`);
    service.requests.length = 0;
    assert.equal(ok(await rig.run('sync')), 'Nothing to upload in wandb.\n');
    assert.deepEqual(service.requests, []);
    assert.deepEqual(
      [...service.runs.values()].map(({ completions }) => completions),
      [1, 1],
    );
  });

  it('never writes the key anywhere, nor prints it, also when the service refuses it', async () => {
    online();
    service.fault = ({ at }) => (at % 2 === 0 ? { type: 'status', status: 401 } : null);
    const results = [
      await rig.run(),
      await rig.run('sync'),
      await rig.run('--json', '--force'),
      await rig.run('runs', '--json'),
    ];
    for (const { stdout, stderr } of results) assert.ok(!(stdout + stderr).includes(KEY));
    for (const entry of readdirSync(rig.root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      assert.ok(!readFileSync(path.join(entry.parentPath, entry.name)).includes(KEY), entry.name);
    }
  });

  it('records offline without being asked, and speaks to nobody', async () => {
    process.env['WANDB_BASE_URL'] = service.url;
    ok(await rig.run());
    assert.equal(readdirSync(path.join(rig.root, 'wandb')).length, 2);
    assert.deepEqual(service.requests, []);
  });

  it('leaves no run directories when it is disabled', async () => {
    process.env['WANDB_MODE'] = 'disabled';
    ok(await rig.run());
    assert.ok(!rig.exists('wandb'));
  });

  it('says what a mode must be before anything runs', async () => {
    process.env['WANDB_MODE'] = 'onlin';
    const { code, stderr } = await rig.run();
    assert.equal(code, 2);
    assert.equal(stderr, 'error: WANDB_MODE must be online, offline or disabled, found "onlin"\n');
    assert.ok(!rig.exists('out/A.txt'));
  });

  it('says where a key belongs when there is none', async () => {
    Object.assign(process.env, { WANDB_MODE: 'online', WANDB_BASE_URL: service.url, HOME: rig.root });
    assert.match(ok(await rig.run()), /there is no key for http:\S+: set WANDB_API_KEY/);
    const { code, stderr } = await rig.run('sync');
    assert.equal(code, 2);
    assert.match(stderr, /^error: there is no key for .* Set WANDB_API_KEY, or add the host to ~\/\.netrc\.\n$/);
  });

  it('is looked at without any account: list, filter, one run, two beside each other', async () => {
    ok(await rig.run());
    ok(await rig.run('-S', 'rate=0.9'));
    const list = ok(await rig.run('runs', '--filter', 'stage=train', '--filter', 'net=A', '--sort', '-accuracy'));
    const [header, ...rows] = list.trimEnd().split('\n');
    assert.match(header!, /^id +name +stage +state +started +duration +params that differ +metrics$/);
    assert.deepEqual(
      rows.map((row) => /(rate=\S+) .*(accuracy=\S+)/.exec(row)?.slice(1)),
      [
        ['rate=0.9', 'accuracy=0.45'],
        ['rate=0.5', 'accuracy=0.25'],
      ],
    );
    const json = JSON.parse(ok(await rig.run('runs', '--json', '--filter', 'net=A'))) as {
      id: string;
      state: string;
      metrics: object;
    }[];
    assert.deepEqual(
      json.map(({ state, metrics }) => [state, metrics]),
      [
        ['finished', { loss: 0.1, accuracy: 0.25 }],
        ['finished', { loss: 0.18, accuracy: 0.45 }],
      ],
    );
    const [a, b] = json.map(({ id }) => id);
    assert.match(ok(await rig.run('runs', 'show', a!)), /rate +0\.5[^]*accuracy +0\.25[^]*loss +0\.1 to 0\.5/);
    const compared = ok(await rig.run('runs', 'compare', a!, b!, '--svg', 'curves.svg'));
    assert.match(compared, /params that differ +\S+ +\S+\nrate +0\.5 +0\.9\n/);
    assert.match(compared, /accuracy +0\.25 +0\.45/);
    assert.equal(rig.read('curves.svg').match(/<polyline/g)?.length, 2);
  });

  it('tells a misspelt filter, sort key or run from an empty answer', async () => {
    ok(await rig.run());
    for (const [words, message] of [
      [['runs', '--filter', 'acuracy>0.5'], /^error: no run has "acuracy"\. Fields: .*metrics: loss, accuracy\n$/],
      [['runs', '--filter', 'fine'], /^error: expected a filter such as stage=train or accuracy>0\.5, found "fine"\n$/],
      [['runs', 'show', 'nobody'], /^error: there is no run "nobody"\. Ids and names: pipeline runs\n$/],
    ] as const) {
      const { code, stderr } = await rig.run(...words);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
