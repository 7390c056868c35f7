import assert from 'node:assert/strict';
import { linkSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { stampOf } from '../../../../src/engine/store/contents/directory-stamps.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../../support/temporary.ts';
import { untilSettled } from '../../support/settled.ts';

const files = { 'data/a.txt': 'first', 'data/deep/b.txt': 'second' };

/** A project whose directory was digested long enough after it was written to have a stamp that counts. */
async function stamped(): Promise<string> {
  const root = temporaryDirectory(files);
  for (const file of Object.keys(files)) await untilSettled(path.join(root, file));
  const workspace = Workspace.open(root);
  await workspace.digest('data');
  await workspace.close();
  return root;
}

async function digestOf(root: string): Promise<string | undefined> {
  return (await Workspace.open(root).digest('data'))?.digest;
}

describe('stamps of directories', () => {
  afterEach(removeTemporary);

  it('count every file of a directory with more of them than are hashed at once', () => {
    const names = Array.from({ length: 2500 }, (_, index) => `data/${index}.txt`);
    const root = temporaryDirectory(Object.fromEntries(names.map((name) => [name, 'x'])));
    const seen = new Set([stampOf(root, 'data').counted]);
    assert.equal(seen.has(stampOf(root, 'data').counted), true);
    for (const name of ['data/0.txt', 'data/1023.txt', 'data/1024.txt', 'data/2499.txt']) {
      writeFileSync(path.join(root, name), 'longer');
      seen.add(stampOf(root, 'data').counted);
    }
    assert.equal(seen.size, 5);
  });

  it('spare everything but the stats of an unchanged directory', async () => {
    const root = await stamped();
    const before = await digestOf(root);
    // Neither the files' own records nor their contents are needed.
    rmSync(path.join(root, '.pipeline/stat-index-inside.json'));
    const workspace = Workspace.open(root);
    assert.equal((await workspace.digest('data'))?.digest, before);
    await workspace.close();
    assert.ok(!readdirSync(path.join(root, '.pipeline')).includes('stat-index-inside.json'));
  });

  it('tell every change: content, name, a file more, a file less, a file moved', async () => {
    const changes: ((root: string) => void)[] = [
      (root) => writeFileSync(path.join(root, 'data/a.txt'), 'fi2st'),
      (root) => renameSync(path.join(root, 'data/a.txt'), path.join(root, 'data/c.txt')),
      (root) => writeFileSync(path.join(root, 'data/deep/more.txt'), ''),
      (root) => rmSync(path.join(root, 'data/deep/b.txt')),
      (root) => renameSync(path.join(root, 'data/a.txt'), path.join(root, 'data/deep/a.txt')),
    ];
    for (const change of changes) {
      const root = await stamped();
      const before = await digestOf(root);
      change(root);
      const changed = await digestOf(root);
      assert.notEqual(changed, before);
      rmSync(path.join(root, '.pipeline'), { recursive: true });
      assert.equal(await digestOf(root), changed);
    }
  });

  it('tell a change of the same size whose time was set back', async () => {
    const root = await stamped();
    const before = await digestOf(root);
    const file = path.join(root, 'data/a.txt');
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'other');
    utimesSync(file, atime, mtime);
    assert.notEqual(await digestOf(root), before);
  });

  it('do not count for files that were written in the moment they were read', async () => {
    const root = temporaryDirectory(files);
    const workspace = Workspace.open(root);
    const before = (await workspace.digest('data'))?.digest;
    await workspace.close();
    writeFileSync(path.join(root, 'data/a.txt'), 'FIRST');
    assert.notEqual(await digestOf(root), before);
  });

  it('change with a first further name of a file, and are right after that', async () => {
    const root = await stamped();
    const before = await digestOf(root);
    linkSync(path.join(root, 'data/a.txt'), path.join(root, 'other-name'));
    assert.equal(await digestOf(root), before);
    writeFiles(root, { 'data/a.txt': 'FIRST' });
    assert.notEqual(await digestOf(root), before);
  });

  it('in a damaged file cost nothing but time', async () => {
    const root = await stamped();
    const before = await digestOf(root);
    const file = path.join(root, '.pipeline/directory-stamps.json');
    writeFileSync(file, 'stamps-2 0000\n[["data",["x",{}]]]');
    assert.equal(await digestOf(root), before);
  });
});
