import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Distribution, enumerate, sampleAt } from '../../../src/engine/sweeps/distributions.ts';
import { betaQuantile, betaShare, normalQuantile } from '../../../src/engine/sweeps/quantiles.ts';
import { drawsFrom } from '../../../src/engine/sweeps/random.ts';
import { gridProposal, gridSize, randomProposal, type Space } from '../../../src/engine/sweeps/space.ts';

const range = { min: 0.001, max: 10 };
const numeric: readonly Exclude<Distribution, { kind: 'constant' | 'categorical' }>[] = [
  { kind: 'int_uniform', min: -2, max: 7 },
  { kind: 'uniform', ...range },
  { kind: 'q_uniform', min: 0, max: 1, q: 0.1 },
  { kind: 'log_uniform_values', ...range },
  { kind: 'inv_log_uniform_values', ...range },
  { kind: 'q_log_uniform_values', min: 1, max: 100, q: 5 },
  { kind: 'normal', mu: 3, sigma: 2 },
  { kind: 'q_normal', mu: 3, sigma: 2, q: 0.5 },
  { kind: 'log_normal', mu: 0, sigma: 1 },
  { kind: 'beta', a: 2, b: 5 },
];

const draws = (distribution: Distribution, count = 2000): unknown[] => {
  const draw = drawsFrom(5);
  return Array.from({ length: count }, (_, at) => sampleAt(distribution, draw('test', at)).value);
};

describe('the distributions of a sweep', () => {
  for (const distribution of numeric) {
    it(`${distribution.kind} rises with its position, keeps its bounds, and gives a value again by its position`, () => {
      const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
      fc.assert(
        fc.property(share, share, (one, other) => {
          const [low, high] = [
            sampleAt(distribution, Math.min(one, other)),
            sampleAt(distribution, Math.max(one, other)),
          ];
          assert.ok((low.value as number) <= (high.value as number));
          assert.deepEqual(sampleAt(distribution, low.position), low);
          assert.ok(low.position > 0 && high.position < 1);
          if ('min' in distribution)
            assert.ok((low.value as number) >= distribution.min && (high.value as number) <= distribution.max);
        }),
      );
    });
  }

  it('have the medians that their formulas say', () => {
    const median = (distribution: Distribution): unknown => sampleAt(distribution, 0.5).value;
    assert.equal(median({ kind: 'uniform', min: 0, max: 10 }), 5);
    assert.ok(Math.abs((median({ kind: 'log_uniform_values', min: 2e-4, max: 2e-2 }) as number) - 2e-3) < 1e-7);
    assert.ok(Math.abs((median({ kind: 'normal', mu: 3, sigma: 2 }) as number) - 3) < 1e-4);
    assert.ok(Math.abs((median({ kind: 'log_normal', mu: 0, sigma: 1 }) as number) - 1) < 1e-4);
  });

  it('int_uniform draws every number equally often, both ends included', () => {
    const values = draws({ kind: 'int_uniform', min: 1, max: 4 });
    for (const value of [1, 2, 3, 4]) {
      const share = values.filter((one) => one === value).length / values.length;
      assert.ok(Math.abs(share - 0.25) < 0.04, `${value}: ${share}`);
    }
  });

  it('q_uniform draws multiples of q without the dust of binary fractions', () => {
    assert.deepEqual(
      [...new Set(draws({ kind: 'q_uniform', min: 0, max: 0.5, q: 0.1 }))].sort(),
      [0, 0.1, 0.2, 0.3, 0.4, 0.5],
    );
  });

  it('categories come as often as their probabilities say, and those with none never', () => {
    const values = draws({ kind: 'categorical', values: ['a', 'b', 'c'], probabilities: [0.8, 0, 0.2] });
    assert.ok(Math.abs(values.filter((one) => one === 'a').length / values.length - 0.8) < 0.04);
    assert.ok(!values.includes('b'));
  });

  it('normal and beta quantiles are what tables say, and invert their shares', () => {
    assert.ok(Math.abs(normalQuantile(0.975) - 1.959963985) < 1e-8);
    assert.ok(Math.abs(normalQuantile(0.01) + 2.326347874) < 1e-8);
    // The median of beta(2, 2) is 1/2; beta(1, 3) has the closed form 1 - (1 - p)^(1/3).
    assert.ok(Math.abs(betaQuantile(0.5, 2, 2) - 0.5) < 1e-9);
    assert.ok(Math.abs(betaQuantile(0.3, 1, 3) - (1 - 0.7 ** (1 / 3))) < 1e-9);
    assert.ok(Math.abs(betaShare(betaQuantile(0.123, 0.5, 3.5), 0.5, 3.5) - 0.123) < 1e-9);
  });
});

describe('the space of a sweep', () => {
  const space: Space = [
    { key: 'a', distribution: { kind: 'categorical', values: ['x', 'y'], probabilities: [0.5, 0.5] }, at: null },
    { key: 'b', distribution: { kind: 'constant', value: 7 }, at: null },
    { key: 'c', distribution: { kind: 'int_uniform', min: 1, max: 3 }, at: null },
  ];

  it('as a grid has every combination once, the last parameter varying fastest', () => {
    assert.equal(gridSize(space), 6);
    const all = Array.from({ length: 6 }, (_, at) => gridProposal(space, at)?.values);
    assert.deepEqual(all.slice(0, 4), [
      { a: 'x', b: 7, c: 1 },
      { a: 'x', b: 7, c: 2 },
      { a: 'x', b: 7, c: 3 },
      { a: 'y', b: 7, c: 1 },
    ]);
    assert.equal(new Set(all.map((values) => JSON.stringify(values))).size, 6);
    assert.equal(gridProposal(space, 6), null);
  });

  it('counts what can be counted only', () => {
    assert.equal(enumerate({ kind: 'uniform', min: 0, max: 1 }), null);
    assert.deepEqual(
      enumerate({ kind: 'q_uniform', min: 0.1, max: 0.3, q: 0.1 })?.map(({ value }) => value),
      [0.1, 0.2, 0.3],
    );
  });

  it('draws the same trial for the same seed and number, whatever else is drawn or added', () => {
    const draw = drawsFrom(3);
    const seventh = randomProposal(space, 7, draw);
    assert.deepEqual(randomProposal(space, 7, drawsFrom(3)), seventh);
    const larger: Space = [{ key: '0', distribution: { kind: 'uniform', min: 0, max: 1 }, at: null }, ...space];
    assert.deepEqual({ ...randomProposal(larger, 7, draw).values, 0: undefined }, { ...seventh.values, 0: undefined });
    const trials = (seed: number): string =>
      JSON.stringify(Array.from({ length: 9 }, (_, at) => randomProposal(space, at, drawsFrom(seed)).values));
    assert.notEqual(trials(3), trials(4));
  });
});
