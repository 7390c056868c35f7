import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { lockKey } from '../../../src/base/locks/lock-folders.ts';
import { Rig, summary } from '../support/rig.ts';

/** The first of some commands that this machine and user can do, for ordinary users by a user namespace; or null. */
function firstThatWorks(...starters: readonly (readonly string[])[]): readonly string[] | null {
  const works = ([command = '', ...words]: readonly string[]): boolean =>
    spawnSync(command, [...words, 'true'], { stdio: 'ignore' }).status === 0;
  return starters.find(works) ?? null;
}

/** Pids of its own, as a container has. */
const pidNamespace = firstThatWorks(
  ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'],
  ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'],
);

/** The name of another host. */
const otherHost = (name: string): readonly string[] | null => {
  const rename = ['sh', '-c', `hostname ${name} && exec "$@"`, 'sh'];
  return firstThatWorks(['unshare', '--uts', ...rename], ['unshare', '--user', '--map-root-user', '--uts', ...rename]);
};

function outputHolds(child: { readonly stdout: NodeJS.ReadableStream | null }, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout!.on('data', (chunk: string) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
  });
}

const slow = `
stages:
  slow:
    cmd: echo line >> ran.txt; node hold.mjs slow slow.txt
    outs: [slow.txt]
`;

describe('a holder of locks that cannot be asked', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({ 'pipeline.yaml': slow });
    await rig.listen();
    Reflect.deleteProperty(process.env, 'PIPELINE_LOCK_SILENCE');
  });
  afterEach(() => {
    Reflect.deleteProperty(process.env, 'PIPELINE_LOCK_SILENCE');
    rig.close();
  });

  it('in another container of the same host name is waited for, so that a stage runs once', async function () {
    if (pidNamespace === null) return this.skip();
    rig.starter = pidNamespace;
    const first = rig.start();
    const stage = await rig.held('slow');
    const second = rig.start();
    const text = await outputHolds(second.child, /pipeline unlock --force \S+\n/);
    assert.match(
      text,
      /waiting for process \d+ on \S+, which .*; its last sign of life came at .*3 minutes of silence/,
    );
    stage.release();
    assert.equal(summary(await first.result), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal(summary(await second.result), 'ok: ran 0, restored 0, fresh 1, failed 0');
    assert.deepEqual(rig.ran(), ['line']);
    assert.deepEqual(readdirSync(path.join(rig.root, '.pipeline/held')), []);
    assert.deepEqual(readdirSync(path.join(rig.root, '.pipeline/running')), []);
  });

  async function killedOnOtherHost(starter: readonly string[]): Promise<void> {
    rig.starter = starter;
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    child.kill('SIGKILL');
    await Promise.all([stage.gone, result]);
    rig.starter = [];
    rig.ran();
  }

  it('on a host that is gone counts as dead after a silence', async function () {
    const starter = otherHost('old-container');
    if (starter === null) return this.skip();
    process.env['PIPELINE_LOCK_SILENCE'] = '2';
    await killedOnOtherHost(starter);
    const { result } = rig.start();
    (await rig.held('slow')).release();
    assert.equal(summary(await result), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.deepEqual(rig.ran(), ['line']);
  });

  it('on a host that is gone is named by every command that it is in the way of, until unlock removes it', async function () {
    const starter = otherHost('old-container');
    if (starter === null) return this.skip();
    await killedOnOtherHost(starter);
    const named = /rocess \d+ on old-container has been running .*last sign of life.*pipeline unlock --force/;
    assert.match((await rig.run('status')).stdout, named);
    const collected = await rig.run('gc');
    assert.equal(collected.code, 2);
    assert.match(collected.stderr, named);
    const waiting = rig.start();
    await outputHolds(waiting.child, /waiting for process \d+ on old-container/);
    const unlocked = await rig.run('unlock');
    assert.equal(unlocked.code, 0);
    assert.match(unlocked.stdout, /^process \d+ on old-container \(\S+\), since .*, 2 locks, dead: removed\n/);
    (await rig.held('slow')).release();
    assert.equal(summary(await waiting.result), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.equal((await rig.run('gc')).code, 0);
  });

  it('that was suspended for so long that it counted as dead records nothing and leaves the outputs alone', async function () {
    const [one, two] = [otherHost('one'), otherHost('two')];
    if (one === null || two === null) return this.skip();
    process.env['PIPELINE_LOCK_SILENCE'] = '2';
    rig.starter = one;
    const first = rig.start();
    const suspended = await rig.held('slow');
    // As when a container is paused: runner and stage together.
    process.kill(suspended.pid, 'SIGSTOP');
    first.child.kill('SIGSTOP');
    rig.starter = two;
    const second = rig.start();
    (await rig.held('slow')).release();
    assert.equal(summary(await second.result), 'ok: ran 1, restored 0, fresh 0, failed 0');
    const recorded = rig.read('pipeline.lock');
    first.child.kill('SIGCONT');
    const { code, stdout } = await first.result;
    assert.equal(code, 1, stdout);
    assert.match(stdout, /slow: failed: this run gave no sign of life for so long that it counted as dead/);
    await suspended.gone;
    assert.equal(rig.read('slow.txt'), 'all of slow\n');
    assert.equal(rig.read('pipeline.lock'), recorded);
    rig.starter = [];
    assert.equal(summary(await rig.run()), 'ok: ran 0, restored 0, fresh 1, failed 0');
  });
});

describe('something in the place of a lock', () => {
  let rig: Rig;
  const held = (): string => path.join(rig.root, '.pipeline/held', lockKey('output slow.txt'));
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': slow.replace('node hold.mjs slow', 'echo x >') });
    mkdirSync(path.dirname(held()), { recursive: true });
  });
  afterEach(() => rig.close());

  const strangers: { readonly [what: string]: (file: string) => void } = {
    'a directory': (file) => mkdirSync(file),
    'a symbolic link': (file) => symlinkSync('nowhere', file),
    'a named pipe': (file) => assert.equal(spawnSync('mkfifo', [file]).status, 0),
  };
  for (const [what, make] of Object.entries(strangers)) {
    it(`that is ${what} fails the stage with its path, and unlock --force removes it`, async () => {
      make(held());
      const failed = await rig.run();
      assert.equal(failed.code, 1);
      assert.match(
        failed.stdout,
        new RegExp(`slow: failed: expected the lock of a process at ${held()}, found ${what}`),
      );
      assert.match((await rig.run('unlock')).stdout, new RegExp(`${held()}, found ${what}.*unlock --force`));
      assert.match((await rig.run('unlock', '--force', '--dry-run')).stdout, /would be removed/);
      assert.match((await rig.run('unlock', '--force')).stdout, /no lock; removed/);
      assert.equal((await rig.run()).code, 0);
    });
  }

  it('that is empty after a crash is taken over once it cannot be in the making any more', async () => {
    writeFileSync(held(), '');
    const { code, stdout } = await rig.run();
    assert.equal(code, 0, stdout);
  });
});

describe('unlock', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = new Rig({ 'pipeline.yaml': slow });
    await rig.listen();
  });
  afterEach(() => rig.close());

  const place = (id: string): string => path.join(rig.root, '.pipeline/running', id);
  const holder = (id: string, host: string, pid: number): string =>
    JSON.stringify({ id, pid, host, since: '2020-01-01T00:00:00.000Z', birth: '1' });

  it('says that nothing is locked', async () => {
    assert.equal((await rig.run('unlock')).stdout, 'Nothing is locked.\n');
    assert.deepEqual(JSON.parse((await rig.run('unlock', '--json')).stdout), {
      dryRun: false,
      holders: [],
      strangers: [],
    });
  });

  it('removes the dead, with --force those that cannot be asked, and names the living and how to end them', async () => {
    const { child, result } = rig.start();
    const stage = await rig.held('slow');
    writeFileSync(place('dead-1'), holder('dead-1', hostname(), spawnSync('true').pid));
    writeFileSync(place('far-2'), holder('far-2', 'elsewhere', 1));
    const rows = async (...words: string[]): Promise<Record<string, unknown>> => {
      const { stdout } = await rig.run('unlock', '--json', ...words);
      const { holders } = JSON.parse(stdout) as { holders: { id: string; life: string; remove: boolean }[] };
      return Object.fromEntries(
        holders.map(({ id, life, remove }): [string, unknown] => [id.replace(/-.*/, ''), [life, remove]]),
      );
    };
    const alive = { [String(child.pid)]: ['alive', false] };
    const all = { ...alive, dead: ['dead', true], far: ['unknown', false] };
    assert.deepEqual(await rows('--dry-run'), all);
    assert.deepEqual(await rows(), all);
    const { stdout } = await rig.run('unlock');
    assert.match(stdout, new RegExp(`alive: left, because it lives; stop it with: kill ${child.pid}`));
    assert.match(stdout, /elsewhere \(far-2\).*unknown: left, .*pipeline unlock --force far-2/);
    assert.deepEqual(await rows('elsewhere', '--force'), { far: ['unknown', true] });
    assert.deepEqual(await rows('--force'), alive);
    assert.equal((await rig.run('unlock', '--force', String(child.pid))).code, 1, 'a number is not enough');
    stage.release();
    assert.equal((await result).code, 0);
  });

  it('removes a living holder only by its whole id, which then stops its stage and records nothing', async () => {
    const { child, result } = rig.start();
    await rig.held('slow');
    const [id] = readdirSync(path.join(rig.root, '.pipeline/running'));
    assert.match(id!, new RegExp(`^${child.pid}-`));
    assert.equal((await rig.run('unlock', '--force', id!)).code, 0);
    const { code, stdout } = await result;
    assert.equal(code, 1);
    assert.match(stdout, /slow: failed: .*"pipeline unlock" removed its lock/);
    assert.equal(rig.exists('pipeline.lock'), false);
  });

  it('does not know other names', async () => {
    const { code, stderr } = await rig.run('unlock', 'nobody');
    assert.equal(code, 2);
    assert.match(stderr, /"nobody" is no holder of locks here .*nothing is locked/);
  });
});

describe('a run started by npm', () => {
  it('stops when npm is told to end, as it does when it is told itself', async function () {
    if (spawnSync('npm', ['--version']).status !== 0) return this.skip();
    const rig = new Rig({ 'pipeline.yaml': slow });
    try {
      await rig.listen();
      const bin = path.resolve(import.meta.dirname, '../../../bin/pipeline.js');
      rig.write({ 'package.json': JSON.stringify({ scripts: { pipeline: `node ${bin} > log.txt` } }) });
      const env: NodeJS.ProcessEnv = { ...process.env, RIG_SOCKET: path.join(rig.root, 'rig.sock') };
      const npm = spawn('npm', ['run', 'pipeline'], { cwd: rig.root, stdio: 'ignore', env });
      const stage = await rig.held('slow');
      npm.kill('SIGTERM');
      await stage.gone;
      while (!/interrupted: /.test(readFileSync(path.join(rig.root, 'log.txt'), 'utf8'))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      rig.close();
    }
  });
});

describe('a run that may open few files', () => {
  for (const limit of [20, 32, 40, 48]) {
    it(`ends in words with ${limit}`, async () => {
      const stages = Array.from({ length: 12 }, (_, at) => `  s${at}:\n    cmd: cat > o${at}\n    outs: [o${at}]\n`);
      const rig = new Rig({ 'pipeline.yaml': `stages:\n${stages.join('')}` });
      try {
        assert.equal((await rig.run('--dry-run')).code, 0);
        rig.starter = ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'];
        const { code, stdout, stderr } = await rig.run('-j12', '--keep-going');
        assert.doesNotMatch(stdout + stderr, /TypeError|^ {4}at /m);
        if (code !== 0) assert.match(stdout + stderr, /ulimit -n 4096/);
      } finally {
        rig.close();
      }
    });
  }
});
