import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { KEY, StandIn } from '../../tracking/service/stand-in.ts';
import { fileRecord, writeRun } from '../../tracking/support/run-directory.ts';
import { Rig } from '../support/rig.ts';
import { beOffline, beOnline, trainProgram } from '../support/tracked-project.ts';

const project = {
  'pipeline.yaml': `
vars: [params.yaml]
stages:
  train: { cmd: tsx train.ts, params: [rate], outs: [out.txt], meta: { warm: true } }
`,
  'params.yaml': 'rate: 0.5\n',
  'package.json': '{ "type": "module" }\n',
  'train.ts': trainProgram,
};

describe('pipeline sync', function () {
  this.timeout(120_000);
  let rig: Rig;
  let service: StandIn;
  let wandb: string;
  beforeEach(async () => {
    rig = new Rig(project);
    wandb = path.join(rig.root, 'wandb');
    mkdirSync(wandb);
    service = new StandIn();
    await service.start();
    beOnline(service);
    process.env['WANDB_MODE'] = 'offline';
  });
  afterEach(async () => {
    beOffline();
    rig.close();
    await service.stop();
  });
  const uploaded = (): string[] => [...service.runs.keys()].map((at) => path.basename(at)).sort();

  const name = 'offline-run-20260101_000000-damaged1';
  const run = 'run-damaged1.wandb';
  const damages: readonly (readonly [string, (directory: string) => void, RegExp])[] = [
    ['an empty pipeline.json', (at) => writeFileSync(path.join(at, 'pipeline.json'), ''), /pipeline\.json is empty.*delete that file/],
    ['half a pipeline.json', (at) => writeFileSync(path.join(at, 'pipeline.json'), '{"version":1,"id'), /pipeline\.json is damaged/],
    ['a pipeline.json of null', (at) => writeFileSync(path.join(at, 'pipeline.json'), 'null'), /pipeline\.json is damaged/],
    ['a directory in place of pipeline.json', (at) => mkdirSync(path.join(at, 'pipeline.json')), /pipeline\.json is a directory, not a file/],
    ['a pipe in place of pipeline.json', (at) => execFileSync('mkfifo', [path.join(at, 'pipeline.json')]), /pipeline\.json is a named pipe/],
    ['an empty .wandb', (at) => truncateSync(path.join(at, run), 0), /run-damaged1\.wandb holds no run/],
    ['a .wandb of something else', (at) => writeFileSync(path.join(at, run), 'x'.repeat(100)), /is not a \.wandb file/],
    ['a directory in place of the .wandb', (at) => { rmSync(path.join(at, run)); mkdirSync(path.join(at, run)); }, /run-damaged1\.wandb is a directory/],
    ['a pipe in place of the .wandb', (at) => { rmSync(path.join(at, run)); execFileSync('mkfifo', [path.join(at, run)]); }, /run-damaged1\.wandb is a named pipe/],
    ['a .wandb that leads nowhere', (at) => { rmSync(path.join(at, run)); symlinkSync('gone', path.join(at, run)); }, /ENOENT.*run-damaged1\.wandb/],
    ['a file in place of the directory', (at) => { rmSync(at, { recursive: true }); writeFileSync(at, ''); }, /ENOTDIR/],
    ['a directory in place of the lock', (at) => mkdirSync(path.join(at, `${run}.upload.lock`)), /directory/],
    ['a file that leads out', (at) => { rmSync(at, { recursive: true }); writeRun(wandb, { id: 'damaged1', records: [fileRecord('../../x')] }); renameSync(path.join(wandb, 'offline-run-20260102_030405-damaged1'), at); }, /refused to upload "files\/\.\.\/\.\.\/x"/],
  ]; // prettier-ignore
  for (const [what, damage, message] of damages) {
    it(`tells of a run with ${what} by name, and uploads the others`, async () => {
      renameSync(writeRun(wandb, { id: 'damaged1' }), path.join(wandb, name));
      writeRun(wandb, { id: 'whole001' });
      damage(path.join(wandb, name));
      const { code, stdout, stderr } = await rig.run('sync');
      assert.equal(code, 1, stdout + stderr);
      assert.equal(stderr, '');
      const lines = stdout.split('\n').filter((line) => line.startsWith(name));
      assert.match(lines.at(-1) ?? '', new RegExp(`^${name}  not uploaded: .*${message.source}`));
      assert.ok(uploaded().includes('whole001'), stdout);
      assert.match(stdout, /^1 run uploaded to .*, 1 not: run "pipeline sync" again$/m);
    });
  }

  it('goes on from the beginning where what is kept of an upload is damaged', async () => {
    const directory = writeRun(wandb, { id: 'whole001' });
    for (const text of ['', '{"version":1', 'null', '{"version":1,"remote":{"entity":5}}', '{"version":2}']) {
      rmSync(path.join(directory, 'run-whole001.wandb.synced'), { force: true });
      writeFileSync(path.join(directory, 'run-whole001.wandb.upload.json'), text);
      assert.equal((await rig.run('sync')).code, 0, text);
    }
    assert.deepEqual(uploaded(), ['whole001']);
  });

  it('says of a run from elsewhere where it goes before it goes there, and of its own nothing', async () => {
    assert.equal((await rig.run()).code, 0);
    const [own = ''] = readdirSync(wandb);
    const stolen = path.join(rig.root, 'elsewhere');
    // A copy claims to be ours; the journal names another directory.
    cpSync(path.join(wandb, own), stolen, { recursive: true });
    const { stdout } = await rig.run('sync');
    assert.match(stdout, new RegExp(`^${own}  uploaded\n1 run uploaded to `));
    const copy = (await rig.run('sync', 'elsewhere')).stdout.split('\n');
    assert.match(copy[0]!, /^elsewhere {2}this project has no journal of it; it goes to the project "faces" of the key's own entity, as it says itself$/);
    assert.equal(copy[1], 'elsewhere  uploaded');
    const foreign = path.relative(rig.root, writeRun(path.join(rig.root, 'other'), { entity: 'attacker\u001b[2J' }));
    assert.match((await rig.run('sync', foreign)).stdout, /it goes to the project "faces" of the entity "attacker\\u001b\[2J", as it says itself\n/);
  }); // prettier-ignore

  it('warns once, whatever the number of runs, of a key that others can read; so does a run that is mirrored', async () => {
    writeRun(wandb, { id: 'whole001' });
    writeRun(wandb, { id: 'whole002' });
    const netrc = path.join(rig.root, '.netrc');
    writeFileSync(netrc, `machine 127.0.0.1 login user password ${KEY}\n`, { mode: 0o644 });
    process.env['NETRC'] = netrc;
    Reflect.deleteProperty(process.env, 'WANDB_API_KEY');
    try {
      const { code, stdout, stderr } = await rig.run('sync');
      assert.equal(code, 0, stdout + stderr);
      assert.equal(stderr, `W&B: ${netrc} can be read by other users of this machine: chmod 600 ${netrc}.\n`);
      process.env['WANDB_MODE'] = 'online';
      const run = await rig.run();
      assert.equal((run.stdout + run.stderr).match(/can be read by other users/g)?.length, 1);
    } finally {
      Reflect.deleteProperty(process.env, 'NETRC');
    }
  });

  it('takes no password from an address, and does not repeat it', async () => {
    writeRun(wandb, { id: 'whole001' });
    process.env['WANDB_BASE_URL'] = 'http://user:SECRET@wandb.invalid';
    const { code, stdout, stderr } = await rig.run('sync');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: WANDB_BASE_URL must be an address without user name, .* such as http:\/\/wandb\.invalid\./,
    );
    assert.ok(!(stdout + stderr).includes('SECRET'));
  });
});
