import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import type { Artifact } from '../../../../src/engine/store/contents/artifact.ts';
import { type Digest, hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { Remote } from '../../../../src/engine/store/remotes/remote.ts';
import { RemoteError } from '../../../../src/engine/store/remotes/remote-error.ts';
import { isUnrestorable } from '../../../../src/engine/store/objects/restoring.ts';
import { RunCache } from '../../../../src/engine/store/objects/run-cache.ts';
import { StatIndex } from '../../../../src/engine/store/contents/stat-index.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const fingerprint = hashBytes('fingerprint');

/** A project that has pushed a file, a directory and the run that made them. */
async function pushed(): Promise<{ root: string; remote: string; workspace: Workspace; outs: Map<string, Artifact> }> {
  const root = temporaryDirectory({ file: 'content', 'dir/a': 'a', 'dir/b': 'bb' });
  const remote = temporaryDirectory();
  const workspace = Workspace.open(root);
  const outs = new Map([
    ['file', await workspace.save('file')],
    ['dir', await workspace.save('dir')],
  ]);
  workspace.runs.set(fingerprint, 'stage', outs);
  await push(remote, workspace, outs);
  return { root, remote, workspace, outs };
}

async function push(remote: string, workspace: Workspace, outs: ReadonlyMap<string, Artifact>, verify = false) {
  const verified = path.join(workspace.root, '.pipeline/remote-index.json');
  const opened = Remote.open(remote, { verified });
  const transfer = await opened.push(outs.values(), workspace.objects, { verify });
  await opened.pushRun(fingerprint, workspace.runs);
  return transfer;
}

function objectIn(store: string, digest: Digest): string {
  return path.join(store, 'objects', digest.slice(0, 2), digest.slice(2));
}

const runIn = (store: string): string => new RunCache(store).pathOf(fingerprint);

function fifo(file: string): void {
  assert.equal(spawnSync('mkfifo', [file]).status, 0);
}

/** What may stand where a file should, so that reading it would never end, or fail. */
const strange: Readonly<Record<string, (file: string) => void>> = {
  'a FIFO': fifo,
  'a directory': (file) => mkdirSync(path.join(file, 'inside'), { recursive: true }),
  'a link to an endless device': (file) => symlinkSync('/dev/zero', file),
  'a link to a good file': (file) => symlinkSync('/etc/passwd', file),
  'a file of a terabyte': (file) => {
    writeFileSync(file, '');
    truncateSync(file, 2 ** 40);
  },
};

describe('a remote in which somebody put', () => {
  afterEach(removeTemporary);
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const [what, put] of Object.entries(strange)) {
    it(`${what} in place of objects and runs does not have them, and a push mends it`, async () => {
      const { remote, workspace, outs } = await pushed();
      const broken = [...outs.values()].map(({ digest }) => objectIn(remote, digest));
      for (const file of [...broken, objectIn(remote, hashBytes('a')), runIn(remote)]) {
        rmSync(file);
        put(file);
      }
      const other = temporaryDirectory();
      const puller = Workspace.open(other, { pullFrom: remote });
      assert.equal(await puller.runOutputs(fingerprint), null);
      for (const [name, artifact] of outs) {
        // A file's size is known; what a manifest holds is read when it is fetched.
        assert.equal(await puller.canRestore(artifact), false, name);
        await assert.rejects(puller.restore(name, artifact), isUnrestorable);
      }
      const transfer = await push(remote, workspace, outs);
      assert.equal(transfer.mended.length, 3);
      assert.notEqual(await puller.runOutputs(fingerprint), null);
      for (const [name, artifact] of outs) await puller.restore(name, artifact);
      assert.equal(readFileSync(path.join(other, 'dir/a'), 'utf8'), 'a');
    });

    it(`${what} is no worse in the cache of this machine`, async () => {
      const { root, workspace, outs } = await pushed();
      const store = path.join(root, '.pipeline/store');
      for (const file of [...[...outs.values()].map(({ digest }) => objectIn(store, digest)), runIn(store)]) {
        rmSync(file);
        put(file);
      }
      for (const name of outs.keys()) rmSync(path.join(root, name), { recursive: true });
      assert.equal(workspace.runs.get(fingerprint), null);
      for (const [name, artifact] of outs) {
        assert.equal(await workspace.canRestore(artifact), false);
        await assert.rejects(workspace.restore(name, artifact), isUnrestorable);
      }
      // As when the stage has run.
      writeFileSync(path.join(root, 'file'), 'content');
      assert.deepEqual(await workspace.save('file'), outs.get('file'));
      workspace.runs.set(fingerprint, 'stage', outs);
      assert.notEqual(workspace.runs.get(fingerprint), null);
      rmSync(path.join(root, 'file'));
      await workspace.restore('file', outs.get('file')!);
      assert.equal(readFileSync(path.join(root, 'file'), 'utf8'), 'content');
    });
  }
});

describe('push', () => {
  afterEach(removeTemporary);

  it('finds nothing to do when all is there', async () => {
    const { remote, workspace, outs } = await pushed();
    const { copied, present, mended } = await push(remote, workspace, outs);
    assert.deepEqual([copied, present, mended], [0, 4, []]);
  });

  it('replaces an object of the same size with other content, whoever damaged it', async () => {
    const { remote, workspace, outs } = await pushed();
    const { digest } = outs.get('file')!;
    const object = objectIn(remote, digest);
    rmSync(object);
    writeFileSync(object, 'contant');
    assert.deepEqual((await push(remote, workspace, outs)).mended, [digest]);
    assert.equal(readFileSync(object, 'utf8'), 'content');
  });

  it('reads with verify what did not seem to change since it was found right', async () => {
    const { root, remote, workspace, outs } = await pushed();
    const { digest } = outs.get('file')!;
    const object = objectIn(remote, digest);
    rmSync(object);
    writeFileSync(object, 'contant');
    // As if a bit had flipped, which no stat tells.
    const index = StatIndex.load(path.join(root, '.pipeline/remote-index.json'), `remote-1 ${remote}`);
    index.record(digest, statSync(object, { bigint: true }), Number.MAX_SAFE_INTEGER, true);
    index.save();
    assert.deepEqual((await push(remote, workspace, outs)).mended, []);
    assert.deepEqual((await push(remote, workspace, outs, true)).mended, [digest]);
    assert.equal(readFileSync(object, 'utf8'), 'content');
  });

  it('replaces a run entry that is damaged, or names what the remote has not got', async () => {
    const { remote, workspace, outs } = await pushed();
    const good = readFileSync(runIn(remote), 'utf8');
    const elsewhere = new RunCache(remote);
    const damages = [
      () => writeFileSync(runIn(remote), ''),
      () => appendFileSync(runIn(remote), 'x'),
      () => elsewhere.set(fingerprint, 'stage', new Map([['file', { digest: hashBytes('lost'), size: 4 }]])),
      () => elsewhere.set(fingerprint, 'stage', new Map([...outs, ['file', { ...outs.get('file')!, size: 8 }]])),
    ];
    for (const damage of damages) {
      chmodSync(runIn(remote), 0o644);
      damage();
      await push(remote, workspace, outs);
      assert.equal(readFileSync(runIn(remote), 'utf8'), good);
    }
  });

  it('leaves the run that another person had pushed for the same fingerprint', async () => {
    const { remote, workspace, outs } = await pushed();
    const other = Workspace.open(temporaryDirectory({ file: 'another result' }));
    const result = new Map([['file', await other.save('file')]]);
    await Remote.open(remote).push(result.values(), other.objects);
    new RunCache(remote).set(fingerprint, 'stage', result);
    await push(remote, workspace, outs);
    assert.deepEqual(new RunCache(remote).get(fingerprint), result);
  });

  it('gives folders and files the mode of the remote, whatever the umask', async () => {
    if (process.platform === 'win32') return;
    const root = temporaryDirectory({ file: 'content', 'dir/tool': 'tool' });
    chmodSync(path.join(root, 'file'), 0o600);
    chmodSync(path.join(root, 'dir/tool'), 0o700);
    for (const [mode, plain, program] of [
      [0o2775, 0o444, 0o555],
      [0o2770, 0o440, 0o550],
      [0o700, 0o400, 0o500],
      [0o777, 0o444, 0o555],
    ] as const) {
      const remote = temporaryDirectory();
      chmodSync(remote, mode);
      const mask = process.umask(0o077);
      try {
        const workspace = Workspace.open(root);
        const outs = new Map([
          ['file', await workspace.save('file')],
          ['dir', await workspace.save('dir')],
        ]);
        workspace.runs.set(fingerprint, 'stage', outs);
        await push(remote, workspace, outs);
        for (const entry of readdirSync(remote, { recursive: true, encoding: 'utf8' })) {
          const stat = lstatSync(path.join(remote, entry));
          const expected = stat.isDirectory() ? mode : entry.endsWith('.exe') ? program : plain;
          assert.equal((stat.mode & 0o7777).toString(8), expected.toString(8), entry);
        }
      } finally {
        process.umask(mask);
      }
    }
  });

  it('names the remote when it refuses a file', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip();
    const { remote, workspace, outs } = await pushed();
    rmSync(objectIn(remote, outs.get('file')!.digest));
    chmodSync(path.join(remote, 'tmp'), 0o555);
    chmodSync(remote, 0o555);
    try {
      await assert.rejects(
        push(remote, workspace, outs),
        (error) => error instanceof RemoteError && error.message.includes(remote),
      );
    } finally {
      chmodSync(remote, 0o755);
      chmodSync(path.join(remote, 'tmp'), 0o755);
    }
  });
});
