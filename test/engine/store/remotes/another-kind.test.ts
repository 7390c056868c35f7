import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import type { Artifact } from '../../../../src/engine/store/contents/artifact.ts';
import { hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { Remote } from '../../../../src/engine/store/remotes/remote.ts';
import { RemoteError } from '../../../../src/engine/store/remotes/remote-error.ts';
import { objectKey } from '../../../../src/engine/store/remotes/remote-store.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const fingerprint = hashBytes('fingerprint');

interface Pushed {
  readonly store: MemoryStore;
  readonly remote: Remote;
  readonly workspace: Workspace;
  readonly file: Artifact;
  readonly folder: Artifact;
}

/** A file and a folder with a program in it, and the run that made them, in a remote that is no folder. */
async function pushed(): Promise<Pushed> {
  const root = temporaryDirectory({ file: 'content', 'folder/tool': 'tool', 'folder/text': 'text' });
  chmodSync(path.join(root, 'folder/tool'), 0o755);
  const workspace = Workspace.open(root);
  const store = new MemoryStore();
  const remote = new Remote(store);
  const outs = new Map([
    ['file', await workspace.save('file')],
    ['folder', await workspace.save('folder')],
  ]);
  workspace.runs.set(fingerprint, 'stage', outs);
  const { copied, missing, corrupt } = await remote.push(outs.values(), workspace.objects);
  assert.deepEqual([copied, missing, corrupt], [4, [], []]);
  assert.equal(await remote.pushRun(fingerprint, workspace.runs), true);
  const [file, folder] = [...outs.values()];
  return { store, remote, workspace, file: file!, folder: folder! };
}

const elsewhere = (): Workspace => Workspace.open(temporaryDirectory());

describe('a remote of another kind than a folder', () => {
  afterEach(removeTemporary);

  it('gives another project everything, programs and runs included', async () => {
    const { remote, file, folder } = await pushed();
    const other = elsewhere();
    assert.equal(await remote.couldComplete(folder, other.objects), true);
    assert.equal(await remote.pullRun(fingerprint, other.runs), true);
    assert.deepEqual(other.runs.get(fingerprint)?.get('file'), file);
    assert.equal((await remote.pull([file, folder], other.objects)).corrupt.length, 0);
    await other.restore('folder', folder);
    assert.equal(readFileSync(path.join(other.root, 'folder/text'), 'utf8'), 'text');
    if (process.platform === 'win32') return;
    assert.equal(statSync(path.join(other.root, 'folder/tool')).mode & 0o111, 0o111);
  });

  it('is read again at each push where it cannot tell that nothing changed', async () => {
    const { remote, workspace, file, folder, store } = await pushed();
    const again = await remote.push([file, folder], workspace.objects);
    assert.deepEqual([again.copied, again.present], [0, 4]);
    store.contents.set(objectKey(file.digest), Buffer.from('contant'));
    assert.deepEqual((await remote.push([file, folder], workspace.objects)).mended, [file.digest]);
    assert.equal(store.contents.get(objectKey(file.digest))?.toString(), 'content');
  });

  const lies: Readonly<Record<string, (store: MemoryStore) => void>> = {
    'other bytes': (store) => {
      store.given = async function* (bytes) {
        for await (const piece of bytes) yield piece.map((byte) => byte ^ 1);
      };
    },
    'fewer bytes': (store) => {
      store.given = async function* (bytes) {
        for await (const piece of bytes) {
          yield piece;
          return;
        }
      };
    },
    'bytes without end': (store) => {
      store.given = async function* (bytes) {
        for (;;) {
          yield Buffer.alloc(1 << 16);
          await Promise.resolve(bytes);
        }
      };
    },
  };
  for (const [what, lie] of Object.entries(lies)) {
    it(`is not believed when it gives ${what}`, async () => {
      const { remote, store, file, folder } = await pushed();
      lie(store);
      const other = elsewhere();
      assert.equal(await remote.pullRun(fingerprint, other.runs), false);
      assert.equal(await remote.couldComplete(folder, other.objects), false);
      const { corrupt, copied } = await remote.pull([file, folder], other.objects);
      assert.deepEqual([copied, [...corrupt].sort()], [0, [file.digest, folder.digest].sort()]);
      assert.equal(existsSync(other.objects.pathOf(file.digest)), false);
    });
  }

  it('never gets an object that is damaged here', async () => {
    const { workspace, file } = await pushed();
    const object = workspace.objects.pathOf(file.digest);
    rmSync(object);
    writeFileSync(object, 'contant');
    const store = new MemoryStore();
    const { corrupt, copied } = await new Remote(store).push([file], workspace.objects);
    assert.deepEqual([copied, corrupt, store.contents.size], [0, [file.digest], 0]);
  });

  it('is an error that names it when it does not keep what it was given', async () => {
    const { workspace, file } = await pushed();
    const store = new MemoryStore();
    store.kept = (content) => content.subarray(1);
    await assert.rejects(
      new Remote(store).push([file], workspace.objects),
      (error) =>
        error instanceof RemoteError &&
        /remote memory does not give back what it was given: object/.test(error.message),
    );
  });
});
