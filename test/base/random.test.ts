import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRandom, restoreRandom, type RandomState } from '../../src/base/random.ts';

describe('random', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, () => createRandom(seed).fork('x').uniform());
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });

  it('keeps a fork independent of what was drawn before it', () => {
    const early = createRandom(3);
    const late = createRandom(3);
    for (let i = 0; i < 10; i++) late.normal();
    assert.equal(early.fork('weights').normal(), late.fork('weights').normal());
    assert.notEqual(early.fork('a').uniform(), early.fork('b').uniform());
  });

  it('gives every pair of seed and label a stream of its own', () => {
    // Once, seeds 3 and 7 met in the labels "4" and "0".
    assert.notEqual(createRandom(3).fork(4).uniform(), createRandom(7).fork(0).uniform());
    const first = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      for (let label = 0; label < 40; label++) first.add(createRandom(seed).fork(label).uniform());
    }
    assert.equal(first.size, 1600);
  });

  it('goes on from a saved state with the next number, the spare normal included', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), (seed, drawn) => {
        const random = createRandom(seed);
        for (let i = 0; i < drawn; i++) random.normal();
        const copy = restoreRandom(JSON.parse(JSON.stringify(random.state())) as RandomState);
        for (let i = 0; i < 5; i++) assert.equal(copy.normal(), random.normal());
        assert.equal(copy.fork('f').uniform(), random.fork('f').uniform());
      }),
    );
  });

  it('draws normals with mean 0, variance 1 and kurtosis 3', () => {
    const random = createRandom(11);
    const values = Array.from({ length: 200_000 }, () => random.normal());
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    assert.ok(Math.abs(moment(1)) < 0.01);
    assert.ok(Math.abs(moment(2) - 1) < 0.02);
    assert.ok(Math.abs(moment(4) - 3) < 0.1);
  });

  it('shuffles to a permutation', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, items) => {
        assert.deepEqual([...createRandom(seed).shuffle(items)].sort(), [...items].sort());
      }),
    );
  });
});
