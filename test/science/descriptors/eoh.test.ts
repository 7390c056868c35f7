import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeEoh, sobelGradients } from '../../../src/science/descriptors/eoh.ts';
import { createRandom } from '../../../src/base/random.ts';
import { mapped, noise, painted, pictures, plane } from './pictures.ts';

const ONE_BLOCK = { grid: { rows: 1, columns: 1 }, bins: 8 };

describe('edge orientation histograms', () => {
  it('has the gradients that Sobel’s masks give by hand', () => {
    const { right, down } = sobelGradients(
      plane([
        [1, 2, 3],
        [4, 5, 6],
        [9, 7, 8],
      ]),
    );
    // (3 + 2*6 + 8) - (1 + 2*4 + 9) and (9 + 2*7 + 8) - (1 + 2*2 + 3).
    assert.deepEqual([[...right.values], [...down.values]], [[5], [23]]);
  });

  it('puts an edge of each orientation into its own bin, dark to bright or bright to dark', () => {
    for (let bin = 0; bin < 8; bin++) {
      for (const sign of [1, -1]) {
        const angle = (bin * Math.PI) / 8;
        const ramp = painted(16, 16, (x, y) =>
          Math.round(128 + sign * 6 * ((x - 7) * Math.cos(angle) + (y - 7) * Math.sin(angle))),
        );
        const histogram = [...describeEoh(pictures(ramp), ONE_BLOCK)];
        assert.equal(histogram.indexOf(Math.max(...histogram)), bin);
        assert.ok(histogram[bin]! > 0.99);
      }
    }
  });

  it('weighs pixels by the length of their gradients', () => {
    const upright = describeEoh(pictures(painted(4, 3, (x) => [0, 0, 10, 10][x]!)), ONE_BLOCK);
    assert.deepEqual([...upright], [1, 0, 0, 0, 0, 0, 0, 0]);
    // Equally long gradients at 72 and 108 degrees, nearest to the third and the fifth multiple of 22.5 degrees.
    const corner = painted(4, 3, (x, y) => (y === 2 && (x === 1 || x === 2) ? 10 : 0));
    const { right, down } = sobelGradients(corner);
    assert.deepEqual([...right.values, ...down.values], [10, -10, 30, 30]);
    const shares = describeEoh(pictures(corner), ONE_BLOCK);
    const half = Math.fround(Math.SQRT1_2);
    assert.deepEqual([...shares], [0, 0, 0, half, 0, half, 0, 0]);
  });

  it('is zero where there is no edge', () => {
    assert.ok(describeEoh(pictures(painted(20, 20, () => 9))).every((value) => value === 0));
  });

  it('does not change with an offset, and up to rounding not with contrast', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(100), (seed, offset) => {
        const picture = noise(createRandom(seed), 12, 12, 50);
        const features = describeEoh(pictures(picture));
        assert.deepEqual(describeEoh(pictures(mapped(picture, (value) => value + offset))), features);
        const stronger = describeEoh(pictures(mapped(picture, (value) => 3 * value)));
        stronger.forEach((value, index) => assert.ok(Math.abs(value - features[index]!) < 1e-6));
      }),
    );
  });

  it('reverses its orientations in a mirror', () => {
    const picture = noise(createRandom(6), 15, 15);
    const mirrored = painted(15, 15, (x, y) => picture.values[y * 15 + 14 - x]!);
    const [ours, theirs] = [describeEoh(pictures(picture), ONE_BLOCK), describeEoh(pictures(mirrored), ONE_BLOCK)];
    for (let bin = 0; bin < 8; bin++) assert.ok(Math.abs(theirs[(8 - bin) % 8]! - ours[bin]!) < 1e-6);
  });

  it('refuses a number of bins that is none', () => {
    const set = pictures(painted(20, 20, () => 9));
    assert.throws(() => describeEoh(set, { ...ONE_BLOCK, bins: 0 }), RangeError);
  });
});
