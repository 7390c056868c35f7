import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { CorruptObjectError, MissingObjectError } from '../../../src/engine/store/objects/object-store.ts';
import { StatIndex } from '../../../src/engine/store/contents/stat-index.ts';
import { Workspace } from '../../../src/engine/store/workspace.ts';
import { untilSettled } from '../support/settled.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../support/temporary.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Makes a file look as if it had been written long ago. */
function age(file: string): void {
  const longAgo = new Date(2020, 0, 1, 0, 0, 0, 500);
  utimesSync(file, longAgo, longAgo);
}

describe('Workspace', () => {
  afterEach(removeTemporary);

  it('digests a file by its bytes, large ones too, and nothing where there is none', async () => {
    const large = 'large '.repeat(100_000);
    const workspace = Workspace.open(temporaryDirectory({ 'small.txt': 'small', 'large.txt': large, 'empty.txt': '' }));
    assert.deepEqual(await workspace.digest('small.txt'), { digest: sha256('small'), size: 5 });
    assert.deepEqual(await workspace.digest('large.txt'), { digest: sha256(large), size: large.length });
    assert.deepEqual(await workspace.digest('empty.txt'), { digest: sha256(''), size: 0 });
    assert.equal(await workspace.digest('missing.txt'), null);
  });

  it('brings back a directory exactly, in place of whatever is there', async () => {
    const files = { 'out/a.txt': 'a', 'out/deep/er/b c\n"ü".txt': 'b', 'out/big.bin': 'x'.repeat(300_000) };
    const root = temporaryDirectory(files);
    const workspace = Workspace.open(root, { links: ['copy'] });
    const artifact = await workspace.save('out');
    assert.equal(artifact.files, 3);
    writeFiles(root, { 'out/a.txt': 'changed', 'out/extra.txt': 'extra' });
    await workspace.restore('out', artifact);
    for (const [file, text] of Object.entries(files)) assert.equal(readFileSync(path.join(root, file), 'utf8'), text);
    assert.deepEqual(readdirSync(path.join(root, 'out')).sort(), ['a.txt', 'big.bin', 'deep']);
    assert.deepEqual(await Workspace.open(root).digest('out'), artifact);
  });

  it('turns a directory back into a file', async () => {
    const root = temporaryDirectory({ out: 'a file' });
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('out');
    rmSync(path.join(root, 'out'));
    writeFiles(root, { 'out/inside.txt': 'now a directory' });
    await workspace.restore('out', artifact);
    assert.equal(readFileSync(path.join(root, 'out'), 'utf8'), 'a file');
  });

  it('never hands out a corrupt object: it is moved away and named, and what was there stays', async () => {
    const root = temporaryDirectory({ out: 'precious' });
    const workspace = Workspace.open(root, { links: ['copy'] });
    const artifact = await workspace.save('out');
    const object = path.join(root, '.pipeline/store/objects', artifact.digest.slice(0, 2), artifact.digest.slice(2));
    rmSync(object);
    writeFileSync(object, 'preciovs');
    writeFiles(root, { out: 'other' });
    await assert.rejects(workspace.restore('out', artifact), CorruptObjectError);
    assert.equal(readFileSync(path.join(root, 'out'), 'utf8'), 'other');
    const [found] = workspace.objects.takeQuarantined();
    assert.equal(readFileSync(found!.movedTo, 'utf8'), 'preciovs');
    await assert.rejects(workspace.restore('out', artifact), MissingObjectError);
  });

  it('leaves no temporary files behind', async () => {
    const root = temporaryDirectory({ 'out/a.txt': 'a', 'out/b.txt': 'b'.repeat(300_000) });
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('out');
    rmSync(path.join(root, 'out'), { recursive: true });
    await workspace.restore('out', artifact);
    await workspace.close();
    const left = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
    assert.deepEqual(left, []);
  });

  it('does not leave for ever what a killed process left beside an output on another disk', async function () {
    // Only a file system of its own is another disk.
    if (process.getuid?.() !== 0 || !existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev) {
      this.skip();
    }
    const disk = mkdtempSync('/dev/shm/engine-test-');
    try {
      const root = temporaryDirectory({ '.pipeline/.keep': '' });
      const bound = path.join(root, 'disk');
      mkdirSync(bound);
      if (spawnSync('mount', ['--bind', disk, bound]).status !== 0) this.skip();
      try {
        writeFiles(root, { 'disk/out': 'content', 'disk/.out.999-0123abcd-1.tmp': 'half', 'disk/.other.tmp': 'mine' });
        const workspace = Workspace.open(root);
        const artifact = await workspace.save('disk/out');
        rmSync(path.join(bound, 'out'));
        await workspace.restore('disk/out', artifact);
        assert.deepEqual(readdirSync(bound).sort(), ['.other.tmp', 'out']);
      } finally {
        spawnSync('umount', [bound]);
      }
    } finally {
      rmSync(disk, { recursive: true });
    }
  });

  it('does not read an old unchanged file again', async () => {
    const root = temporaryDirectory({ 'data.txt': 'first' });
    const file = path.join(root, 'data.txt');
    age(file);
    // Files whose change time is now count as just written; the index trusts them from the next close on.
    const workspace = Workspace.open(root);
    await workspace.digest('data.txt');
    await untilSettled(file);
    await workspace.close();
    const index = StatIndex.load<string>(path.join(root, '.pipeline/stat-index.json'), 'digests-3');
    const stat = statSync(file, { bigint: true });
    assert.equal(index.lookup('data.txt', stat), sha256('first'));
    index.record('data.txt', stat, Date.now(), sha256('forged'));
    index.save();
    assert.equal((await Workspace.open(root).digest('data.txt'))?.digest, sha256('forged'));
  });

  it('does not trust the stat of a file that was hashed in the moment it was written', async () => {
    const root = temporaryDirectory({ 'data.txt': 'first' });
    const file = path.join(root, 'data.txt');
    const workspace = Workspace.open(root);
    assert.equal((await workspace.look('data.txt'))?.digest, sha256('first'));
    // Same size, and put back to the same times as far as the system lets us.
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'other');
    utimesSync(file, atime, mtime);
    assert.equal((await workspace.look('data.txt'))?.digest, sha256('other'));
  });

  it('refuses an output that is a link', async () => {
    const root = temporaryDirectory({ 'real.txt': 'real' });
    symlinkSync('real.txt', path.join(root, 'out'));
    await assert.rejects(Workspace.open(root).save('out'), /output out is a symbolic link/);
  });

  it('names a link that leads nowhere and a link to a directory around itself', async () => {
    const root = temporaryDirectory({ 'dir/a.txt': 'a' });
    symlinkSync('nowhere', path.join(root, 'dir/broken'));
    await assert.rejects(Workspace.open(root).digest('dir'), /dir\/broken is a link to something that does not exist/);
    rmSync(path.join(root, 'dir/broken'));
    symlinkSync('.', path.join(root, 'dir/loop'));
    await assert.rejects(Workspace.open(root).digest('dir'), /is a link to a directory around itself/);
  });

  it('answers for a path inside a directory after the directory was written again', async () => {
    const root = temporaryDirectory({ 'out/a.txt': 'one' });
    const workspace = Workspace.open(root);
    await workspace.digest('out/a.txt');
    await workspace.remove('out');
    writeFiles(root, { 'out/a.txt': 'two' });
    assert.equal((await workspace.digest('out/a.txt'))?.digest, sha256('two'));
  });
});
