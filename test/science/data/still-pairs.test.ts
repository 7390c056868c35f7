import assert from 'node:assert/strict';
import { rowsInMemory } from '../../../src/science/data/prepared/picture-rows.ts';
import { asPeaks, chosen, easyPictures, pairByClass } from '../../../src/science/data/still-pairs.ts';
import type { StillSet } from '../../../src/science/data/stills.ts';
import { createRandom } from '../../../src/base/random.ts';
import { pixelsOf } from './pictures/pixels.ts';

/** Pictures of one pixel, whose value is the picture's row. */
function stills(labels: number[]): StillSet {
  return {
    size: { height: 1, width: 1, channels: 1 },
    classes: ['a', 'b', 'c'],
    labels: Uint8Array.from(labels),
    subjects: labels.map((_, row) => `s${row}`),
    ids: labels.map((_, row) => `${row}.png`),
    pictures: rowsInMemory(Uint8Array.from(labels.keys()), 1),
  };
}

describe('pictures without sequences', () => {
  it('are peaks of which none has a weak frame', () => {
    const pairs = asPeaks(stills([0, 1]));
    assert.deepEqual([...pixelsOf(pairs.peaks)], [0, 1]);
    assert.equal(pairs.weakSequence.length, 0);
  });

  it('are easy where the classifier is surest, class by class, at least one of each that there is', () => {
    const set = stills([0, 0, 0, 0, 1, 1]);
    assert.deepEqual(easyPictures(set, [0.1, 0.9, 0.5, 0.9, 0.01, 0.02], 0.5), [1, 3, 5]);
    assert.deepEqual(easyPictures(set, [0.5, 0.5, 0.5, 0.5, 0.3, 0.3], 0.1), [0, 4]);
  });

  it('are paired with a peak of their class; without one they are left out', () => {
    const peaks = chosen(stills([0, 1, 0, 2]), [0, 1, 2]);
    const pairs = pairByClass(stills([0, 1, 2, 0]), peaks, createRandom(1));
    assert.deepEqual([...pixelsOf(pairs.weaks)], [0, 1, 3]);
    assert.equal(pairs.weakSequence[1], 1);
    for (const at of [0, 2]) assert.equal(pairs.labels[pairs.weakSequence[at]!], 0);
    assert.throws(() => pairByClass(stills([2]), peaks, createRandom(1)), /no weak picture has a peak of its class/);
  });
});
