import type { PairedTest } from '../science/evaluation/significance.ts';

/** Percentage points with their sign; the minus is a true one. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

export function intervalText({ interval }: PairedTest): string {
  return interval === null ? 'one fold' : `${signed(interval[0])} to ${signed(interval[1])}`;
}

/** A dash where no test is possible; what would print as 0 is printed as a bound. */
export function probability(p: number | null): string {
  if (p === null) return '–';
  return p < 0.0001 ? '<0.0001' : p.toFixed(4);
}

/** For records; null where there is no number. */
export function rounded(value: number | null | undefined, decimals = 6): number | null {
  return typeof value === 'number' ? Number(value.toFixed(decimals)) : null;
}
