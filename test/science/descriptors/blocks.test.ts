import assert from 'node:assert/strict';
import { forEachBlock, type Pictures } from '../../../src/science/descriptors/blocks.ts';
import { describeEoh } from '../../../src/science/descriptors/eoh.ts';
import { describeLbp } from '../../../src/science/descriptors/lbp.ts';
import { describeLpq } from '../../../src/science/descriptors/lpq.ts';
import { createRandom } from '../../../src/base/random.ts';
import { noise, painted, pictures } from './pictures.ts';

const DESCRIPTORS = [
  { name: 'LBP', describe: describeLbp, bins: 59, least: [10, 11] },
  { name: 'LPQ', describe: describeLpq, bins: 256, least: [12, 13] },
  { name: 'EOH', describe: describeEoh, bins: 8, least: [8, 9] },
] as const;

describe('blocks', () => {
  it('cover every pixel once and differ by one pixel at most', () => {
    const seen = new Uint8Array(28 * 28);
    const sizes = new Set<number>();
    forEachBlock({ height: 28, width: 28 }, { rows: 7, columns: 6 }, (_, top, bottom, left, right) => {
      sizes.add(right - left);
      assert.equal(bottom - top, 4);
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) seen[y * 28 + x]!++;
    });
    assert.ok(seen.every((count) => count === 1));
    assert.deepEqual([...sizes].sort(), [4, 5]);
  });
});

for (const { name, describe: compute, bins, least } of DESCRIPTORS) {
  describe(`${name} over blocks`, () => {
    const random = createRandom(5);
    const [width, height] = least;

    it('has the same length for pictures of any size, and describes each by itself', () => {
      const first = noise(random, 32, 32);
      const second = noise(random, 32, 32);
      const both = compute(pictures(first, second));
      assert.equal(both.length, 2 * 42 * bins);
      assert.deepEqual(both.subarray(0, 42 * bins), compute(pictures(first)));
      assert.deepEqual(both.subarray(42 * bins), compute(pictures(second)));
      assert.equal(compute(pictures(noise(random, 48, 40))).length, 42 * bins);
      assert.equal(compute({ size: { height: 32, width: 32, channels: 1 }, pictures: new Uint8Array() }).length, 0);
    });

    it('changes only in the blocks that see a change', () => {
      const before = noise(random, 48, 48);
      const after = { ...before, values: before.values.slice() };
      after.values[0] = (after.values[0]! + 128) % 256;
      after.values[48] = (after.values[48]! + 128) % 256;
      after.values[1] = (after.values[1]! + 128) % 256;
      const [a, b] = [compute(pictures(before)), compute(pictures(after))];
      assert.notDeepEqual(a.subarray(0, bins), b.subarray(0, bins));
      assert.deepEqual(a.subarray(bins), b.subarray(bins));
    });

    it('sees a colour picture as its luma', () => {
      const grey = painted(32, 32, (x, y) => (x * x + 3 * y) % 250);
      const coloured: Pictures = {
        size: { height: 32, width: 32, channels: 3 },
        pictures: Uint8Array.from([...grey.values].flatMap((value) => [value, value, value])),
      };
      assert.deepEqual(compute(coloured), compute(pictures(grey)));
    });

    it('works down to one pixel a block and then says which size it needs', () => {
      const smallest = compute(pictures(noise(random, width, height)));
      assert.equal(smallest.length, 42 * bins);
      assert.ok(smallest.every(Number.isFinite));
      assert.throws(() => compute(pictures(noise(random, width - 1, height))), {
        name: 'DataError',
        message:
          `descriptor ${name}, 6 x 7 blocks: expected pictures at least ${width} pixels wide and ${height} high, ` +
          `found ${width - 1} x ${height}. Prepare larger pictures or choose fewer blocks.`,
      });
    });

    it('refuses bytes that are no whole pictures, and grids that are none', () => {
      const size = { height: 32, width: 32, channels: 1 } as const;
      assert.throws(() => compute({ size, pictures: new Uint8Array(1000) }), RangeError);
      const grid = { rows: 0, columns: 6 };
      assert.throws(() => compute(pictures(noise(random, 32, 32)), { grid, bins: 8 }), RangeError);
    });
  });
}

describe('histograms of codes', () => {
  it('sum to one in every block', () => {
    const set = pictures(noise(createRandom(8), 33, 31));
    for (const [features, bins] of [
      [describeLbp(set), 59],
      [describeLpq(set), 256],
    ] as const) {
      for (let block = 0; block < 42; block++) {
        const sum = features.subarray(block * bins, (block + 1) * bins).reduce((total, share) => total + share, 0);
        assert.ok(Math.abs(sum - 1) < 1e-6);
      }
    }
  });
});
