import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import { ProcessGuard } from '../../../src/engine/executors/guard.ts';

/** Pids of the guards that this process has started (Linux). */
function guards(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const isGuard = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('while read -r sign group');
      return isGuard && state !== 'Z' && Number(parent) === process.pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function until<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the guard of process groups', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function sleeper(): ChildProcess {
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    children.push(child);
    return child;
  }

  it('that is killed is started again, and watches everything that still runs', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const guard = new ProcessGuard();
    const [first, second] = [sleeper(), sleeper()];
    const ends = Promise.all([first, second].map((child) => new Promise((resolve) => child.once('exit', resolve))));
    guard.watch(first);
    guard.watch(second);
    const [killed] = await until(() => (guards().length === 1 ? guards() : undefined));
    process.kill(killed!, 'SIGKILL');
    await until(() => (guards().some((pid) => pid !== killed) ? true : undefined));
    // When the runner dies its end of the pipe is closed, as here.
    guard.close();
    await ends;
  });

  it('says once that there is none when it is ended again and again', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const guard = new ProcessGuard();
    const told: string[] = [];
    guard.onProblem = (text) => told.push(text);
    guard.watch(sleeper());
    while (told.length === 0) {
      for (const pid of guards()) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setImmediate(resolve));
    }
    guard.watch(sleeper());
    guard.close();
    assert.equal(told.length, 1);
    assert.match(told[0]!, /it was ended again and again.*kill -9/);
  });
});
