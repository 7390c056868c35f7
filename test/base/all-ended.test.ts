import assert from 'node:assert/strict';
import { allEnded } from '../../src/base/all-ended.ts';

describe('all tasks', () => {
  it('give their results in order', async () => {
    assert.deepEqual(await allEnded([Promise.resolve(1), Promise.resolve(2)]), [1, 2]);
  });

  it('have ended before the failure of one is heard of', async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve))).then(() => {
      ended = true;
    });
    await assert.rejects(allEnded([Promise.reject(new Error('no room')), slow]), /no room/);
    assert.ok(ended);
  });
});
