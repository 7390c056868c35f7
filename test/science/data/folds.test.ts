import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Sequence } from '../../../src/science/data/corpus.ts';
import { assignFolds } from '../../../src/science/data/folds.ts';
import { createRandom } from '../../../src/base/random.ts';
import { dataErrorOf } from './rig.ts';

function sequence(subject: string, label: string, id: number): Sequence {
  return { corpus: subject.slice(0, 1), id: String(id), subject, label, frames: [] };
}

/** Sequences of 8 or more subjects from two corpora, with between one and many sequences each. */
const corpora = fc
  .array(fc.array(fc.constantFrom('anger', 'fear', 'happiness'), { minLength: 1, maxLength: 9 }), {
    minLength: 8,
    maxLength: 40,
  })
  .map((subjects) => {
    let id = 0;
    return subjects.flatMap((labels, i) => labels.map((label) => sequence(`${i % 2 ? 'a' : 'b'}${i}`, label, id++)));
  });

const options = fc.record({
  count: fc.integer({ min: 2, max: 8 }),
  by: fc.constantFrom('subject' as const, 'sequence' as const),
});

/** The corpora's counts: 80 subjects with six expressions each, beside 100 with one to four. */
function mix(): Sequence[] {
  const labels = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'];
  const random = createRandom(5);
  let id = 0;
  const one = Array.from({ length: 80 }, (_, i) => labels.map((label) => sequence(`o${i}`, label, id++)));
  const other = Array.from({ length: 100 }, (_, i) =>
    random
      .shuffle(labels)
      .slice(0, 1 + random.integer(4))
      .map((label) => sequence(`c${i}`, label, id++)),
  );
  return [...one, ...other].flat();
}

describe('folds', () => {
  it('take every sequence once, none empty, and no subject twice', () => {
    fc.assert(
      fc.property(corpora, options, fc.integer(), (sequences, { count, by }, seed) => {
        const folds = assignFolds(sequences, { count, by }, createRandom(seed));
        assert.equal(folds.length, sequences.length);
        assert.deepEqual(
          [...new Set(folds)].sort(),
          Array.from({ length: count }, (_, i) => i),
        );
        if (by === 'sequence') return;
        const foldOf = new Map<string, number>();
        sequences.forEach(({ subject }, i) => {
          assert.equal(foldOf.get(subject) ?? folds[i], folds[i]);
          foldOf.set(subject, folds[i]!);
        });
      }),
    );
  });

  it('differ in size by less than the largest subject and a bit', () => {
    fc.assert(
      fc.property(corpora, fc.integer({ min: 2, max: 5 }), (sequences, count) => {
        const folds = assignFolds(sequences, { count, by: 'subject' }, createRandom(1));
        const sizes = Array.from({ length: count }, (_, fold) => folds.filter((other) => other === fold).length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 2 * 9, sizes.join());
      }),
    );
  });

  it("are balanced in size, classes and corpora on a mix like the paper's", () => {
    const sequences = mix();
    for (const seed of [1, 2, 3]) {
      const folds = assignFolds(sequences, { count: 5, by: 'subject' }, createRandom(seed));
      const spread = (fits: (sequence: Sequence) => boolean) => {
        const sizes = [0, 1, 2, 3, 4].map((fold) => sequences.filter((s, i) => folds[i] === fold && fits(s)).length);
        return Math.max(...sizes) - Math.min(...sizes);
      };
      assert.ok(spread(() => true) <= 3);
      assert.ok(spread(({ corpus }) => corpus === 'o') <= 6);
      for (const label of ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise']) {
        assert.ok(spread((s) => s.label === label) <= 4, label);
      }
    }
  });

  it('are the same for the same seed and others for another', () => {
    const sequences = mix();
    const deal = (seed: number) => assignFolds(sequences, { count: 5, by: 'subject' }, createRandom(seed));
    assert.deepEqual(deal(1), deal(1));
    assert.notDeepEqual(deal(1), deal(2));
  });

  it('may split subjects only when dealt by sequence', () => {
    const sequences = ['anger', 'fear', 'anger', 'fear'].map((label, id) => sequence('a', label, id));
    assert.deepEqual([...assignFolds(sequences, { count: 2, by: 'sequence' }, createRandom(1))].sort(), [0, 0, 1, 1]);
  });

  it('are refused where there are too few subjects, or fewer than two folds', async () => {
    const sequences = ['a', 'a', 'b'].map((subject, id) => sequence(subject, 'fear', id));
    const deal = (count: number) =>
      dataErrorOf(() => assignFolds(sequences, { count, by: 'subject' }, createRandom(1)));
    assert.match(await deal(3), /expected at least 3 subjects, one a fold, found 2/);
    assert.match(await deal(1), /expected a whole number from 2, found 1/);
  });
});
