import { median } from './measure.ts';

/**
 * The median of first / second over the rounds in which both were measured: a machine that slows down for a round
 * slows both. NaN without a round.
 */
export function pairedRatio(first: readonly number[], second: readonly number[]): number {
  return median(first.slice(0, second.length).map((value, round) => value / (second[round] ?? NaN)));
}
