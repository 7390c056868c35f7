import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { drawsFrom } from '../../../src/engine/sweeps/random.ts';
import { type Proposal, randomProposal, type Space } from '../../../src/engine/sweeps/space.ts';
import { type Observation, tpeProposal } from '../../../src/engine/sweeps/tpe.ts';

/** A function with known minimum, over a space. */
interface Problem {
  readonly space: Space;
  readonly loss: (values: Proposal['values']) => number;
}

/** Branin's function: three minima, each 0.397887. */
const branin: Problem = {
  space: [
    { key: 'x', distribution: { kind: 'uniform', min: -5, max: 10 }, at: null },
    { key: 'y', distribution: { kind: 'uniform', min: 0, max: 15 }, at: null },
  ],
  loss({ x, y }) {
    const [u, v] = [x as number, y as number];
    const bowl = v - (5.1 * u * u) / (4 * Math.PI ** 2) + (5 * u) / Math.PI - 6;
    return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(u) + 10;
  },
};

/** A bowl in logarithms, in one of four categories. */
const bowl: Problem = {
  space: [
    {
      key: 'kind',
      distribution: { kind: 'categorical', values: ['a', 'b', 'c', 'd'], probabilities: [0.25, 0.25, 0.25, 0.25] },
      at: null,
    },
    { key: 'rate', distribution: { kind: 'log_uniform_values', min: 1e-5, max: 1 }, at: null },
    { key: 'units', distribution: { kind: 'int_uniform', min: 1, max: 64 }, at: null },
  ],
  loss: ({ kind, rate, units }) =>
    (kind === 'c' ? 0 : 2) + Math.log10((rate as number) / 1e-3) ** 2 + (((units as number) - 40) / 20) ** 2,
};

const trials = 40;

function bestBy(strategy: typeof tpeProposal, { space, loss }: Problem, seed: number): number {
  const draw = drawsFrom(seed);
  const observations: Observation[] = [];
  for (let index = 0; index < trials; index++) {
    const { values, point } = strategy(space, observations, index, draw);
    observations.push({ point, loss: loss(values) });
  }
  return Math.min(...observations.map((one) => one.loss ?? Infinity));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const seeds = Array.from({ length: 15 }, (_, seed) => seed);

describe('the Parzen estimator', () => {
  for (const [name, problem] of Object.entries({ branin, 'a bowl with categories': bowl })) {
    it(`gets nearer than random search to the minimum of ${name}, in most of ${seeds.length} seeds`, () => {
      const tpe = seeds.map((seed) => bestBy(tpeProposal, problem, seed));
      const random = seeds.map((seed) =>
        bestBy((space, _, index, draw) => randomProposal(space, index, draw), problem, seed),
      );
      const wins = tpe.filter((loss, seed) => loss < (random[seed] ?? 0)).length;
      assert.ok(wins > seeds.length * 0.6, `${wins} wins; medians ${median(tpe)} and ${median(random)}`);
      assert.ok(median(tpe) < median(random), `medians ${median(tpe)} and ${median(random)}`);
    });
  }

  it('proposes the same for the same seed and the same results', () => {
    assert.equal(bestBy(tpeProposal, branin, 3), bestBy(tpeProposal, branin, 3));
  });

  it('does not try a combination again while others are left', () => {
    const space: Space = [{ key: 'n', distribution: { kind: 'int_uniform', min: 1, max: 12 }, at: null }];
    const tried = Array.from({ length: 11 }, (_, at): Observation => ({ point: { n: (at + 0.5) / 12 }, loss: at }));
    assert.equal(tpeProposal(space, tried, 11, drawsFrom(1)).values['n'], 12);
  });

  it('keeps away from trials that failed', () => {
    const space: Space = [{ key: 'x', distribution: { kind: 'uniform', min: 0, max: 1 }, at: null }];
    const observations = Array.from({ length: 30 }, (_, at): Observation => {
      const x = (at + 0.5) / 30;
      return { point: { x }, loss: x > 0.5 ? Infinity : 1 };
    });
    const proposals = Array.from(
      { length: 20 },
      (_, at) => tpeProposal(space, observations, 30 + at, drawsFrom(2)).values['x'] as number,
    );
    assert.ok(proposals.filter((x) => x < 0.5).length >= 15, proposals.join(' '));
  });
});
