import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'mocha';
import { fallsBehind, lossesAtRungs, rungsBelow, rungsFrom } from '../../../src/engine/sweeps/hyperband.ts';
import { JournalFollower } from '../../../src/engine/sweeps/journal-follower.ts';

describe('hyperband', () => {
  it("judges where W&B's documentation says", () => {
    assert.deepEqual(rungsFrom(3, 3, 100), [3, 9, 27, 81]);
    assert.deepEqual(rungsBelow(27, 2, 3), [3, 9]);
  });

  it('counts the best value up to each rung that was reached, and a value that is no number as the worst', () => {
    assert.deepEqual(lossesAtRungs([1, 2, 4], [3, 1, 2]), { 1: 3, 2: 1 });
    assert.deepEqual(lossesAtRungs([1], [Number.NaN]), { 1: Number.MAX_VALUE });
  });

  it('lets one in eta go on, once there are eta trials to compare', () => {
    const at = (loss: number) => ({ train: { 3: loss } });
    const hyperband = { eta: 3, rungs: [3, 9] };
    assert.equal(fallsBehind(hyperband, at(9), [at(1)]), null);
    assert.equal(
      fallsBehind(hyperband, at(2), [at(1), at(3)]),
      'train was number 2 of 3 after 3 reports; the best 1 go on',
    );
    assert.equal(fallsBehind(hyperband, at(0.5), [at(1), at(3)]), null);
    assert.equal(fallsBehind(hyperband, at(2), [at(1), at(3), at(4)]), null, 'two of four go on');
    assert.equal(fallsBehind(hyperband, {}, [at(1), at(3), at(4)]), null);
  });
});

describe('a follower of a journal', () => {
  it('gives each logged value once, whole lines only, from a file that may not exist yet', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'journal-test-'));
    try {
      const file = path.join(folder, 'run.jsonl');
      const follower = new JournalFollower(file);
      assert.deepEqual(follower.take('loss'), []);
      appendFileSync(file, '{"type":"start"}\n{"type":"log","step":1,"values":{"loss":0.5}}\n{"type":"log","st');
      assert.deepEqual(follower.take('loss'), [0.5]);
      appendFileSync(file, 'ep":2,"values":{"loss":"NaN","other":1}}\n{"type":"log","step":3,"values":{"other":1}}\n');
      assert.deepEqual(follower.take('loss'), [Number.NaN]);
      assert.deepEqual(follower.take('loss'), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
