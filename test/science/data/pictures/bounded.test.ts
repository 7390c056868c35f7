import assert from 'node:assert/strict';
import { forEachBounded } from '../../../../src/science/data/pictures/bounded.ts';

/** Lets everything that is ready run. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('bounded work', () => {
  it('runs every task once, in order of starting, never more than allowed at a time', async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await forEachBounded(20, { concurrency: 3 }, async (index) => {
      started.push(index);
      most = Math.max(most, ++running);
      for (let i = 0; i <= index % 4; i++) await turn();
      running--;
    });
    assert.deepEqual(
      started,
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.equal(most, 3);
  });

  it('throws the failure of the lowest number, even when a later one failed earlier, and starts nothing more', async () => {
    const started: number[] = [];
    const run = forEachBounded(100, { concurrency: 4 }, async (index) => {
      started.push(index);
      for (let i = index; i < 4; i++) await turn();
      if (index > 0) throw new Error(`task ${index}`);
    });
    await assert.rejects(run, /task 1$/);
    assert.ok(started.length <= 5, started.join());
  });

  it('stops when told to, after what is under way, with the reason given', async () => {
    const stop = new AbortController();
    const finished: number[] = [];
    const run = forEachBounded(100, { concurrency: 2, signal: stop.signal }, async (index) => {
      if (index === 4) stop.abort(new Error('enough'));
      await turn();
      finished.push(index);
    });
    await assert.rejects(run, /enough/);
    assert.ok(finished.includes(4) && finished.length <= 6);
  });

  it('is done at once with nothing to do', async () => {
    await forEachBounded(0, { concurrency: 5 }, () => Promise.reject(new Error('never')));
  });
});
