import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitFacts } from '../../../src/engine/running/run-facts.ts';

describe('facts about a run', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'facts-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], {
      cwd: root,
      encoding: 'utf8',
    });

  it('name the commit and whether tracked files differ from it; the remote without its secrets', async () => {
    git('init', '--quiet');
    writeFileSync(path.join(root, 'a.txt'), 'a');
    git('add', 'a.txt');
    git('commit', '--quiet', '-m', 'a');
    git('remote', 'add', 'origin', 'https://user:token@example.org/x.git');
    writeFileSync(path.join(root, 'untracked.txt'), '');
    const commit = git('rev-parse', 'HEAD').trim();
    assert.deepEqual(await gitFacts(root), { commit, dirty: false, remote: 'https://example.org/x.git' });
    writeFileSync(path.join(root, 'a.txt'), 'b');
    assert.equal((await gitFacts(root))?.dirty, true);
  });

  it('hold no commit where there is none', async () => {
    git('init', '--quiet');
    assert.equal(await gitFacts(root), null);
  });
});
