import type { Value } from '../yaml/values.ts';
import type { MetricsFile } from './metrics-files.ts';

/** Metrics of the instances of one stage: a row a file, a column a key. */
export interface MetricsTable {
  readonly stage: string;
  readonly keys: readonly string[];
  readonly rows: readonly MetricsFile[];
}

export interface MetricsTableOptions {
  /** Only these keys, in this order; null: every key that holds a plain value somewhere. */
  readonly keys: readonly string[] | null;
  /** Sort rows by this key; rows without it, or with NaN, come last. */
  readonly sort: string | null;
  readonly descending: boolean;
}

/** One table a stage, since stages measure different things. */
export function metricsTables(
  files: readonly MetricsFile[],
  { keys, sort, descending }: MetricsTableOptions,
): MetricsTable[] {
  const stages = new Map<string, MetricsFile[]>();
  for (const file of files) stages.set(file.stage, [...(stages.get(file.stage) ?? []), file]);
  const tables = Array.from(stages, ([stage, rows]) => ({
    stage,
    keys: keys?.filter((key) => rows.some(({ values }) => values.has(key))) ?? plainKeys(rows),
    rows: sort === null ? rows : sorted(rows, sort, descending),
  }));
  // A stage that measures none of what was asked for has nothing to show.
  return keys === null ? tables : tables.filter((table) => table.keys.length > 0);
}

/** Every key, for suggestions. */
export function metricsKeys(files: readonly MetricsFile[]): string[] {
  return [...new Set(files.flatMap(({ values }) => [...values.keys()]))];
}

/** Keys that are more than a list or nothing in some row. */
function plainKeys(rows: readonly MetricsFile[]): string[] {
  const keys = new Set<string>();
  for (const { values } of rows) for (const [key, value] of values) if (isPlain(value)) keys.add(key);
  return [...keys];
}

function isPlain(value: Value): boolean {
  return value !== null && typeof value !== 'object';
}

function sorted(rows: readonly MetricsFile[], key: string, descending: boolean): MetricsFile[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [a.values.get(key), b.values.get(key)];
    // NaN is neither more nor less than anything.
    const [lacks, otherLacks] = [one === undefined || Number.isNaN(one), other === undefined || Number.isNaN(other)];
    if (one === undefined || other === undefined || lacks || otherLacks) return Number(lacks) - Number(otherLacks);
    return sign * compareValues(one, other);
  });
}

/** Numbers by size, before texts by their characters. */
function compareValues(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'number' || typeof other === 'number') return typeof one === 'number' ? -1 : 1;
  const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
