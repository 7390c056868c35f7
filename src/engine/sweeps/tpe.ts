import { canonicalJson } from '../planning/fingerprint.ts';
import { categoryOf, type Sample, sampleAt } from './distributions.ts';
import { normalQuantile } from './quantiles.ts';
import type { Draw } from './random.ts';
import {
  dimensionsOf,
  type Parameter,
  type Point,
  type Proposal,
  proposalOf,
  randomProposal,
  type Space,
} from './space.ts';

/** What is known of a point. */
export interface Observation {
  readonly point: Point;
  /** Smaller is better; Infinity for a trial that failed or was stopped, null for one that is still to end. */
  readonly loss: number | null;
}

/** So many trials are drawn at random before the model is asked. */
export const startup = 8;
/** Share of the trials that count as good. */
const goodShare = 0.15;
const candidates = 32;
/** Width of a single kernel, in positions. It must not follow the spread of a few lucky trials, or these hold the search. */
const widest = 0.2;
/** Draws in search of a combination that was not tried yet. */
const searches = 200;

/**
 * The next trial by a tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for Hyper-Parameter
 * Optimization"), with kernels over all parameters at once, so that it sees which of them go together: of candidates
 * drawn like the good trials, the one that is likeliest among the good and least likely among the others.
 */
export function tpeProposal(space: Space, observations: readonly Observation[], index: number, draw: Draw): Proposal {
  const ended = observations.filter(({ loss }) => loss !== null);
  const useful = ended.filter(({ loss }) => loss !== Infinity);
  const dimensions = dimensionsOf(space);
  if (useful.length < startup || dimensions.length === 0) return randomProposal(space, index, draw);
  const sorted = [...useful].sort((a, b) => (a.loss ?? 0) - (b.loss ?? 0));
  const count = Math.ceil(goodShare * sorted.length);
  const good = new Density(dimensions, sorted.slice(0, count));
  // Trials under way count as not good: those of one round are not to be all in one place.
  const rest = observations.filter((one) => !sorted.slice(0, count).includes(one));
  const others = new Density(dimensions, rest);
  const tried = new Set(observations.map(({ point }) => signature(space, point)));
  let best: { proposal: Proposal; score: number } | null = null;
  // Among few discrete values, what was tried already says nothing new.
  const isNew = ({ point }: Proposal): boolean => !tried.has(signature(space, point));
  for (let at = 0; at < candidates; at++) {
    const point = good.draw((...label) => draw('tpe', index, at, ...label));
    const proposal = { ...proposalOf(space, (parameter) => sampleOf(parameter, point)), point };
    if (!isNew(proposal)) continue;
    const score = Math.log(good.at(point)) - Math.log(others.at(point));
    if (best === null || score > best.score) best = { proposal, score };
  }
  if (best !== null) return best.proposal;
  const fallback = Array.from({ length: searches }, (_, at) =>
    randomProposal(space, index, (...label) => draw('other', at, ...label)),
  );
  return fallback.find(isNew) ?? randomProposal(space, index, draw);
}

/** The sample at a point's position, where categories divide the axis equally. */
function sampleOf({ key, distribution }: Parameter, point: Point): Sample {
  const position = point[key] ?? 0.5;
  if (distribution.kind !== 'categorical') return sampleAt(distribution, position);
  return { value: distribution.values[categoryOf(distribution.values, position)] ?? null, position };
}

function signature(space: Space, point: Point): string {
  return canonicalJson(space.map((parameter) => sampleOf(parameter, point).value));
}

/** A density over points: kernels around known ones, and one flat kernel for what nobody has looked at. */
class Density {
  readonly #kernels: readonly (readonly Kernel[])[];

  constructor(dimensions: readonly Parameter[], observations: readonly Observation[]) {
    const columns = dimensions.map((parameter) => {
      const positions = observations.map(({ point }) => point[parameter.key] ?? 0.5);
      return kernelsOf(parameter, positions, dimensions.length);
    });
    const rows = observations.length + 1;
    this.#kernels = Array.from({ length: rows }, (_, row) => columns.flatMap((column) => column[row] ?? []));
  }

  at(point: Point): number {
    const sum = this.#kernels.reduce(
      (total, row) => total + row.reduce((product, kernel) => product * kernel.density(point[kernel.key] ?? 0.5), 1),
      0,
    );
    return sum / this.#kernels.length;
  }

  draw(draw: Draw): Point {
    const row = this.#kernels[Math.floor(draw('kernel') * this.#kernels.length)] ?? [];
    return Object.fromEntries(row.map((kernel) => [kernel.key, kernel.draw((label) => draw(kernel.key, label))]));
  }
}

interface Kernel {
  readonly key: string;
  readonly density: (position: number) => number;
  readonly draw: (draw: (label: string) => number) => number;
}

/** One kernel for each position, and the flat one last. */
function kernelsOf(parameter: Parameter, positions: readonly number[], dimensions: number): Kernel[] {
  const { key, distribution } = parameter;
  if (distribution.kind === 'categorical') {
    const { values, probabilities } = distribution;
    const blur = 1 / (1 + positions.length);
    const share = (index: number): number => probabilities[index] ?? 0;
    const prior = (draw: number): number => sampleAt(distribution, draw).position;
    return [...positions, null].map((centre) => {
      const own = centre === null ? null : categoryOf(values, centre);
      const mix = own === null ? 1 : blur;
      return {
        key,
        density: (position) => {
          const index = categoryOf(values, position);
          return mix * share(index) + (index === own ? 1 - mix : 0);
        },
        draw: (draw) => (centre === null || draw('mix') < mix ? prior(draw('value')) : centre),
      };
    });
  }
  // Scott's rule for the number of kernels.
  const width = widest * Math.max(1, positions.length) ** (-1 / (4 + dimensions));
  return [
    ...positions.map((centre) => truncatedNormal(key, centre, width)),
    { key, density: () => 1, draw: (draw) => sampleAt(distribution, draw('value')).position },
  ];
}

function truncatedNormal(key: string, centre: number, width: number): Kernel {
  const [low, high] = [normalShare(-centre / width), normalShare((1 - centre) / width)];
  const scale = 1 / (width * Math.sqrt(2 * Math.PI) * (high - low));
  return {
    key,
    density: (position) => scale * Math.exp(-(((position - centre) / width) ** 2) / 2),
    draw: (draw) => {
      const position = centre + width * normalQuantile(low + (high - low) * draw('value'));
      return Number(Math.min(1 - 5e-7, Math.max(5e-7, position)).toFixed(7));
    },
  };
}

/** The share of a standard normal distribution below z; Abramowitz & Stegun 7.1.26, error below 1.5e-7. */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const share = 1 - (series * Math.exp(-x * x)) / 2;
  return z < 0 ? 1 - share : share;
}
