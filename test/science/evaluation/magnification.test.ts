import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isUnmoved, movement, remaining, shareOfWay } from '../../../src/science/evaluation/magnification.ts';

const WEAK = [0, 0, 0.5, -0.5];
const PEAK = [1, 0, 0.5, -1];

describe('the measures of a magnification', () => {
  it('are worked out by hand for two pictures of two numbers', () => {
    // The way is (1, 0) and (0, -0.5); what was made of them goes (0.5, 0.1) and (0, 0.25).
    const found = movement(WEAK, [0.5, 0.1, 0.5, -0.25], PEAK, 2);
    assert.deepEqual(found, {
      pictures: 2,
      toPeak: { before: 1.25 / 4, after: Number(((0.25 + 0.01 + 0.5625) / 4).toPrecision(9)) },
      moved: (0.25 + 0.01 + 0.0625) / 4,
      along: (0.5 - 0.125) / 4,
    });
    assert.ok(Math.abs(remaining(found) - 0.658) < 1e-9);
    assert.ok(Math.abs(shareOfWay(found) - 0.3) < 1e-9);
    assert.equal(isUnmoved(found), false);
  });

  it('tell a picture that is left as it was from the peak itself', () => {
    const left = movement(WEAK, WEAK, PEAK, 2);
    assert.deepEqual([remaining(left), shareOfWay(left), isUnmoved(left)], [1, 0, true]);
    const whole = movement(WEAK, PEAK, PEAK, 2);
    assert.deepEqual([remaining(whole), shareOfWay(whole), isUnmoved(whole)], [0, 1, false]);
  });

  it('agree with each other: what is left follows from what moved and how far along the way', () => {
    const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(numbers, numbers, numbers, (weak, made, peak) => {
        const { toPeak, moved, along } = movement(weak, made, peak, 3);
        assert.ok(Math.abs(toPeak.after - (toPeak.before - 2 * along + moved)) < 1e-6);
      }),
    );
  });

  it('refuse sets that do not fit together', () => {
    assert.throws(() => movement([], [], [], 2), /expected three sets of as many pictures of 2 numbers/);
    assert.throws(() => movement(WEAK, WEAK, [1, 2], 2), /found 4, 4 and 2 numbers/);
    assert.throws(() => movement([1, 2, 3], [1, 2, 3], [1, 2, 3], 2), RangeError);
  });
});
