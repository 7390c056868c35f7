import type { Position, Value } from '../yaml/values.ts';
import { type Distribution, type Sample, sampleAt, valueCount, valueNumber } from './distributions.ts';
import type { Draw } from './random.ts';

/** A params key, and what a sweep tries for it. */
export interface Parameter {
  /** Dotted. */
  readonly key: string;
  readonly distribution: Distribution;
  readonly at: Position | null;
}

export type Space = readonly Parameter[];

/** What one trial uses: values by params key, and the positions of those that vary. */
export interface Proposal {
  readonly values: { readonly [key: string]: Value };
  readonly point: Point;
}

/** Positions in (0, 1) by params key. */
export type Point = { readonly [key: string]: number };

/** The parameters that vary. */
export function dimensionsOf(space: Space): readonly Parameter[] {
  return space.filter(({ distribution }) => distribution.kind !== 'constant');
}

/** One proposal from one sample a parameter. */
export function proposalOf(space: Space, sample: (parameter: Parameter) => Sample): Proposal {
  const values: Record<string, Value> = {};
  const point: Record<string, number> = {};
  for (const parameter of space) {
    const { value, position } = sample(parameter);
    values[parameter.key] = value;
    if (parameter.distribution.kind !== 'constant') point[parameter.key] = position;
  }
  return { values, point };
}

/** Trial number `index` of a random search. */
export function randomProposal(space: Space, index: number, draw: Draw): Proposal {
  return proposalOf(space, ({ key, distribution }) => sampleAt(distribution, draw('random', index, key)));
}

/** How many combinations a grid has. Every parameter must have countable values. */
export function gridSize(space: Space): number {
  return space.reduce((size, { distribution }) => size * (valueCount(distribution) ?? 0), 1);
}

/** Combination number `index` of the grid, the last parameter varying fastest; null beyond the last. */
export function gridProposal(space: Space, index: number): Proposal | null {
  if (index >= gridSize(space)) return null;
  const chosen = new Map<string, Sample>();
  let rest = index;
  for (const { key, distribution } of [...space].reverse()) {
    const count = valueCount(distribution) ?? 1;
    chosen.set(key, valueNumber(distribution, rest % count));
    rest = Math.floor(rest / count);
  }
  return proposalOf(space, ({ key, distribution }) => chosen.get(key) ?? sampleAt(distribution, 0.5));
}
