import type { Value } from '../yaml/values.ts';
import { betaQuantile, normalQuantile } from './quantiles.ts';

/** How one parameter is drawn, in the words of W&B's sweep configuration. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: Value }
  /** Probabilities add up to 1, one for each value. */
  | { readonly kind: 'categorical'; readonly values: readonly Value[]; readonly probabilities: readonly number[] }
  /** Both ends included. */
  | { readonly kind: 'int_uniform'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'uniform' | 'log_uniform_values' | 'inv_log_uniform_values';
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly kind: 'q_uniform' | 'q_log_uniform_values';
      readonly min: number;
      readonly max: number;
      readonly q: number;
    }
  /** Mean and standard deviation of the value, or for `log_normal` of its logarithm. */
  | { readonly kind: 'normal' | 'log_normal'; readonly mu: number; readonly sigma: number }
  | { readonly kind: 'q_normal'; readonly mu: number; readonly sigma: number; readonly q: number }
  | { readonly kind: 'beta'; readonly a: number; readonly b: number };

/** A drawn value, and where it lies in its distribution: the share of draws below it, in (0, 1). */
export interface Sample {
  readonly value: Value;
  readonly position: number;
}

/** Positions are multiples of this, half a step off the ends. */
const resolution = 1e6;
/** Digits of drawn numbers: more would differ between machines, whose logarithms differ in the last digits. */
const digits = 6;

/**
 * The value at a position of a distribution: its quantile. Every strategy works with positions alone, for which all
 * distributions look alike, and equal distances mean equal probabilities.
 */
export function sampleAt(distribution: Distribution, share: number): Sample {
  if (distribution.kind === 'constant') return { value: distribution.value, position: 0.5 };
  if (distribution.kind === 'categorical') {
    return categoryAt(distribution.values, categoryIndex(distribution.probabilities, share));
  }
  const position = (Math.min(Math.floor(share * resolution), resolution - 1) + 0.5) / resolution;
  return { value: quantile(distribution, position), position };
}

/** The index of a categorical value by its position: values divide (0, 1) equally, whatever their probabilities. */
export function categoryOf(values: readonly Value[], position: number): number {
  return Math.min(values.length - 1, Math.floor(position * values.length));
}

/** How many values a distribution has that a grid can count, or null. They may be billions. */
export function valueCount(distribution: Distribution): number | null {
  switch (distribution.kind) {
    case 'constant':
      return 1;
    case 'categorical':
      return distribution.values.length;
    case 'int_uniform':
      return distribution.max - distribution.min + 1;
    case 'q_uniform': {
      const { max, q } = distribution;
      return Math.max(0, Math.floor(max / q + 1e-9) - firstStep(distribution) + 1);
    }
    case 'uniform':
    case 'log_uniform_values':
    case 'inv_log_uniform_values':
    case 'q_log_uniform_values':
    case 'normal':
    case 'q_normal':
    case 'log_normal':
    case 'beta':
      return null;
  }
}

/** Value number `at` of a distribution that a grid can count. */
export function valueNumber(distribution: Distribution, at: number): Sample {
  if (distribution.kind === 'categorical') return categoryAt(distribution.values, at);
  if (distribution.kind === 'int_uniform') {
    return { value: distribution.min + at, position: (at + 0.5) / (valueCount(distribution) ?? 1) };
  }
  if (distribution.kind !== 'q_uniform') return sampleAt(distribution, 0.5);
  const { min, max, q } = distribution;
  const value = tidy((firstStep(distribution) + at) * q);
  return { value, position: max > min ? (value - min) / (max - min) : 0.5 };
}

/** All values of a distribution that a grid can count, or null. For those that are known to be few. */
export function enumerate(distribution: Distribution): readonly Sample[] | null {
  const count = valueCount(distribution);
  return count === null ? null : Array.from({ length: count }, (_, at) => valueNumber(distribution, at));
}

function firstStep({ min, q }: { readonly min: number; readonly q: number }): number {
  return Math.ceil(min / q - 1e-9);
}

/** A mark on the axis of a parameter. */
export interface Tick {
  readonly position: number;
  readonly label: string;
}

/** Where to label an axis of positions. */
export function ticksOf(distribution: Distribution): readonly Tick[] {
  if (distribution.kind === 'constant' || distribution.kind === 'categorical') {
    return (enumerate(distribution) ?? []).map(({ value, position }) => ({ position, label: shortText(value) }));
  }
  const unbounded = !('min' in distribution) && distribution.kind !== 'beta';
  return [0, 0.25, 0.5, 0.75, 1].map((at) => {
    const position = unbounded ? 0.02 + 0.96 * at : at;
    return { position, label: shortText(quantile(distribution, position)) };
  });
}

/** A value in a few characters. */
export function shortText(value: Value): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(3)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Numeric = Exclude<Distribution, { readonly kind: 'constant' | 'categorical' }>;

function quantile(distribution: Numeric, share: number): number {
  switch (distribution.kind) {
    case 'int_uniform': {
      const { min, max } = distribution;
      return Math.min(max, min + Math.floor(share * (max - min + 1)));
    }
    case 'uniform':
      return within(distribution, between(distribution.min, distribution.max, share));
    case 'q_uniform':
      return within(distribution, onGrid(between(distribution.min, distribution.max, share), distribution.q));
    // log(1 / x) is uniform exactly where log(x) is.
    case 'log_uniform_values':
    case 'inv_log_uniform_values':
      return within(distribution, logBetween(distribution.min, distribution.max, share));
    case 'q_log_uniform_values':
      return within(distribution, onGrid(logBetween(distribution.min, distribution.max, share), distribution.q));
    case 'normal':
      return tidy(distribution.mu + distribution.sigma * normalQuantile(share));
    case 'q_normal':
      return onGrid(distribution.mu + distribution.sigma * normalQuantile(share), distribution.q);
    case 'log_normal':
      return tidy(Math.exp(distribution.mu + distribution.sigma * normalQuantile(share)));
    case 'beta':
      return tidy(betaQuantile(share, distribution.a, distribution.b));
  }
}

function categoryAt(values: readonly Value[], index: number): Sample {
  return { value: values[index] ?? null, position: (index + 0.5) / values.length };
}

function categoryIndex(probabilities: readonly number[], share: number): number {
  let below = 0;
  for (const [index, probability] of probabilities.entries()) {
    below += probability;
    if (share < below) return index;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
}

function between(min: number, max: number, share: number): number {
  return min + (max - min) * share;
}

function logBetween(min: number, max: number, share: number): number {
  return Math.exp(between(Math.log(min), Math.log(max), share));
}

function within({ min, max }: { readonly min: number; readonly max: number }, value: number): number {
  return Math.min(max, Math.max(min, tidy(value)));
}

/** The nearest multiple of q, without the dust of binary fractions. */
function onGrid(value: number, q: number): number {
  return Number((Math.round(value / q) * q).toPrecision(12));
}

function tidy(value: number): number {
  return Number(value.toPrecision(digits));
}
