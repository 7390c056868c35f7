import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { type Digest, hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import type { LinkType } from '../../../../src/engine/store/objects/links.ts';
import { Remote } from '../../../../src/engine/store/remotes/remote.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { untilSettled } from '../../support/settled.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../../support/temporary.ts';

const allLinks: readonly LinkType[][] = [['reflink', 'copy'], ['hardlink'], ['copy']];

const mode = (...names: string[]): string => (statSync(path.join(...names)).mode & 0o777).toString(8);

function objectFile(root: string, digest: string): string {
  return path.join(root, '.pipeline/store/objects', digest.slice(0, 2), digest.slice(2));
}

function objectsOf(root: string): string[] {
  return readdirSync(path.join(root, '.pipeline/store/objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** A project with a file of this mode. */
function projectWith(file: string, bits: number): string {
  const root = temporaryDirectory({ [file]: 'content' });
  chmodSync(path.join(root, file), bits);
  return root;
}

describe('the right to execute a file', () => {
  afterEach(removeTemporary);
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const links of allLinks) {
    it(`is part of an output, also where another has the same bytes (${links.join(', ')})`, async () => {
      const root = temporaryDirectory({ 'a.sh': 'same', 'b.txt': 'same', 'd/a.sh': 'same', 'd/b.txt': 'same' });
      for (const file of ['a.sh', 'd/a.sh']) chmodSync(path.join(root, file), 0o755);
      const workspace = Workspace.open(root, { links });
      const names = ['a.sh', 'b.txt', 'd'];
      const artifacts = new Map<string, Awaited<ReturnType<Workspace['save']>>>();
      for (const name of names) artifacts.set(name, await workspace.save(name));
      assert.equal(artifacts.get('b.txt')!.digest, hashBytes('same'));
      assert.equal(artifacts.get('a.sh')!.digest, `${hashBytes('same')}.exe`);
      for (const name of [...names].reverse()) {
        rmSync(path.join(root, name), { recursive: true });
        await workspace.restore(name, artifacts.get(name)!);
      }
      for (const folder of ['', 'd']) {
        assert.match(mode(root, folder, 'a.sh'), /^[75]55$/);
        assert.match(mode(root, folder, 'b.txt'), /^[64]44$/);
      }
      for (const [name, artifact] of artifacts) {
        assert.equal(await Workspace.open(root).holds(name, artifact), true, name);
      }
    });

    for (const [from, to] of [
      [0o755, 0o644],
      [0o644, 0o755],
      // A hard link is read-only already, and one with its object.
      [0o444, 0o555],
    ] as const) {
      const title = `is noticed when the mode changes by hand from ${from.toString(8)} to ${to.toString(8)}`;
      it(`${title} (${links.join(', ')})`, async () => {
        const root = temporaryDirectory({ out: 'content', 'd/inside': 'content 2' });
        for (const file of ['out', 'd/inside']) {
          chmodSync(path.join(root, file), from);
          await untilSettled(path.join(root, file));
        }
        const workspace = Workspace.open(root, { links });
        const saved = new Map([
          ['out', await workspace.save('out')],
          ['d', await workspace.save('d')],
        ]);
        await workspace.close();
        // Stamps and indices are known from here on.
        const known = Workspace.open(root, { links });
        for (const [name, artifact] of saved) assert.equal(await known.holds(name, artifact), true);
        await known.close();
        chmodSync(path.join(root, 'out'), to);
        chmodSync(path.join(root, 'd/inside'), to);
        const after = Workspace.open(root, { links });
        for (const [name, artifact] of saved) {
          const input = await known.digest(name);
          assert.equal(await after.holds(name, artifact), false, name);
          assert.deepEqual(await after.digest(name), input, 'as an input it is the same');
          await after.restore(name, artifact);
        }
        for (const file of ['out', 'd/inside']) {
          assert.equal((statSync(path.join(root, file)).mode & 0o100) !== 0, (from & 0o100) !== 0, file);
        }
      });
    }
  }

  it('goes through a remote by the name of the object, whatever the modes there', async () => {
    const root = projectWith('d/tool', 0o755);
    writeFiles(root, { 'd/text': 'content' });
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('d');
    const remote = temporaryDirectory();
    await Remote.open(remote).push([artifact], workspace.objects);
    for (const bits of [0o644, 0o777]) {
      for (const entry of readdirSync(path.join(remote, 'objects'), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) chmodSync(path.join(entry.parentPath, entry.name), bits);
      }
      const other = temporaryDirectory();
      await Workspace.open(other, { pullFrom: remote }).restore('d', artifact);
      assert.deepEqual([mode(other, 'd/tool'), mode(other, 'd/text')], ['755', '644']);
    }
  });

  it('is no difference where the file system does not keep it', async () => {
    const root = projectWith('out', 0o755);
    const artifact = await Workspace.open(root).save('out');
    const elsewhere = Workspace.open(temporaryDirectory({ out: 'content' }), { keepsModes: false });
    assert.equal(await elsewhere.holds('out', artifact), true);
    chmodSync(path.join(elsewhere.root, 'out'), 0o777);
    assert.equal((await elsewhere.lookWhole('out'))?.digest, hashBytes('content'));
  });

  it('of objects that are older than names for it is taken from them', async () => {
    const root = projectWith('out', 0o755);
    const digest = hashBytes('content');
    const old = { digest, size: 7 };
    writeFiles(root, { [path.relative(root, objectFile(root, digest))]: 'content' });
    chmodSync(objectFile(root, digest), 0o555);
    const workspace = Workspace.open(root);
    assert.equal(await workspace.holds('out', old), true);
    rmSync(path.join(root, 'out'));
    await workspace.restore('out', old);
    assert.equal(mode(root, 'out'), '755');
    // A stage that makes the same bytes without the right says what the object is from then on.
    writeFiles(root, { text: 'content' });
    await workspace.save('text');
    assert.equal(mode(objectFile(root, digest)), '444');
  });
});

describe('empty folders in an output', () => {
  afterEach(removeTemporary);

  it('come back, and are noticed when they come or go', async () => {
    const root = temporaryDirectory({ 'out/a': 'a' });
    for (const folder of ['out/empty', 'out/deep/er']) mkdirSync(path.join(root, folder), { recursive: true });
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('out');
    assert.equal(artifact.files, 1);
    rmSync(path.join(root, 'out'), { recursive: true });
    await workspace.restore('out', artifact);
    assert.deepEqual(readdirSync(path.join(root, 'out'), { recursive: true }).sort(), [
      'a',
      'deep',
      'deep/er',
      'empty',
    ]);
    await untilSettled(path.join(root, 'out/a'));
    await workspace.close();
    assert.deepEqual(await Workspace.open(root).digest('out'), artifact);
    rmSync(path.join(root, 'out/empty'), { recursive: true });
    assert.equal(await Workspace.open(root).holds('out', artifact), false);
    mkdirSync(path.join(root, 'out/empty'));
    assert.equal(await Workspace.open(root).holds('out', artifact), true);
  });

  it('go through a remote', async () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, 'out/only'), { recursive: true });
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('out');
    const remote = temporaryDirectory();
    await Remote.open(remote).push([artifact], workspace.objects);
    const other = temporaryDirectory();
    await Workspace.open(other, { pullFrom: remote }).restore('out', artifact);
    assert.equal(existsSync(path.join(other, 'out/only')), true);
  });
});

describe('what others may not read', () => {
  afterEach(removeTemporary);
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const links of allLinks) {
    it(`stays so in place, in the cache and restored (${links.join(', ')})`, async () => {
      const root = temporaryDirectory({ out: 'secret', 'd/file': 'secret too', 'closed/file': 'in a closed folder' });
      chmodSync(path.join(root, 'out'), 0o600);
      chmodSync(path.join(root, 'd/file'), 0o640);
      chmodSync(path.join(root, 'd'), 0o750);
      chmodSync(path.join(root, 'closed'), 0o700);
      const workspace = Workspace.open(root, { links });
      const others = (file: string): number => statSync(file).mode & 0o007;
      const check = (): void => {
        for (const file of ['out', 'd', 'd/file', 'closed', 'closed/file']) {
          const inside = file === 'closed/file' && others(path.join(root, 'closed')) === 0;
          if (!inside) assert.equal(others(path.join(root, file)), 0, file);
        }
      };
      const names = ['out', 'd', 'closed'];
      const saved = new Map<string, Awaited<ReturnType<Workspace['save']>>>();
      for (const name of names) saved.set(name, await workspace.save(name));
      check();
      // A manifest names files; it does not hold them.
      for (const object of objectsOf(root).filter((file) => !file.endsWith('.dir'))) assert.equal(others(object), 0);
      for (const name of names) {
        rmSync(path.join(root, name), { recursive: true });
        await workspace.restore(name, saved.get(name)!);
      }
      check();
      assert.match(mode(root, 'd/file'), /^[64]40$/);
      assert.equal(mode(root, 'd'), '750');
    });
  }

  it('becomes readable to others only by a file that they may read', async () => {
    const root = projectWith('private', 0o600);
    const workspace = Workspace.open(root);
    const { digest } = await workspace.save('private');
    assert.equal(mode(objectFile(root, digest)), '400');
    writeFiles(root, { public: 'content' });
    await workspace.save('public');
    assert.equal(mode(objectFile(root, digest)), '444');
  });
});

describe('hard links to the cache', () => {
  afterEach(removeTemporary);

  const shared = async (): Promise<{ root: string; digest: Digest; workspace: Workspace }> => {
    const root = temporaryDirectory({ out: 'content' });
    const { digest } = await Workspace.open(root, { links: ['copy'] }).save('out');
    rmSync(path.join(root, 'out'));
    return { root, digest, workspace: Workspace.open(root, { links: ['hardlink'] }) };
  };
  const inodes = (root: string, digest: Digest): number[] =>
    [path.join(root, 'out'), objectFile(root, digest)].map((file) => statSync(file).ino);

  it('are made where the object is one’s own', async () => {
    const { root, digest, workspace } = await shared();
    await workspace.restore('out', { digest, size: 7 });
    const [out, object] = inodes(root, digest);
    assert.equal(out, object);
  });

  it('are not made to a file that others may write: they could after it was checked', async () => {
    const { root, digest, workspace } = await shared();
    chmodSync(objectFile(root, digest), 0o666);
    await workspace.restore('out', { digest, size: 7 });
    const [out, object] = inodes(root, digest);
    assert.notEqual(out, object);
    assert.equal(readFileSync(path.join(root, 'out'), 'utf8'), 'content');
  });

  it('are not made to a file of somebody else', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const { root, digest, workspace } = await shared();
    chownSync(objectFile(root, digest), 65_534, 65_534);
    await workspace.restore('out', { digest, size: 7 });
    const [out, object] = inodes(root, digest);
    assert.notEqual(out, object);
    assert.equal(statSync(path.join(root, 'out')).uid, 0);
  });
});
