import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FileClock } from '../../../src/base/locks/file-clock.ts';

interface World {
  /** What the file system's clock says; null: nothing can be written. */
  time: number | null;
  /** Ms for which this machine was awake. */
  elapsed: number;
  writes: number;
}

function world(): { state: World; clock: FileClock } {
  const state: World = { time: 1_000_000, elapsed: 0, writes: 0 };
  const write = (): number | null => {
    state.writes++;
    return state.time;
  };
  return { state, clock: new FileClock(write, () => state.elapsed) };
}

describe('the clock of a file system', () => {
  it('is read from a file that is written, not more than once a second', () => {
    const { state, clock } = world();
    assert.equal(clock.now(), 1_000_000);
    state.elapsed = 500;
    assert.equal(clock.now(), 1_000_500);
    assert.equal(state.writes, 1);
    [state.elapsed, state.time] = [1000, 1_001_020];
    assert.equal(clock.now(), 1_001_020);
    assert.equal(state.writes, 2);
  });

  for (const [what, jumped] of [
    ['this machine slept', 5_000_000],
    ['it was set back', 10],
  ] as const) {
    it(`tells nothing for a while after ${what}`, () => {
      const { state, clock } = world();
      clock.now();
      [state.elapsed, state.time] = [2000, jumped];
      assert.equal(clock.now(), null);
      [state.elapsed, state.time] = [31_000, jumped + 29_000];
      assert.equal(clock.now(), null);
      [state.elapsed, state.time] = [33_000, jumped + 31_000];
      assert.equal(clock.now(), jumped + 31_000);
    });
  }

  it('is the clock of this machine where no file can be written', () => {
    const { state, clock } = world();
    state.time = null;
    const before = Date.now();
    assert.ok((clock.now() ?? 0) >= before);
  });
});
