import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { type Holder, lockWorkspace, workspaceHolder } from '../../../src/engine/running/workspace-lock.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

const never = new AbortController().signal;
const unexpected = (holder: Holder): void => assert.fail(`waits for ${holder.pid}`);

describe('lockWorkspace', () => {
  afterEach(removeTemporary);

  it('lets the second wait until the first is done, and tells it who that is', async () => {
    const root = temporaryDirectory();
    const first = await lockWorkspace(root, unexpected, never);
    assert.equal(workspaceHolder(root)?.pid, process.pid);
    const told: number[] = [];
    const second = await lockWorkspace(
      root,
      ({ pid }) => {
        told.push(pid);
        first?.release();
      },
      never,
    );
    assert.deepEqual(told, [process.pid]);
    second?.release();
    assert.equal(workspaceHolder(root), null);
  });

  it('takes over the lock of a process that died, one whose pid lives again, and a damaged one', async () => {
    const dead = spawnSync('true').pid;
    const since = '2020-01-01T00:00:00.000Z';
    for (const content of [
      JSON.stringify({ pid: dead, host: hostname(), since, birth: '1' }),
      JSON.stringify({ pid: process.pid, host: hostname(), since, birth: 'another time' }),
      'half a li',
    ]) {
      const root = temporaryDirectory({ '.pipeline/lock': content });
      (await lockWorkspace(root, unexpected, never))?.release();
      assert.equal(existsSync(path.join(root, '.pipeline/lock')), false);
    }
  });

  it('gives up waiting when it is stopped', async () => {
    const holder = { pid: 1, host: 'elsewhere', since: '2020-01-01T00:00:00.000Z', birth: null };
    const root = temporaryDirectory({ '.pipeline/lock': JSON.stringify(holder) });
    const abort = new AbortController();
    assert.equal(await lockWorkspace(root, () => abort.abort(), abort.signal), null);
  });
});
