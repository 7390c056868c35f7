import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig } from '../support/rig.ts';

const pipeline = `
stages:
  talk:
    matrix: { who: [a, b] }
    cmd: echo one of \${item.who} && echo two && node hold.mjs \${item.who} \${item.who}.txt && echo three
    outs: ["\${item.who}.txt"]
`;

/** Resolves once the process has printed so much. */
function printed(child: ChildProcess, text: string): Promise<void> {
  let all = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: string) => {
      all += chunk;
      if (all.includes(text)) resolve();
    });
  });
}

describe('logs --follow', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig({ 'pipeline.yaml': pipeline })));
  afterEach(() => rig.close());

  it('prints what there is, then what comes, and ends with the instance', async () => {
    await rig.listen();
    const run = rig.start('run', '--stage', 'talk@a');
    const stage = await rig.held('a');
    const followed = rig.start('logs', 'talk', '--follow');
    const tail = rig.start('logs', 'talk@a', '-f', '--tail', '1');
    await Promise.all([printed(followed.child, 'two\n'), printed(tail.child, 'two\n')]);
    stage.release();
    assert.equal((await run.result).code, 0);
    const { code, stdout, stderr } = await followed.result;
    assert.deepEqual([code, stdout, stderr], [0, 'one of a\ntwo\nthree\n', '']);
    assert.equal((await tail.result).stdout, 'two\nthree\n');
    // Nobody runs it any more: what follows is nothing.
    assert.equal((await rig.run('logs', 'talk@a', '--follow')).stdout, 'one of a\ntwo\nthree\n');
  });

  it('ends at once by Ctrl-C, and the stage goes on', async () => {
    await rig.listen();
    const run = rig.start('run', '--stage', 'talk@a');
    const stage = await rig.held('a');
    const followed = rig.start('logs', 'talk@a', '--follow');
    await printed(followed.child, 'two\n');
    followed.child.kill('SIGINT');
    assert.equal((await followed.result).signal, 'SIGINT');
    stage.release();
    assert.equal((await run.result).code, 0);
  });

  it('says which instance it could follow', async () => {
    const none = await rig.run('logs', 'talk', '--follow');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--follow takes one instance; "talk" means 2, and none of them is running/);
    assert.match((await rig.run('logs', 'talk@a', '--follow')).stderr, /talk@a has no log/);
    assert.match((await rig.run('logs', 'talk@a', '--follow', '--json')).stderr, /does not go together with --json/);
  });
});
