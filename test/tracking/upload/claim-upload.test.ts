import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { claimUpload } from '../../../src/tracking/upload/claim-upload.ts';
import { removeTemporary, temporaryDirectory } from '../../engine/support/temporary.ts';

/** A run with a lock that says this, and was touched some ms ago. */
function run(lock?: object, age = 0): { readonly folder: string; readonly file: string } {
  const folder = temporaryDirectory({ 'run-abcd.wandb': '' });
  const file = join(folder, 'run-abcd.wandb');
  if (lock !== undefined) {
    writeFileSync(`${file}.upload.lock`, JSON.stringify(lock));
    const time = new Date(Date.now() - age);
    utimesSync(`${file}.upload.lock`, time, time);
  }
  return { folder, file };
}

const month = 30 * 24 * 60 * 60_000;

describe('the claim of an upload', () => {
  afterEach(removeTemporary);

  it('is one process at a time, and leaves nothing behind', () => {
    const { folder, file } = run();
    const first = claimUpload(file);
    assert.notEqual(first.release, null);
    const second = claimUpload(file);
    assert.equal(second.release, null);
    assert.match(second.takenBy, new RegExp(`^process ${process.pid} on `));
    first.release!();
    claimUpload(file).release!();
    assert.deepEqual(readdirSync(folder), ['run-abcd.wandb']);
  });

  const dead = spawnSync('true').pid;
  for (const [what, lock, age] of [
    ['a dead process', { pid: dead, host: hostname() }, 0],
    ['a dead process whose pid lives again', { id: 'a', pid: process.pid, host: hostname(), since: '', birth: '1' }, 0],
    ['a process of a host that is gone', { pid: 1, host: 'old-container' }, month],
  ] as const) {
    it(`is taken over from ${what}`, () => {
      const { folder, file } = run(lock, age);
      claimUpload(file).release!();
      assert.deepEqual(readdirSync(folder), ['run-abcd.wandb']);
    });
  }

  it('waits for one on another host while it gives signs of life, and says until when', () => {
    const { file } = run({ pid: 12, host: 'elsewhere' });
    const claim = claimUpload(file);
    assert.equal(claim.release, null);
    assert.match(claim.takenBy, /^process 12 on elsewhere, whose last sign .*; 3 minutes later it counts as dead/);
  });

  it('gives signs of life while it lasts', () => {
    const { folder, file } = run();
    const { release } = claimUpload(file);
    const own = readdirSync(folder).find((name) => name.startsWith('upload-'));
    assert.equal(statSync(join(folder, own!)).ino, statSync(`${file}.upload.lock`).ino);
    release!();
  });

  it('names what is there and is no lock', () => {
    const { file } = run();
    symlinkSync('nowhere', `${file}.upload.lock`);
    assert.throws(() => claimUpload(file), /run-abcd\.wandb\.upload\.lock, found a symbolic link/);
  });
});
