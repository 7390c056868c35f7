import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { runningProcesses } from '../../../src/base/locks/holders.ts';
import { lockKey, ProcessLocks } from '../../../src/base/locks/process-locks.ts';
import { removeTemporary, temporaryDirectory } from '../../engine/support/temporary.ts';

const key = lockKey('output out.txt');
const since = '2020-01-01T00:00:00.000Z';

function deadHolder(root: string, content: string): void {
  mkdirSync(path.join(root, '.pipeline/held'), { recursive: true });
  const file = path.join(root, '.pipeline/held', key);
  writeFileSync(file, content);
  utimesSync(file, new Date(since), new Date(since));
}

describe('ProcessLocks', () => {
  afterEach(removeTemporary);

  it('gives a lock to one at a time, and says who has it', () => {
    const root = temporaryDirectory();
    const [first, second] = [ProcessLocks.open(root), ProcessLocks.open(root)];
    assert.equal(first.tryLock(key), null);
    assert.equal(second.tryLock(key)?.id, first.me.id);
    assert.equal(second.holderOf(key)?.pid, process.pid);
    assert.equal(second.tryLock(lockKey('output other.txt')), null);
    second.unlock(key);
    assert.equal(second.tryLock(key)?.id, first.me.id, 'nobody unlocks what others hold');
    first.unlock(key);
    assert.equal(second.tryLock(key), null);
    first.close();
    second.close();
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
  });

  it('takes over the lock of a process that died, one whose pid lives again, and a damaged one', () => {
    const dead = spawnSync('true').pid;
    for (const content of [
      JSON.stringify({ id: 'a', pid: dead, host: hostname(), since, birth: '1' }),
      JSON.stringify({ id: 'b', pid: process.pid, host: hostname(), since, birth: 'another time' }),
      'half a li',
      '',
    ]) {
      const root = temporaryDirectory();
      deadHolder(root, content);
      const [first, second] = [ProcessLocks.open(root), ProcessLocks.open(root)];
      assert.equal(first.holderOf(key), null);
      assert.equal(first.tryLock(key), null);
      assert.equal(second.tryLock(key)?.id, first.me.id);
      first.unlock(key);
      assert.equal(second.tryLock(key), null);
      second.close();
      assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
    }
  });

  it('takes over from a chain of dead processes', () => {
    const root = temporaryDirectory();
    const dead = spawnSync('true').pid;
    const holder = (id: string): string => JSON.stringify({ id, pid: dead, host: hostname(), since, birth: '1' });
    deadHolder(root, holder('a'));
    writeFileSync(path.join(root, '.pipeline/held', `${key}.a`), holder('b'));
    const locks = ProcessLocks.open(root);
    assert.equal(locks.tryLock(key), null);
    assert.ok(existsSync(path.join(root, '.pipeline/held', `${key}.b`)));
    locks.close();
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
  });

  it('does not take the lock of a process on another machine, of which it cannot tell', () => {
    const root = temporaryDirectory();
    deadHolder(root, JSON.stringify({ id: 'a', pid: 1, host: 'elsewhere', since, birth: null }));
    const locks = ProcessLocks.open(root);
    assert.equal(locks.tryLock(key)?.host, 'elsewhere');
    locks.close();
  });

  it('does not take a lock that is just being written, on a file system without hard links', () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, '.pipeline/held'), { recursive: true });
    writeFileSync(path.join(root, '.pipeline/held', key), '');
    const locks = ProcessLocks.open(root);
    assert.notEqual(locks.tryLock(key), null);
    locks.close();
  });

  it('sweeps away what dead processes left', () => {
    const root = temporaryDirectory();
    const dead = spawnSync('true').pid;
    const text = JSON.stringify({ id: 'a', pid: dead, host: hostname(), since, birth: '1' });
    deadHolder(root, text);
    const locks = ProcessLocks.open(root);
    writeFileSync(path.join(root, '.pipeline/running/a'), text);
    locks.sweep();
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
    assert.deepEqual(runningProcesses(root), [locks.me]);
    locks.close();
    assert.deepEqual(runningProcesses(root), []);
  });

  it('does short work exclusively', () => {
    const root = temporaryDirectory();
    assert.equal(
      ProcessLocks.exclusively(root, 'work', () => 3),
      3,
    );
    assert.throws(() =>
      ProcessLocks.exclusively(root, 'work', () => {
        throw new Error('no');
      }),
    );
    assert.equal(
      ProcessLocks.exclusively(root, 'work', () => 4),
      4,
    );
  });
});
