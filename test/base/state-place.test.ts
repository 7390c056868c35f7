import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ownFolder, statePlace } from '../../src/base/state-place.ts';

describe('a place of the pipeline’s own', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'state-'));
    mkdirSync(path.join(root, '.pipeline/logs/p'), { recursive: true });
    mkdirSync(path.join(root, 'elsewhere'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is there whether it exists, does not exist yet, or lies below a file', () => {
    writeFileSync(path.join(root, '.pipeline/logs/p/file'), '');
    for (const place of ['.pipeline', '.pipeline/logs/p', '.pipeline/no/such/folder', '.pipeline/logs/p/file/x']) {
      assert.equal(statePlace(root, place), path.join(root, place));
    }
  });

  it('is refused where it, or a folder on the way to it, is a link, be it to nothing', () => {
    symlinkSync('../elsewhere', path.join(root, '.pipeline/tmp'));
    symlinkSync('nowhere', path.join(root, '.pipeline/logs/p/q'));
    for (const [place, link, target] of [
      ['.pipeline/tmp', '.pipeline/tmp', '../elsewhere'],
      ['.pipeline/tmp/a/b', '.pipeline/tmp', '../elsewhere'],
      ['.pipeline/logs/p/q/r', '.pipeline/logs/p/q', 'nowhere'],
    ] as const) {
      assert.throws(() => statePlace(root, place), {
        name: 'StateFolderError',
        message:
          `expected a file or folder of the pipeline's own at ${path.join(root, link)}, found a symbolic link to ${target}. ` +
          'The pipeline also removes files there, so it follows no links. Look at what it leads to, remove the link, and ' +
          'run again; to keep the cache elsewhere, set cache.dir',
      });
    }
    assert.throws(() => ownFolder(path.join(root, '.pipeline/tmp')), { name: 'StateFolderError' });
  });

  it('may be in a project that is itself reached through a link', () => {
    symlinkSync('.', path.join(root, 'alias'));
    const alias = path.join(root, 'alias');
    assert.equal(statePlace(alias, '.pipeline/logs'), path.join(alias, '.pipeline/logs'));
  });
});
