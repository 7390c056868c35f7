import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const pipelineFile = `
vars: [params.yaml]
stages:
  make:
    cmd: node work.mjs make out.txt \${word}
    params: [word]
    outs: [out.txt]
  tree:
    cmd: mkdir -p tree/sub && cp out.txt 'tree/sub/a b.txt' && touch tree/empty
    deps: [out.txt]
    outs: [tree]
`;

function git(rig: Rig, ...args: string[]): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd: rig.root, stdio: 'ignore' });
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

const project = {
  'pipeline.yaml': pipelineFile,
  'params.yaml': 'word: one\n',
  '.gitignore': '.pipeline\nout.txt\ntree\n',
};

describe('pipeline gc', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig(project);
  });
  afterEach(() => rig.close());
  const runWith = async (word: string): Promise<string> => {
    rig.write({ 'params.yaml': `word: ${word}\n` });
    return summary(await rig.run());
  };
  /** The words whose outputs are still in the cache. */
  const cached = (...words: string[]): string[] => {
    const objects = filesIn(path.join(rig.root, '.pipeline/store/objects'));
    const digest = (word: string): string => createHash('sha256').update(`${word}\n`).digest('hex');
    return words.filter((word) => objects.some((file) => digest(word).endsWith(path.basename(file))));
  };

  it('keeps what lock files of the workspace, branches, tags and the stash refer to, and removes the rest', async () => {
    git(rig, 'init', '-q', '-b', 'main');
    for (const word of ['branch', 'tag', 'stash', 'lost', 'now']) {
      await runWith(word);
      if (word === 'lost') continue;
      if (word === 'now') break;
      git(rig, 'add', '-A');
      if (word === 'stash') git(rig, 'stash');
      else git(rig, 'commit', '-qm', word);
      if (word === 'tag') git(rig, 'tag', 'released');
      if (word === 'branch') git(rig, 'branch', 'old');
      if (word === 'tag') git(rig, 'reset', '-q', '--hard', 'old');
    }
    const dry = await rig.run('gc', '--older-than', '0d', '--dry-run');
    assert.match(dry.stdout, /^would remove 2 objects, 2 runs and 0 leftovers \(/, dry.stderr);
    const result = await rig.run('gc', '--older-than', '0d', '--json');
    const { objects, runs } = JSON.parse(result.stdout) as { objects: unknown[]; runs: unknown[] };
    assert.deepEqual([objects.length, runs.length], [2, 2]);
    assert.deepEqual(cached('branch', 'tag', 'stash', 'now', 'lost'), ['branch', 'tag', 'stash', 'now']);
  });

  it('needs no repository, and keeps recent runs unless told otherwise', async () => {
    await runWith('first');
    await runWith('second');
    assert.match((await rig.run('gc')).stdout, /^removed 0 objects, 0 runs/);
    assert.match((await rig.run('gc', '--max-size', '0B')).stdout, /That is more than 0 bytes: lock files/);
    assert.deepEqual(cached('first', 'second'), ['second']);
  });

  it('refuses while stages run, and names who runs them', async () => {
    await rig.listen();
    rig.write({ 'pipeline.yaml': 'stages:\n  held:\n    cmd: node hold.mjs held out.txt\n    outs: [out.txt]\n' });
    const run = rig.start();
    const held = await rig.held('held');
    const result = await rig.run('gc');
    assert.equal(result.code, 2);
    assert.match(result.stderr, new RegExp(`process ${run.child.pid} on .+ has been running`));
    held.release();
    assert.equal((await run.result).code, 0);
  });

  it('explains ages and sizes that are none', async () => {
    const result = await rig.run('gc', '--older-than', 'soon');
    assert.deepEqual([result.code, /Expected a number with a unit: 30d/.test(result.stderr)], [2, true]);
  });
});

// Only a real file system can be full. Where none may be mounted, a cache that cannot be written stands in.
const small = 'mount -t tmpfs -o size=1m none .pipeline/store';
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;
const trouble = canMount
  ? {
      name: 'a cache on a full disk',
      setUp: small,
      message: /: failed: the disk is full \(writing .+\.pipeline\/store\/tmp\/.+\)/,
    }
  : {
      name: 'a cache that cannot be written',
      setUp: ': > .pipeline/store/tmp',
      message: /: failed: .*(?:EEXIST|ENOTDIR)/,
    };

describe(trouble.name, () => {
  it('fails the stage with a message, leaves nothing broken, and loses nothing', async () => {
    const rig = new Rig({
      'pipeline.yaml': 'stages:\n  big:\n    cmd: head -c 3000000 /dev/zero > big.bin\n    outs: [big.bin]\n',
      '.pipeline/store/README': '',
    });
    try {
      const bin = path.resolve('bin/pipeline.js');
      const script = `${trouble.setUp} && '${process.execPath}' '${bin}'; echo "code $?"; ls -R .pipeline/store`;
      const shell = canMount ? ['unshare', '-rm', 'sh', '-c', script] : ['sh', '-c', script];
      const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
      const { stdout } = spawnSync(shell[0]!, shell.slice(1), { cwd: rig.root, encoding: 'utf8', env });
      assert.match(stdout, trouble.message);
      assert.match(stdout, /^code 1$/m);
      assert.doesNotMatch(stdout, /object\..+\.tmp$|[0-9a-f]{62}$/m);
      rmSync(path.join(rig.root, '.pipeline/store/tmp'), { force: true });
      assert.match(summary(await rig.run()), /^ok: ran 1/);
      assert.equal(statSync(path.join(rig.root, 'big.bin')).size, 3_000_000);
    } finally {
      rig.close();
    }
  });
});

describe('a remote', () => {
  let rig: Rig;
  let remote: string;
  beforeEach(() => {
    remote = mkdtempSync(path.join(tmpdir(), 'remote-test-'));
    rig = new Rig({ ...project, '.pipeline/config.yaml': `cache: { remote: ${JSON.stringify(remote)} }\n` });
  });
  afterEach(() => {
    rig.close();
    rmSync(remote, { recursive: true, force: true });
  });
  /** As on another machine: the lock is there, the cache and the outputs are not. */
  const forget = (): void => {
    for (const name of ['out.txt', 'tree', '.pipeline/store', '.pipeline/stat-index.json']) rig.remove(name);
  };

  it('gives back to `pull` what `push` took, in place and runnable', async () => {
    await rig.run();
    rig.ran();
    const pushed = await rig.run('push');
    assert.match(pushed.stdout, /^pushed 3 objects \(.+\), 0 were there; 2 runs\n$/, pushed.stderr);
    assert.match((await rig.run('push')).stdout, /^pushed 0 objects/);
    forget();
    const pulled = await rig.run('pull');
    assert.match(pulled.stdout, /^pulled 3 objects .+; 2 runs\nput in place: out\.txt, tree\n$/, pulled.stderr);
    assert.equal(rig.read('tree/sub/a b.txt'), 'one\n');
    assert.match(summary(await rig.run()), /^ok: ran 0, restored 0/);
  });

  it('serves `run --pull`, also for a combination that this lock does not know', async () => {
    await rig.run();
    await rig.run('push');
    forget();
    rig.remove('pipeline.lock');
    rig.ran();
    const result = await rig.run('--pull');
    assert.equal(summary(result), 'ok: ran 0, restored 2, fresh 0, failed 0', result.stdout + result.stderr);
    assert.equal(rig.read('tree/sub/a b.txt'), 'one\n');
  });

  it('with a corrupt object costs a run, never a wrong output', async () => {
    await rig.run();
    await rig.run('push');
    for (const file of filesIn(path.join(remote, 'objects'))) {
      chmodSync(file, 0o644);
      writeFileSync(file, 'x'.repeat(statSync(file).size));
    }
    forget();
    const pulled = await rig.run('pull');
    assert.equal(pulled.code, 1);
    assert.match(pulled.stdout, /corrupt in the remote, not taken: [0-9a-f]{64}/);
    rig.ran();
    assert.match(summary(await rig.run('--pull')), /^ok: ran 2/);
    assert.equal(rig.read('out.txt'), 'one\n');
  });

  it('that is not set or not there is told with what to do', async () => {
    await rig.run();
    rmSync(remote, { recursive: true });
    const gone = await rig.run('push');
    assert.deepEqual([gone.code, /is not a directory\. Mount or create it/.test(gone.stderr)], [2, true]);
    rig.remove('.pipeline/config.yaml');
    const unset = await rig.run('pull');
    assert.deepEqual([unset.code, /no remote is set\. Name a shared folder/.test(unset.stderr)], [2, true]);
    rig.write({ '.pipeline/config.yaml': 'cache: { remote: s3://bucket/x }\n' });
    const address = await rig.run('push');
    assert.equal(address.code, 2);
    assert.match(address.stderr, /a remote is a folder.*, and s3:\/\/bucket\/x is an address/);
  });
});
