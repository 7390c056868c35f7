import { type Axis, finishedTrials, type SweepResults } from './results.ts';

/** How much one parameter matters for the metric. */
export interface Importance {
  readonly key: string;
  /** Share of the explained variance of the metric, in [0, 1]; all shares add up to 1, or to 0 when nothing is explained. */
  readonly importance: number;
  /** Rank correlation (Spearman) of position and metric in [-1, 1]; null for categories. */
  readonly correlation: number | null;
}

/** Fewer finished trials say nothing. */
export const fewestTrials = 4;

const trees = 200;
const smallestLeaf = 2;

/**
 * Importance by a forest of regression trees over the positions of the parameters, as W&B's panel has it: how much
 * the splits at a parameter reduce the variance of the metric. Each tree grows from a sample with replacement and
 * tries at each node one random cut in every parameter (extremely randomised trees, Geurts et al. 2006). The random
 * numbers are always the same. Null with fewer than four finished trials.
 */
export function importanceOf(results: SweepResults): readonly Importance[] | null {
  const trials = finishedTrials(results);
  if (trials.length < fewestTrials) return null;
  const metrics = trials.map(({ metric }) => metric);
  const columns = results.axes.map((axis) => ({
    axis,
    positions: trials.map(({ point }) => point[axis.key] ?? 0.5),
  }));
  const gains = forestGains(columns, metrics);
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return columns.map(({ axis, positions }, at) => ({
    key: axis.key,
    importance: total > 0 ? (gains[at] ?? 0) / total : 0,
    correlation: axis.categories === null ? spearman(positions, metrics) : null,
  }));
}

interface Column {
  readonly axis: Axis;
  readonly positions: readonly number[];
}

function forestGains(columns: readonly Column[], metrics: readonly number[]): number[] {
  const gains = columns.map(() => 0);
  const random = smallRandom(1);
  for (let tree = 0; tree < trees; tree++) {
    const rows = metrics.map(() => Math.floor(random() * metrics.length));
    grow(rows, columns, metrics, random, gains);
  }
  return gains;
}

function grow(
  rows: readonly number[],
  columns: readonly Column[],
  metrics: readonly number[],
  random: () => number,
  gains: number[],
): void {
  const before = squares(rows, metrics);
  if (rows.length < 2 * smallestLeaf || before === 0) return;
  let best: { gain: number; column: number; sides: readonly [number[], number[]] } | null = null;
  for (const [column, { axis, positions }] of columns.entries()) {
    const isLeft = cut(
      axis,
      rows.map((row) => positions[row] ?? 0.5),
      random,
    );
    const sides = [
      rows.filter((row) => isLeft(positions[row] ?? 0.5)),
      rows.filter((row) => !isLeft(positions[row] ?? 0.5)),
    ] as const;
    if (sides.some((side) => side.length < smallestLeaf)) continue;
    const gain = before - squares(sides[0], metrics) - squares(sides[1], metrics);
    if (best === null || gain > best.gain) best = { gain, column, sides };
  }
  if (best === null) return;
  gains[best.column] = (gains[best.column] ?? 0) + best.gain;
  for (const side of best.sides) grow(side, columns, metrics, random, gains);
}

/** A random cut between the positions there are; of categories, one against the others. */
function cut(axis: Axis, positions: readonly number[], random: () => number): (position: number) => boolean {
  const { categories } = axis;
  if (categories !== null) {
    const category = (position: number): number => Math.min(categories - 1, Math.floor(position * categories));
    const chosen = category(positions[Math.floor(random() * positions.length)] ?? 0);
    return (position) => category(position) === chosen;
  }
  const [low, high] = [Math.min(...positions), Math.max(...positions)];
  const threshold = low + (high - low) * random();
  return (position) => position <= threshold;
}

/** Sum of squared differences from the mean. */
function squares(rows: readonly number[], metrics: readonly number[]): number {
  const mean = rows.reduce((sum, row) => sum + (metrics[row] ?? 0), 0) / rows.length;
  return rows.reduce((sum, row) => sum + ((metrics[row] ?? 0) - mean) ** 2, 0);
}

/** Spearman's rank correlation; 0 when one of the two never changes. */
export function spearman(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [ranks(left), ranks(right)];
  const mean = (a.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (const [at, rank] of a.entries()) {
    const [x, y] = [rank - mean, (b[at] ?? 0) - mean];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** Ranks from 0; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

/** mulberry32: enough for resampling, and the same everywhere. */
function smallRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
