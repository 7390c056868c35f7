import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Sequence } from '../../../src/science/data/corpus.ts';
import { pairsOf } from '../../../src/science/data/pairs.ts';
import { dataErrorOf } from './rig.ts';

function sequence(frames: number, label = 'anger', weak?: readonly number[]): Sequence {
  return {
    corpus: 'c',
    id: `c/${label}/${frames}`,
    subject: 's',
    label,
    frames: Array.from({ length: frames }, (_, i) => ({ kind: 'file', name: String(i + 1), path: String(i + 1) })),
    ...(weak === undefined ? {} : { weak }),
  };
}

const OPTIONS = { classes: ['anger'], weak: [6, 7, 8], short: 'before-apex' } as const;

function positions(frames: number, options: Parameters<typeof pairsOf>[1] = OPTIONS): readonly [number[], number] {
  const [pair] = pairsOf([sequence(frames)], options).pairs;
  return [pair!.weak.map(({ name }) => Number(name)), Number(pair!.peak.name)];
}

describe('weak and peak frames', () => {
  it('are frames 6 to 8 and the last one', () => {
    assert.deepEqual(positions(20), [[6, 7, 8], 20]);
    assert.deepEqual(positions(9), [[6, 7, 8], 9]);
  });

  it('are only those before the apex in a short sequence', () => {
    assert.deepEqual(positions(8), [[6, 7], 8]);
    assert.deepEqual(positions(7), [[6], 7]);
  });

  it('fall back to the last frame before the apex where all positions lie behind it, or are left out', () => {
    assert.deepEqual(positions(6), [[5], 6]);
    assert.deepEqual(positions(2), [[1], 2]);
    const { pairs, skipped } = pairsOf([sequence(6), sequence(9)], { ...OPTIONS, short: 'skip' });
    assert.equal(pairs.length, 1);
    assert.deepEqual(skipped, [
      { corpus: 'c', what: 'sequence', why: 'no frame at positions 6, 7, 8 before the apex', count: 1 },
    ]);
  });

  it('are those that the corpus itself names, if it does', () => {
    const [pair] = pairsOf([sequence(4, 'anger', [3, 1])], OPTIONS).pairs;
    assert.deepEqual(
      pair!.weak.map(({ name }) => name),
      ['1', '3'],
    );
  });

  it('always lie before the peak and appear once, whatever the options say', () => {
    const lists = fc.array(fc.integer({ min: -3, max: 30 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 25 }), lists, (frames, weak) => {
        const [found, peak] = positions(frames, { ...OPTIONS, weak });
        assert.equal(peak, frames);
        assert.ok(found.length > 0 && found.every((position) => position >= 1 && position < frames));
        assert.equal(new Set(found).size, found.length);
      }),
    );
  });

  it('leave out and count sequences of one frame, of none, and of other classes', () => {
    const input = [sequence(9), sequence(1), sequence(0), sequence(9, 'contempt'), sequence(8, 'contempt')];
    const { pairs, skipped } = pairsOf(input, OPTIONS);
    assert.equal(pairs.length, 1);
    assert.deepEqual(
      skipped.map(({ why, count }) => [why, count]),
      [
        ['fewer than two frames', 2],
        ['class contempt is not among the classes', 2],
      ],
    );
  });

  it('are refused when a class has none', async () => {
    const message = await dataErrorOf(() =>
      pairsOf([sequence(9), sequence(1, 'fear')], { ...OPTIONS, classes: ['anger', 'fear'] }),
    );
    assert.match(
      message,
      /expected sequences of each class, found none of fear; the corpora have anger, fear, of which 1 sequence \(fewer than two frames\) are left out/,
    );
  });
});
