import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('an output to which its stage adds (persist)', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({
      'pipeline.yaml': `stages:
  s: { cmd: cat in >> log && cp in last, deps: [in], outs: [{ log: { persist: true } }, last] }
`,
    });
  });
  afterEach(() => rig.close());
  const run = async (input: string, ...args: string[]): Promise<string> => {
    rig.write({ in: `${input}\n` });
    return summary(await rig.run(...args));
  };

  it('keeps what has gathered there: an input of before is no reason to go back to what was there then', async () => {
    for (const [input, log] of [
      ['A', 'A\n'],
      ['B', 'A\nB\n'],
      ['A', 'A\nB\nA\n'],
    ] as const) {
      assert.match(await run(input), /^ok: ran 1, restored 0, fresh 0/);
      assert.equal(rig.read('log'), log);
      assert.match(await run(input), /^ok: ran 0, restored 0, fresh 1/);
    }
  });

  it('is no result to take over from another invocation or profile, also where nothing is there yet', async () => {
    await run('A');
    rig.remove('pipeline.lock');
    rig.remove('log');
    assert.match(await run('A'), /^ok: ran 1, restored 0/);
    assert.equal(rig.read('log'), 'A\n');
  });

  it('is found as a killed run left it', async () => {
    await run('A');
    rig.remove('pipeline.lock');
    assert.match(await run('A'), /^ok: ran 0, restored 0, fresh 1/);
  });

  it('comes back where it is gone, and its neighbour too, as the lock has them', async () => {
    await run('A');
    await run('B');
    for (const lost of [['log'], ['last'], ['log', 'last']]) {
      for (const one of lost) rig.remove(one);
      assert.match(await run('B'), /^ok: ran 0, restored 1, fresh 0/);
      assert.equal(rig.read('log'), 'A\nB\n');
      assert.equal(rig.read('last'), 'B\n');
    }
  });

  it('is added to, and not put back, where a person has written into it', async () => {
    await run('A');
    rig.write({ log: 'A\nmine\n' });
    assert.match(await run('A'), /^ok: ran 1, restored 0/);
    assert.equal(rig.read('log'), 'A\nmine\nA\n');
  });
});
