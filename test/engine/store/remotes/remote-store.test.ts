import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { StateFolderError } from '../../../../src/base/state-place.ts';
import { hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { FolderStore } from '../../../../src/engine/store/remotes/folder-store.ts';
import { RemoteError } from '../../../../src/engine/store/remotes/remote-error.ts';
import {
  objectKey,
  type RemoteKey,
  type RemoteStore,
  runKey,
} from '../../../../src/engine/store/remotes/remote-store.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const key = objectKey(hashBytes('content'));
const other = runKey(hashBytes('other'));

/** A file with a text, to put. */
function fileOf(text: string): string {
  return path.join(temporaryDirectory({ source: text }), 'source');
}

/** The text under a key, or why there is none. */
function textIn(store: RemoteStore, where: RemoteKey): Promise<string> {
  return store.get(where, async ({ bytes }) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  });
}

async function keysIn(store: RemoteStore, beginning: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const one of store.list(beginning)) keys.push(one);
  return keys.sort();
}

const kinds: Readonly<Record<string, () => RemoteStore>> = {
  'a folder': () => FolderStore.open(temporaryDirectory()),
  'a store in memory': () => new MemoryStore(),
};

describe('the four verbs of a remote', () => {
  afterEach(removeTemporary);

  for (const [kind, make] of Object.entries(kinds)) {
    describe(`that is ${kind}`, () => {
      it('give back what was put, and its size', async () => {
        const store = make();
        assert.equal(await store.has(key), 'missing');
        assert.equal(await textIn(store, key), 'missing');
        await store.put(key, fileOf('content'), { executable: false });
        const found = await store.has(key);
        assert.equal(typeof found === 'object' && found.size, 7);
        assert.equal(await textIn(store, key), 'content');
        await store.put(other, fileOf(''), { executable: false });
        assert.equal(await textIn(store, other), '');
      });

      it('put over what is there, as a whole or not at all', async () => {
        const store = make();
        await store.put(key, fileOf('first'), { executable: false });
        await assert.rejects(store.put(key, '/nowhere/at/all', { executable: false }));
        assert.equal(await textIn(store, key), 'first');
        await assert.rejects(store.put(other, '/nowhere/at/all', { executable: false }));
        assert.equal(await store.has(other), 'missing');
        await store.put(key, fileOf('third'), { executable: false });
        assert.equal(await textIn(store, key), 'third');
      });

      it('list the keys that begin so', async () => {
        const store = make();
        assert.deepEqual(await keysIn(store, ''), []);
        for (const one of [key, other]) await store.put(one, fileOf('x'), { executable: false });
        assert.deepEqual(await keysIn(store, ''), [key, other].sort());
        assert.deepEqual(await keysIn(store, 'runs/'), [other]);
        assert.deepEqual(await keysIn(store, key.slice(0, 20)), [key]);
        assert.deepEqual(await keysIn(store, 'objects/zz/'), []);
      });

      it('pass on the errors of whoever uses what they give', async () => {
        const store = make();
        await store.put(key, fileOf('x'), { executable: false });
        await assert.rejects(
          store.get(key, () => Promise.reject(new Error('no room here'))),
          /no room here/,
        );
      });
    });
  }
});

describe('a remote that is a folder', () => {
  afterEach(removeTemporary);

  it('must be there, and have no links in the place of its own folders', () => {
    const folder = temporaryDirectory({ file: '' });
    assert.throws(() => FolderStore.open(path.join(folder, 'none')), RemoteError);
    assert.throws(() => FolderStore.open(path.join(folder, 'file')), /is not a directory\. Mount or create it/);
    if (process.platform === 'win32') return;
    symlinkSync('/tmp', path.join(folder, 'objects'));
    assert.throws(() => FolderStore.open(folder), StateFolderError);
  });

  it('leaves nothing behind where a put fails, and lists nothing that is no content', async () => {
    const folder = temporaryDirectory({ 'tmp/a/b': '', 'objects/deep/er/file': '', note: '', 'quarantine/a/b': '' });
    const store = FolderStore.open(folder);
    await assert.rejects(store.put(key, '/nowhere/at/all', { executable: false }));
    assert.deepEqual(readdirSync(path.join(folder, 'tmp')), ['a']);
    assert.deepEqual(await keysIn(store, ''), []);
  });

  it('says of what is no file that it cannot be content, and gives programs their mode', async () => {
    if (process.platform === 'win32') return;
    const folder = temporaryDirectory();
    const store = FolderStore.open(folder);
    mkdirSync(path.join(folder, key), { recursive: true });
    assert.deepEqual([await store.has(key), await textIn(store, key)], ['unusable', 'unusable']);
    await store.put(key, fileOf('program'), { executable: true });
    assert.equal(statSync(path.join(folder, key)).mode & 0o111, statSync(folder).mode & 0o111);
    writeFileSync(path.join(folder, 'runs'), '');
    assert.equal(await store.has(other), 'unusable');
  });

  it('is named, with what to do, where it may not be written', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip();
    const folder = temporaryDirectory();
    const store = FolderStore.open(folder);
    chmodSync(folder, 0o555);
    try {
      await assert.rejects(store.put(key, fileOf('x'), { executable: false }), /the remote .* cannot be written/);
    } finally {
      chmodSync(folder, 0o755);
    }
  });
});
