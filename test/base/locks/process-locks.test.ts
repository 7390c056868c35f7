import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
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
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { ProcessLockError } from '../../../src/base/locks/holder-file.ts';
import { lockHolder, lockInventory, runningProcesses } from '../../../src/base/locks/holders.ts';
import { LockBusyError, lockKey, ProcessLocks } from '../../../src/base/locks/process-locks.ts';
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

  it('waits for a process on another machine while it gives signs of life, and takes over when it is silent', () => {
    const root = temporaryDirectory();
    deadHolder(root, JSON.stringify({ id: 'a', pid: 1, host: 'elsewhere', since, birth: null }));
    const file = path.join(root, '.pipeline/held', key);
    utimesSync(file, new Date(), new Date());
    const locks = ProcessLocks.open(root);
    assert.equal(locks.tryLock(key)?.host, 'elsewhere');
    assert.equal(locks.tryLock(key)?.life, 'unknown');
    assert.equal(lockHolder(root, key)?.id, 'a');
    // No clock but the file system's: its time is compared with that of a file written now.
    const silent = new Date(Date.now() - 200_000);
    utimesSync(file, silent, silent);
    assert.equal(lockHolder(root, key), null);
    assert.equal(locks.tryLock(key), null);
    locks.close();
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
  });

  it('gives signs of life by the time of one file that all its locks share', () => {
    const root = temporaryDirectory();
    const locks = ProcessLocks.open(root);
    assert.equal(locks.tryLock(key), null);
    const file = path.join(root, '.pipeline/held', key);
    utimesSync(file, new Date(since), new Date(since));
    locks.beat();
    assert.ok(statSync(file).mtimeMs > Date.parse(since));
    assert.equal(readFileSync(file, 'utf8'), readFileSync(path.join(root, '.pipeline/running', locks.me.id), 'utf8'));
    const { version, kind, host, boot, pidNamespace, pid, heartbeat } = JSON.parse(readFileSync(file, 'utf8')) as {
      [key: string]: unknown;
    };
    assert.deepEqual(
      { version, kind, host, boot, pidNamespace, pid, heartbeat },
      {
        version: 2,
        kind: 'process',
        host: hostname(),
        boot: locks.me.boot,
        pidNamespace: locks.me.pidNamespace,
        pid: process.pid,
        heartbeat: 5000,
      },
    );
    locks.close();
  });

  it('announces itself again when somebody removed its file although it lives', () => {
    const root = temporaryDirectory();
    const locks = ProcessLocks.open(root);
    rmSync(path.join(root, '.pipeline/running', locks.me.id));
    assert.deepEqual(runningProcesses(root), []);
    locks.beat();
    assert.equal(runningProcesses(root)[0]?.id, locks.me.id);
    locks.close();
  });

  it('notices that it was taken for dead, and then neither believes in its lock nor releases that of others', () => {
    const root = temporaryDirectory();
    const lost: string[] = [];
    const suspended = ProcessLocks.open(root);
    suspended.onLost = (one) => lost.push(one);
    assert.equal(suspended.tryLock(key), null);
    assert.equal(suspended.isHeld(key), true);
    const other = ProcessLocks.open(root, { deposed: new Set([suspended.me.id]) });
    assert.equal(other.tryLock(key), null);
    // A third one sees the successor, although the first lives.
    assert.equal(lockHolder(root, key)?.id, other.me.id);
    assert.equal(suspended.isHeld(key), false);
    suspended.beat();
    assert.deepEqual(lost, [key]);
    suspended.unlock(key);
    suspended.close();
    assert.equal(lockHolder(root, key)?.id, other.me.id);
    other.close();
    assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
  });

  it('notices that its lock is gone, also when another process has the same one by now', () => {
    const root = temporaryDirectory();
    const [first, second] = [ProcessLocks.open(root), ProcessLocks.open(root)];
    assert.equal(first.tryLock(key), null);
    rmSync(path.join(root, '.pipeline/held', key));
    assert.equal(first.isHeld(key), false);
    assert.equal(second.tryLock(key), null);
    assert.equal(first.isHeld(key), false);
    first.unlock(key);
    assert.equal(second.isHeld(key), true);
    first.close();
    second.close();
  });

  it('notices that its lock is gone when the file of another holder has the number of its own inode', () => {
    const root = temporaryDirectory();
    const first = ProcessLocks.open(root);
    assert.equal(first.tryLock(key), null);
    rmSync(path.join(root, '.pipeline/held', key));
    rmSync(path.join(root, '.pipeline/running', first.me.id));
    const second = ProcessLocks.open(root);
    assert.equal(second.tryLock(key), null);
    assert.equal(first.isHeld(key), false);
    first.close();
    assert.equal(second.isHeld(key), true);
    second.close();
  });

  const strangers: { readonly [what: string]: (file: string) => void } = {
    'a directory': (file) => mkdirSync(file),
    'a symbolic link': (file) => symlinkSync('nowhere', file),
    'a named pipe': (file) => assert.equal(spawnSync('mkfifo', [file]).status, 0),
  };
  for (const [what, make] of Object.entries(strangers)) {
    it(`names ${what} in the place of a lock, at once and by its path`, () => {
      const root = temporaryDirectory();
      const locks = ProcessLocks.open(root);
      const file = path.join(root, '.pipeline/held', key);
      make(file);
      const expected = (error: Error): boolean =>
        error instanceof ProcessLockError && error.message.includes(`${file}, found ${what}`);
      assert.throws(() => locks.tryLock(key), expected);
      assert.throws(() => lockHolder(root, key), expected);
      assert.throws(() => ProcessLocks.exclusively(root, 'output out.txt', () => 1), expected);
      locks.sweep();
      assert.deepEqual(
        lockInventory(root).strangers.map((stranger) => stranger.file),
        [file],
      );
      make(path.join(root, '.pipeline/running/strange'));
      assert.deepEqual(
        runningProcesses(root).map(({ id }) => id),
        [locks.me.id],
      );
      locks.close();
    });
  }

  it('names what is in the place of its folders', () => {
    const root = temporaryDirectory({ '.pipeline/held': 'a file' });
    assert.throws(() => ProcessLocks.open(root), /expected a folder at .*\.pipeline\/held, found something else/);
    assert.throws(() => lockInventory(root), /\.pipeline\/held cannot be used as a lock \(ENOTDIR\)/);
    const other = temporaryDirectory({ '.pipeline/held/a': '' });
    symlinkSync('nowhere', path.join(other, '.pipeline/running'));
    assert.throws(() => ProcessLocks.open(other), /at .*\.pipeline\/running, found a symbolic link to nowhere\. /);
  });

  it('names a lock that refers to itself', () => {
    const root = temporaryDirectory();
    deadHolder(root, JSON.stringify({ id: 'a', pid: 0, host: hostname(), since, birth: '1' }));
    const file = path.join(root, '.pipeline/held', key);
    linkSync(file, `${file}.a`);
    assert.throws(() => lockHolder(root, key), /refers to itself/);
  });

  it('waits for another user whose lock it may not read, and says where that is', function () {
    if (process.getuid?.() === 0) this.skip();
    const root = temporaryDirectory();
    deadHolder(root, '{}');
    const file = path.join(root, '.pipeline/held', key);
    chmodSync(file, 0);
    utimesSync(file, new Date(), new Date());
    const locks = ProcessLocks.open(root);
    const holder = locks.tryLock(key);
    assert.equal(holder?.life, 'unknown');
    assert.equal(holder.file, file);
    locks.close();
  });

  it('does not take what it cannot look at for nobody', function () {
    if (process.getuid?.() === 0) this.skip();
    const root = temporaryDirectory();
    ProcessLocks.open(root).close();
    chmodSync(path.join(root, '.pipeline/running'), 0);
    try {
      assert.throws(() => runningProcesses(root), /running cannot be used as a lock \(EACCES\)/);
    } finally {
      chmodSync(path.join(root, '.pipeline/running'), 0o755);
    }
  });

  it('can be read by others whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      const root = temporaryDirectory();
      const locks = ProcessLocks.open(root);
      assert.equal(statSync(path.join(root, '.pipeline/running', locks.me.id)).mode & 0o777, 0o644);
      locks.close();
    } finally {
      process.umask(before);
    }
  });

  it('takes over a damaged lock from the future, and one whose id would lead elsewhere', () => {
    for (const content of ['half a li', JSON.stringify({ id: '../../x', pid: 1, host: 'h', since, birth: null })]) {
      const root = temporaryDirectory();
      deadHolder(root, content);
      const future = new Date(Date.now() + 3_600_000);
      utimesSync(path.join(root, '.pipeline/held', key), future, future);
      const locks = ProcessLocks.open(root);
      assert.equal(locks.tryLock(key), null);
      locks.close();
      assert.deepEqual(readdirSync(path.join(root, '.pipeline/held')), []);
    }
  });

  it('of 300 locks of dead processes gives each to exactly one of four that want them all', async () => {
    const root = temporaryDirectory();
    const dead = spawnSync('true').pid;
    mkdirSync(path.join(root, '.pipeline/held'), { recursive: true });
    const keys = Array.from({ length: 300 }, (_, at) => lockKey(`race ${at}`));
    keys.forEach((one, at) => {
      const text = JSON.stringify({ id: `dead-${at}`, pid: dead, host: hostname(), since, birth: '1' });
      writeFileSync(path.join(root, '.pipeline/held', one), text);
    });
    const program = path.resolve(import.meta.dirname, 'support/take-all.ts');
    const winners = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--import', 'tsx', program, root, ...keys], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        let text = '';
        for await (const chunk of child.stdout.setEncoding('utf8')) {
          text += chunk as string;
          // All of them hold on to what they have until all have tried.
          if (text.includes('\n')) break;
        }
        return {
          child,
          won: text
            .trim()
            .split(' ')
            .filter((one) => one !== ''),
        };
      }),
    );
    for (const { child } of winners) child.kill('SIGKILL');
    const won = winners.flatMap((winner) => winner.won);
    assert.equal(won.length, 300);
    assert.deepEqual(new Set(won), new Set(keys));
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
    assert.deepEqual(
      runningProcesses(root).map(({ id, life }) => [id, life]),
      [[locks.me.id, 'alive']],
    );
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

  it('does not wait for long, deaf to signals, for one that keeps a lock it wanted for a moment', () => {
    const root = temporaryDirectory();
    const locks = ProcessLocks.open(root);
    locks.tryLock(lockKey('work'));
    assert.throws(
      () => ProcessLocks.exclusively(root, 'work', () => 3),
      (error: Error) => error instanceof LockBusyError && error.message.includes(`process ${process.pid} on `),
    );
    locks.close();
  });

  it('refuses to go on with short work whose lock was lost', () => {
    const root = temporaryDirectory();
    assert.throws(
      () =>
        ProcessLocks.exclusively(root, 'work', (confirm) => {
          confirm();
          rmSync(path.join(root, '.pipeline/held', lockKey('work')));
          confirm();
        }),
      /another process took over the lock of work/,
    );
  });
});
