import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contentDifference, heatMap, perceptualDifference } from '../../../src/science/evaluation/differences.ts';

const pixels = (length: number) =>
  fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });

describe('differences of pictures', () => {
  it('are the Euclidean norm, of pixels (Eq. 21) and of feature maps (Eq. 20)', () => {
    // 3-4-5, and 1 + 4 + 4 = 9.
    for (const difference of [contentDifference, perceptualDifference]) {
      assert.equal(difference([1, 1, 0], [4, 1, 4]), 5);
      assert.equal(difference(Float32Array.of(0, 0, 0), Float32Array.of(-1, 2, -2)), 3);
      assert.equal(difference([0.5, -0.5], [0.5, -0.5]), 0);
    }
  });

  it('as a heat map are squared and summed over the channels of each pixel (Eq. 22)', () => {
    // Two pixels of three channels: (1, -2, 0) and (0, 0.5, 0.5).
    assert.deepEqual([...heatMap([0, 1, 0, 1, 0, -1], [1, -1, 0, 1, 0.5, -0.5], 3)], [5, 0.5]);
    assert.deepEqual([...heatMap([0, 1, 0], [1, -1, 0], 1)], [1, 4, 0]);
  });

  it('are symmetric, and the heat map adds up to the square of the content difference', () => {
    fc.assert(
      fc.property(pixels(12), pixels(12), fc.constantFrom(1, 2, 3), (a, b, channels) => {
        assert.equal(contentDifference(a, b), contentDifference(b, a));
        const sum = heatMap(a, b, channels).reduce((total, value) => total + value, 0);
        assert.ok(Math.abs(sum - contentDifference(a, b) ** 2) <= 1e-5 * Math.max(1, sum));
      }),
    );
  });

  it('refuse pictures of different sizes, and halves of pixels', () => {
    assert.throws(() => contentDifference([1], [1, 2]), /found 1 and 2 numbers/);
    assert.throws(() => perceptualDifference([1, 2], [1]), /found 2 and 1 numbers/);
    assert.throws(() => heatMap([1], [1, 2], 1), /found 1 and 2 numbers/);
    assert.throws(() => heatMap([1, 2, 3, 4], [1, 2, 3, 4], 3), /whole pixels of 3 channels, found 4 numbers/);
  });
});
