import assert from 'node:assert/strict';
import { tsne } from '../../../src/science/analysis/tsne.ts';
import { createRandom } from '../../../src/base/random.ts';

/** Three groups of points in five dimensions, far from each other. */
function groups(perGroup: number): Float32Array {
  const random = createRandom(3);
  return Float32Array.from({ length: 3 * perGroup * 5 }, (_, at) => {
    const group = Math.floor(at / 5 / perGroup);
    return (at % 5 === group ? 10 : 0) + random.normal();
  });
}

describe('t-SNE', () => {
  const perGroup = 12;
  const count = 3 * perGroup;
  const layOut = () => tsne(groups(perGroup), count, { perplexity: 5, iterations: 400, random: createRandom(1) });

  it('keeps groups together: the nearest neighbour of every point is of its group', () => {
    const y = layOut();
    for (let a = 0; a < count; a++) {
      let [nearest, distance] = [-1, Infinity];
      for (let b = 0; b < count; b++) {
        const squared = (y[2 * a]! - y[2 * b]!) ** 2 + (y[2 * a + 1]! - y[2 * b + 1]!) ** 2;
        if (b !== a && squared < distance) [nearest, distance] = [b, squared];
      }
      assert.equal(Math.floor(nearest / perGroup), Math.floor(a / perGroup), `point ${a}`);
    }
  });

  it('gives finite, centred coordinates, the same bits each time', () => {
    const y = layOut();
    assert.ok(y.every(Number.isFinite));
    for (const axis of [0, 1]) {
      const mean = y.filter((_, at) => at % 2 === axis).reduce((sum, value) => sum + value, 0) / count;
      assert.ok(Math.abs(mean) < 1e-9);
    }
    assert.deepEqual(layOut(), y);
  });

  it('stands equal points, and refuses too few', () => {
    const equal = tsne(new Float32Array(20), 10, { perplexity: 3, iterations: 20, random: createRandom(1) });
    assert.ok(equal.every(Number.isFinite));
    assert.throws(() => tsne(new Float32Array(9), 3, { perplexity: 1, iterations: 1, random: createRandom(1) }));
  });
});
