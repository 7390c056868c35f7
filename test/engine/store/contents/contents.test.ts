import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { VanishedError } from '../../../../src/engine/files/artifact-error.ts';
import { Contents } from '../../../../src/engine/store/contents/contents.ts';
import { Hasher } from '../../../../src/engine/store/contents/hasher.ts';
import { Workspace } from '../../../../src/engine/store/workspace.ts';
import { removeTemporary, temporaryDirectory, writeFiles } from '../../support/temporary.ts';
import { untilSettled } from '../../support/settled.ts';

const code = { 'src/common.py': 'X = 1\n', 'src/deep/train.py': 'import common\n' };
const junk = { 'src/__pycache__/common.cpython-312.pyc': 'b', 'src/deep/.DS_Store': 'd', 'src/.#common.py': 'l' };

async function digestOf(root: string, directory = 'src'): Promise<string | undefined> {
  const workspace = Workspace.open(root);
  const artifact = await workspace.digest(directory);
  await workspace.close();
  return artifact?.digest;
}

describe('the content of an input', () => {
  afterEach(removeTemporary);

  it('is the same with and without what programs drop beside it, seen before or not', async () => {
    const clean = await digestOf(temporaryDirectory(code));
    assert.equal(await digestOf(temporaryDirectory({ ...code, ...junk })), clean);
    const root = temporaryDirectory(code);
    for (const file of Object.keys(code)) await untilSettled(path.join(root, file));
    assert.equal(await digestOf(root), clean);
    writeFiles(root, junk);
    assert.equal(await digestOf(root), clean);
    rmSync(path.join(root, 'src/__pycache__'), { recursive: true });
    assert.equal(await digestOf(root), clean);
  });

  it('follows every change of .pipelineignore at once, whatever is remembered of the directory', async () => {
    const files = ['src/a.txt', 'src/b.log', 'src/sub/a.txt', 'src/sub/c.log'];
    const root = temporaryDirectory(Object.fromEntries(files.map((file) => [file, file])));
    for (const file of files) await untilSettled(path.join(root, file));
    const patterns = fc.constantFrom('*.log\n', 'sub/\n', '*.txt\n!sub/*.txt\n', '# nothing\n', null);
    const place = fc.constantFrom('.', 'src', 'src/sub');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, patterns), { minLength: 1, maxLength: 4 }), async (changes) => {
        for (const [folder, text] of changes) {
          const file = path.join(root, folder, '.pipelineignore');
          if (text === null) rmSync(file, { force: true });
          else writeFileSync(file, text);
          const remembered = await digestOf(root);
          rmSync(path.join(root, '.pipeline'), { recursive: true, force: true });
          const afresh = await digestOf(root);
          assert.equal(remembered, afresh);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is another once a pattern lets another file count, in one process as well', async () => {
    const root = temporaryDirectory({ 'd/a': '1', 'd/b': '2' });
    const workspace = Workspace.open(root);
    const both = await workspace.look('d');
    writeFiles(root, { '.pipelineignore': 'd/b\n' });
    const one = await workspace.look('d');
    assert.equal(both?.files, 2);
    assert.equal(one?.files, 1);
    assert.equal((await workspace.look('d/b'))?.size, 1);
  });

  it('has the same empty folders with and without what does not count in them, and none for what is passed over', async () => {
    const [empty, junky] = [temporaryDirectory({ 'd/a': '1' }), temporaryDirectory({ 'd/a': '1' })];
    mkdirSync(path.join(empty, 'd/sub'));
    writeFiles(junky, { 'd/sub/.DS_Store': 'x' });
    assert.equal(await digestOf(junky, 'd'), await digestOf(empty, 'd'));
    const workspace = Workspace.open(empty);
    const before = await workspace.look('d', ['d/made/deep/out']);
    writeFiles(empty, { 'd/made/deep/out': '2' });
    assert.deepEqual(await workspace.look('d', ['d/made/deep/out']), before);
    mkdirSync(path.join(empty, 'd/made/other'));
    assert.notDeepEqual(await workspace.look('d', ['d/made/deep/out']), before);
  });

  it('passes over paths that are named, and keeps that apart from the whole', async () => {
    const root = temporaryDirectory({ 'in.txt': '1', 'out/a': '2', 'deep/out.txt': '3', 'deep/in.txt': '4' });
    for (const file of ['in.txt', 'out/a', 'deep/out.txt', 'deep/in.txt']) await untilSettled(path.join(root, file));
    for (const round of ['new', 'remembered']) {
      const workspace = Workspace.open(root);
      assert.equal((await workspace.look('.', ['out', 'deep/out.txt']))?.files, 2, round);
      assert.equal((await workspace.look('.'))?.files, 4);
      assert.equal((await workspace.digest('.', ['out']))?.files, 3);
      await workspace.close();
    }
  });
});

describe('an output', () => {
  afterEach(removeTemporary);

  const made = {
    'out/a.py': 'X = 1\n',
    'out/__pycache__/a.pyc': 'compiled',
    'out/.git/HEAD': 'ref',
    'out/.DS_Store': 'd',
  };

  it('comes back with all that its stage made, also what would not count in an input', async () => {
    const root = temporaryDirectory(made);
    const workspace = Workspace.open(root);
    const artifact = await workspace.save('out');
    assert.equal(artifact.files, 4);
    rmSync(path.join(root, 'out'), { recursive: true });
    await workspace.restore('out', artifact);
    for (const [file, text] of Object.entries(made)) assert.equal(readFileSync(path.join(root, file), 'utf8'), text);
    assert.equal((await workspace.lookWhole('out'))?.digest, artifact.digest);
    assert.deepEqual(workspace.countedOf('out', artifact), await workspace.look('out'));
  });

  it('is still the same when something appears, changes or goes that would not count in an input', async () => {
    for (const files of [made, { 'out/a.py': 'X = 1\n', 'out/sub/b.py': '' }]) {
      const root = temporaryDirectory(files);
      const workspace = Workspace.open(root);
      const artifact = await workspace.save('out');
      await workspace.close();
      rmSync(path.join(root, 'out/__pycache__'), { recursive: true, force: true });
      writeFiles(root, { 'out/__pycache__/other.pyc': 'x', 'out/Thumbs.db': 't' });
      const next = Workspace.open(root);
      assert.equal(await next.holds('out', artifact), true);
      writeFiles(root, { 'out/new.py': 'x' });
      assert.equal(await next.holds('out', artifact), true, 'until it is looked at again');
      await next.lookWhole('out');
      assert.equal(await next.holds('out', artifact), false);
    }
  });

  it('is found again by its stamp, with and without what does not count', async () => {
    const root = temporaryDirectory(made);
    for (const file of Object.keys(made)) await untilSettled(path.join(root, file));
    const first = Workspace.open(root);
    const [whole, counted] = [await first.lookWhole('out'), await first.look('out')];
    await first.close();
    rmSync(path.join(root, '.pipeline/stat-index-inside.json'));
    const second = Workspace.open(root);
    assert.deepEqual(await second.look('out'), counted);
    assert.deepEqual(await second.lookWhole('out'), whole);
    await second.close();
    assert.ok(!readdirSync(path.join(root, '.pipeline')).includes('stat-index-inside.json'));
    assert.notEqual(whole?.digest, counted?.digest);
  });

  it('counts as the same input on disk, in the cache, and without what does not count', async () => {
    const names = ['a', 'b', '__pycache__', '.DS_Store', 'skip'];
    const inside = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const leaf = fc.constantFrom('file', 'program', 'folder');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(inside, leaf), { maxLength: 8 }), async (tree) => {
        const root = temporaryDirectory({ '.pipelineignore': 'skip\n', 'out/file': '1' });
        for (const [place, kind] of tree) make(path.join(root, 'out', place), kind);
        const workspace = Workspace.open(root, { keepsModes: true });
        const artifact = await workspace.save('out');
        const counted = await workspace.look('out');
        assert.deepEqual(workspace.countedOf('out', artifact), counted);
        assert.equal((await workspace.lookWhole('out'))?.digest, artifact.digest);
        rmSync(path.join(root, 'out'), { recursive: true });
        await workspace.restore('out', artifact);
        assert.equal((await workspace.lookWhole('out'))?.digest, artifact.digest);
        removeUncounted(path.join(root, 'out'));
        assert.deepEqual(await workspace.look('out'), counted);
        workspace.forget('out');
        assert.equal(await workspace.holds('out', artifact), true);
        rmSync(path.join(root, 'out/file'));
        workspace.forget('out');
        assert.equal(await workspace.holds('out', artifact), false);
        rmSync(root, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it('may hold a link to nothing where that does not count', async () => {
    const root = temporaryDirectory({ 'out/a': '1' });
    symlinkSync('somebody@host.123', path.join(root, 'out/.#a'));
    const workspace = Workspace.open(root);
    assert.equal((await workspace.save('out')).files, 1);
  });
});

/** Makes a file or a folder, unless something is in the way. */
function make(place: string, kind: string): void {
  try {
    mkdirSync(kind === 'folder' ? place : path.dirname(place), { recursive: true });
    if (kind !== 'folder') writeFileSync(place, kind, { mode: kind === 'program' ? 0o755 : 0o644 });
  } catch {
    // A file where a folder would have to be, or the other way round.
  }
}

function removeUncounted(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    const isCache = entry.name === '__pycache__' && entry.isDirectory();
    if (isCache || entry.name === '.DS_Store' || entry.name === 'skip') rmSync(place, { recursive: true });
    else if (entry.isDirectory()) removeUncounted(place);
  }
}

describe('what is neither a file nor a directory', () => {
  afterEach(removeTemporary);

  it('is refused at once, by itself and in a directory, as input and as output', async function () {
    if (process.platform === 'win32') this.skip();
    const root = temporaryDirectory({ 'd/a': '1' });
    execFileSync('mkfifo', [path.join(root, 'pipe'), path.join(root, 'd/pipe')]);
    const workspace = Workspace.open(root);
    for (const look of [
      () => workspace.look('pipe'),
      () => workspace.lookWhole('pipe'),
      () => workspace.save('pipe'),
      () => workspace.look('d'),
      () => workspace.save('d'),
    ]) {
      await assert.rejects(look, /^ArtifactError: (d\/)?pipe is a named pipe, neither a file nor a directory/);
    }
    await assert.rejects(workspace.look('/dev/zero'), /\/dev\/zero is a device, neither a file nor a directory/);
  });

  it('includes files of the kernel, which say nothing of when they change', async function () {
    if (!existsSync('/proc/self/status')) this.skip();
    const workspace = Workspace.open(temporaryDirectory());
    await assert.rejects(workspace.look('/proc/self/status'), /ArtifactError: .*status is a file of the kernel/);
  });
});

describe('a directory that changes while it is read', () => {
  afterEach(removeTemporary);

  const gone = (file: string): Error => Object.assign(new Error('ENOENT: ...'), { code: 'ENOENT', path: file });

  it('is read again, and told in one sentence when that does not end', async () => {
    const root = temporaryDirectory({ 'd/a': '1' });
    const contents = new Contents(root, new Hasher());
    let tries = 0;
    const answer = await contents.steadily('d', () => {
      if (++tries === 1) return Promise.reject(gone(path.join(root, 'd/b')));
      return tries === 2 ? Promise.reject(new VanishedError('d/c went away')) : Promise.resolve('read');
    });
    assert.deepEqual([answer, tries], ['read', 3]);
    await assert.rejects(
      contents.steadily('d', () => Promise.reject(gone(path.join(root, 'd/b')))),
      /^ArtifactError: d changes faster than it can be read/,
    );
  });

  it('is not confused with a cache that lost something', async () => {
    const root = temporaryDirectory({ 'd/a': '1' });
    const error = gone(path.join(root, '.pipeline/store/objects/aa/bb'));
    await assert.rejects(
      new Contents(root, new Hasher()).steadily('d', () => Promise.reject(error)),
      (thrown) => thrown === error,
    );
  });

  it('holds what is there when its files come and go under the reader', async () => {
    const root = temporaryDirectory({ 'd/stays': '1' });
    mkdirSync(path.join(root, 'd/sub'));
    const workspace = Workspace.open(root);
    for (let round = 0; round < 20; round++) {
      for (let at = 0; at < 20; at++) writeFileSync(path.join(root, `d/sub/${at}`), `${round}`);
      const looking = workspace.look('d');
      // Files were listed, and wait to be hashed: now they go.
      rmSync(path.join(root, 'd/sub'), { recursive: true });
      assert.equal((await looking)?.files, 1);
      mkdirSync(path.join(root, 'd/sub'));
    }
    await workspace.close();
  });
});
