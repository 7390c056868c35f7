import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SyntheticCorpusError } from '../../src/synthetic/options.ts';
import { stageDirectory } from '../../src/synthetic/staging.ts';

describe('a staged directory', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'staging-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('appears under its name only when it is whole', async () => {
    const target = join(home, 'deep/corpus');
    const result = await stageDirectory(target, async (temporary) => {
      await writeFile(join(temporary, 'a.txt'), 'a');
      await assert.rejects(readdir(target), { code: 'ENOENT' });
      return 7;
    });
    assert.equal(result, 7);
    assert.deepEqual(await readdir(join(home, 'deep')), ['corpus']);
    assert.equal(await readFile(join(target, 'a.txt'), 'utf8'), 'a');
  });

  it('says what failed and leaves nothing when a file cannot be written half way', async () => {
    const writing = stageDirectory(join(home, 'corpus'), async (temporary) => {
      await writeFile(join(temporary, 'a.txt'), 'a');
      await writeFile(join(temporary, 'a.txt/b.txt'), 'b');
    });
    await assert.rejects(writing, (error: unknown) => {
      assert.ok(error instanceof SyntheticCorpusError);
      assert.match(error.message, /writing .*corpus failed: a part of the path is a file; nothing was left behind/);
      return true;
    });
    assert.deepEqual(await readdir(home), []);
  });

  it("passes on errors that are not the disk's, and leaves nothing", async () => {
    const ours = new TypeError('a bug');
    await mkdir(join(home, 'corpus'));
    await assert.rejects(
      stageDirectory(join(home, 'corpus'), () => Promise.reject(ours)),
      ours,
    );
    assert.deepEqual(await readdir(home), ['corpus'], 'the empty directory was there before');
  });

  it('leaves the partial directory of a process that still runs alone', async () => {
    const other = join(home, `.corpus.partial-${process.ppid}`);
    await mkdir(other);
    await stageDirectory(join(home, 'corpus'), () => Promise.resolve());
    assert.deepEqual((await readdir(home)).sort(), [`.corpus.partial-${process.ppid}`, 'corpus'].sort());
  });
});
