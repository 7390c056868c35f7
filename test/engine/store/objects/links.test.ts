import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { type Artifact, isDirectory } from '../../../../src/engine/store/contents/artifact.ts';
import type { LinkType } from '../../../../src/engine/store/objects/links.ts';
import { CorruptObjectError, MissingObjectError } from '../../../../src/engine/store/objects/object-store.ts';
import { StatIndex } from '../../../../src/engine/store/contents/stat-index.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../../support/temporary.ts';

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const mode = (file: string): number => statSync(file).mode & 0o777;

function objectFile(root: string, digest: string): string {
  return path.join(root, '.pipeline/store/objects', digest.slice(0, 2), digest.slice(2));
}

/** Every object of a store. */
function objectFiles(root: string): string[] {
  const objects = path.join(root, '.pipeline/store/objects');
  return readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** A tree of files as texts by path, as a stage may leave it. */
const trees = fc
  .dictionary(
    fc.stringMatching(/^[a-z "'\n\\ü☃-]{1,6}(?:\/[a-z .]{1,3}x)?$/),
    fc.oneof(fc.string(), fc.constant(''), fc.constant('x'.repeat(300_000))),
    { minKeys: 1, maxKeys: 6 },
  )
  // A name cannot be a file and a directory.
  .map((tree) => Object.fromEntries(Object.entries(tree).filter(([name]) => !(name in {}))))
  .filter((tree) => {
    const names = Object.keys(tree);
    return !names.some((name) => names.some((other) => other.startsWith(`${name}/`)));
  });

function readTree(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(directory, file), readFileSync(file, 'utf8')];
    }),
  );
}

describe('an output kept as a hard link', () => {
  afterEach(removeTemporary);

  it('is one read-only file with its object, and its content was never copied', async () => {
    const root = temporaryDirectory({ out: 'content' });
    const inode = statSync(path.join(root, 'out')).ino;
    const { digest } = await Workspace.open(root, { links: ['hardlink'] }).save('out');
    const object = objectFile(root, digest);
    assert.deepEqual([statSync(object).ino, mode(object), mode(path.join(root, 'out'))], [inode, 0o444, 0o444]);
  });

  it('keeps what makes it a program', async () => {
    const root = temporaryDirectory({ 'out/tool': '#!/bin/sh\n' });
    const tool = path.join(root, 'out/tool');
    const workspace = Workspace.open(root, { links: ['copy'] });
    chmodSync(tool, 0o755);
    const artifact = await workspace.save('out');
    await workspace.remove('out');
    await workspace.restore('out', artifact);
    assert.equal(mode(tool), 0o755);
  });

  it('that somebody edited all the same (root may) is found before the object is used', async () => {
    const root = temporaryDirectory({ out: 'content' });
    const workspace = Workspace.open(root, { links: ['hardlink'] });
    const artifact = await workspace.save('out');
    const { mtime, atime } = statSync(path.join(root, 'out'));
    rmSync(path.join(root, 'out'));
    const object = objectFile(root, artifact.digest);
    rmSync(object);
    // As a flipped bit of the disk: nothing but the content tells.
    writeFileSync(object, 'contant', { mode: 0o444 });
    utimesSync(object, atime, mtime);
    await assert.rejects(workspace.restore('out', artifact), CorruptObjectError);
    assert.equal(existsSync(path.join(root, 'out')), false);
    assert.equal(existsSync(object), false);
  });

  it('does not share a file that has another name already', async () => {
    const root = temporaryDirectory({ input: 'shared' });
    linkSync(path.join(root, 'input'), path.join(root, 'out'));
    const { digest } = await Workspace.open(root, { links: ['hardlink'] }).save('out');
    assert.equal(mode(path.join(root, 'input')), 0o644);
    writeFileSync(path.join(root, 'input'), 'edited');
    assert.equal(readFileSync(objectFile(root, digest), 'utf8'), 'shared');
  });

  it('is not read again because other names of its content came and went', async () => {
    const root = temporaryDirectory({ out: 'content' });
    const longAgo = new Date(2020, 0, 1, 0, 0, 0, 500);
    utimesSync(path.join(root, 'out'), longAgo, longAgo);
    const workspace = Workspace.open(root, { links: ['hardlink'] });
    const artifact = await workspace.save('out');
    await workspace.restore('other', artifact);
    await workspace.close();
    const indexFile = path.join(root, '.pipeline/stat-index.json');
    const index = StatIndex.load<string>(indexFile, 'digests-3');
    for (const name of ['out', 'other']) {
      const stat = statSync(path.join(root, name), { bigint: true });
      assert.equal(index.lookup(name, stat), sha256('content'), name);
    }
  });

  it('becomes a writable file of its own where a stage goes on with it', async () => {
    const root = temporaryDirectory({ 'out/log.txt': 'one\n' });
    const workspace = Workspace.open(root, { links: ['hardlink'] });
    const { digest } = await workspace.save('out');
    workspace.makePrivate('out');
    writeFileSync(path.join(root, 'out/log.txt'), 'two\n', { flag: 'a' });
    assert.equal(readFileSync(objectFile(root, sha256('one\n')), 'utf8'), 'one\n');
    assert.equal((await workspace.look('out'))?.digest === digest, false);
    assert.equal(mode(path.join(root, 'out/log.txt')), 0o644);
  });

  it('takes the place of a damaged object of the same name', async () => {
    const root = temporaryDirectory({ first: 'content', second: 'content' });
    const workspace = Workspace.open(root, { links: ['hardlink'] });
    const { digest } = await workspace.save('first');
    rmSync(objectFile(root, digest));
    writeFileSync(objectFile(root, digest), 'contant');
    await workspace.save('second');
    assert.equal(readFileSync(objectFile(root, digest), 'utf8'), 'content');
  });
});

describe('link types', () => {
  afterEach(removeTemporary);

  it('are tried in order, and copy is what works everywhere', async () => {
    const root = temporaryDirectory({ out: 'content' });
    await Workspace.open(root, { links: ['copy'] }).save('out');
    assert.deepEqual([statSync(path.join(root, 'out')).nlink, mode(path.join(root, 'out'))], [1, 0o644]);
  });

  for (const links of [['hardlink'], ['copy'], ['reflink', 'hardlink', 'copy']] satisfies LinkType[][]) {
    it(`bring back any tree exactly (${links.join(', ')})`, async () => {
      await fc.assert(
        fc.asyncProperty(trees, async (tree) => {
          const root = temporaryDirectory();
          for (const [name, text] of Object.entries(tree)) writeFiles(root, { [`out/${name}`]: text });
          mkdirSync(path.join(root, 'out'), { recursive: true });
          const workspace = Workspace.open(root, { links });
          const artifact = await workspace.save('out');
          await workspace.remove('out');
          await workspace.restore('out', artifact);
          assert.deepEqual(readTree(path.join(root, 'out')), tree);
          assert.deepEqual(await Workspace.open(root).look('out'), artifact);
          removeTemporary();
        }),
        { numRuns: 25 },
      );
    });
  }

  it('find any flipped bit in any object, file or manifest, before it is used', async () => {
    const flips = fc.record({
      tree: trees,
      object: fc.nat(),
      byte: fc.nat(),
      bit: fc.nat(7),
      link: fc.constantFrom<LinkType>('hardlink', 'copy'),
    });
    await fc.assert(
      fc.asyncProperty(flips, async ({ tree, object, byte, bit, link }) => {
        const root = temporaryDirectory();
        for (const [name, text] of Object.entries(tree)) writeFiles(root, { [`out/${name}`]: text });
        const workspace = Workspace.open(root, { links: [link] });
        const artifact: Artifact = await workspace.save('out');
        assert(isDirectory(artifact));
        await workspace.remove('out');
        const files = objectFiles(root).filter((file) => statSync(file).size > 0);
        const file = files[object % files.length]!;
        const { atime, mtime } = statSync(file);
        const bytes = readFileSync(file);
        bytes[byte % bytes.length]! ^= 1 << bit;
        rmSync(file);
        writeFileSync(file, bytes);
        utimesSync(file, atime, mtime);
        // Of two files with this content, the second may come when the object is in quarantine already.
        await assert.rejects(
          workspace.restore('out', artifact),
          (error) => error instanceof CorruptObjectError || error instanceof MissingObjectError,
        );
        const digest = path.basename(path.dirname(file)) + path.basename(file);
        assert.deepEqual(
          workspace.objects.takeQuarantined().map((found) => found.digest),
          [digest],
        );
        assert.equal(existsSync(path.join(root, 'out')), false);
        removeTemporary();
      }),
      { numRuns: 60 },
    );
  });
});

describe('symbolic links in an output', () => {
  afterEach(removeTemporary);

  it('that stay in the project are kept as what they lead to', async () => {
    const root = temporaryDirectory({ 'data/a.txt': 'a', 'out/b.txt': 'b' });
    symlinkSync('../data/a.txt', path.join(root, 'out/a.txt'));
    const workspace = Workspace.open(root, { links: ['hardlink'] });
    const artifact = await workspace.save('out');
    assert.equal(mode(path.join(root, 'data/a.txt')), 0o644);
    await workspace.remove('out');
    await workspace.restore('out', artifact);
    assert.deepEqual(readTree(path.join(root, 'out')), { 'a.txt': 'a', 'b.txt': 'b' });
    assert.equal(readFileSync(path.join(root, 'data/a.txt'), 'utf8'), 'a');
  });

  it('that lead out of the project are refused by name, also as the output itself', async () => {
    const outside = temporaryDirectory({ 'secret.txt': 'secret' });
    const root = temporaryDirectory({ 'out/b.txt': 'b' });
    symlinkSync(outside, path.join(root, 'out/away'));
    symlinkSync(path.join(outside, 'secret.txt'), path.join(root, 'link'));
    const workspace = Workspace.open(root);
    await assert.rejects(
      workspace.save('out'),
      /^ArtifactError: out\/away\/secret\.txt in output out is reached through a symbolic link that leads out of the project/,
    );
    await assert.rejects(
      workspace.save('link'),
      /^ArtifactError: output link is a symbolic link that leads out of the project/,
    );
    assert.equal(mode(path.join(outside, 'secret.txt')), 0o644);
  });
});
