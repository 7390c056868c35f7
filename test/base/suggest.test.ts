import assert from 'node:assert/strict';
import { distance } from 'fastest-levenshtein';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { closest, editDistance, sameBeginning, suggestion } from '../../src/base/suggest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 7 });

describe('suggestions', () => {
  it('finds the word that was meant when two letters of a short one are swapped', () => {
    const stages = ['prepare', 'train', 'eval', 'tables'];
    assert.equal(closest('evla', stages), 'eval');
    assert.equal(closest('vela', ['eval']), null);
    assert.equal(closest('triain', stages), 'train');
    assert.equal(closest('TRAIN', stages), 'train');
    assert.equal(closest('usp', ['ups', 'cmd']), 'ups');
  });

  it('finds nothing that is far away', () => {
    assert.equal(closest('synthesize', ['prepare', 'train']), null);
    assert.equal(closest('', []), null);
    assert.equal(suggestion('zzz', ['prepare', 'train']), 'known: prepare, train');
    assert.equal(suggestion('zzz', []), undefined);
  });

  it('knows an abbreviation by its beginning when only one word has it', () => {
    assert.equal(sameBeginning('outputs', ['outs', 'deps']), 'outs');
    assert.equal(sameBeginning('params', ['parameters', 'params']), null);
  });

  it('counts edits: published examples', () => {
    assert.equal(editDistance('kitten', 'sitting'), 3);
    // The restricted distance of these is 3, the unrestricted one 2.
    assert.equal(editDistance('ca', 'abc'), 3);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(editDistance('abc', ''), 3);
  });

  it('counts edits alike both ways, at most as many as without swaps, and one for a swap', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        const found = editDistance(one, other);
        assert.equal(found, editDistance(other, one));
        assert.ok(found <= distance(one, other));
        assert.ok(found >= distance(one, other) / 2, 'a swap replaces two edits at most');
        assert.equal(found === 0, one === other);
      }),
    );
    fc.assert(
      fc.property(word, word, (before, after) => {
        assert.equal(editDistance(`${before}xy${after}`, `${before}yx${after}`), 1);
      }),
    );
  });
});
