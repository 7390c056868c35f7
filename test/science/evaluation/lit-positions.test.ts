import assert from 'node:assert/strict';
import { countLit, litPositions, normalisedDifference } from '../../../src/science/evaluation/lit-positions.ts';

describe('lit positions (Fig. 4)', () => {
  it('divides absolute differences by the largest', () => {
    assert.deepEqual([...normalisedDifference([1, 0, 4, 2], [3, 0, 0, 2])], [0.5, 0, 1, 0]);
    assert.deepEqual([...normalisedDifference([1, 2], [1, 2])], [0, 0]);
    assert.throws(() => normalisedDifference([1], [1, 2]), RangeError);
  });

  it('counts what is above the threshold, not what equals it', () => {
    // Differences 2, 0, 4, 3 of at most 4.
    assert.equal(countLit([1, 1, 0, 5], [3, 1, 4, 2], 0.5), 2);
    assert.equal(countLit([1, 2], [1, 2], 0), 0);
  });

  it('means over all pairs of a class, and over all pairs of different classes', () => {
    // Differences: rows 0-1 (class 0): [0, 4] -> one lit. Rows 2-3 (class 1): equal -> none.
    // Across: 0-2 and 0-3: [2, 2] -> two; 1-2 and 1-3: [2, 2] -> two.
    const features = Float32Array.from([0, 0, 0, 4, 2, 2, 2, 2]);
    assert.deepEqual(litPositions(features, [0, 0, 1, 1], 3, 0.5), { same: [1, 0, null], different: 2 });
    assert.deepEqual(litPositions(Float32Array.from([1, 2]), [0], 1, 0.5), { same: [null], different: null });
    assert.throws(() => litPositions(features, [5, 5, 1, 1], 3, 0.5), RangeError);
  });
});
