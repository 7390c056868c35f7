import path from 'node:path';
import { parseJsonText } from '../comparing/json-text.ts';
import { readRegularFile } from '../files/regular-file.ts';
import type { StageInstance } from '../stages/types.ts';
import { valueAt } from '../yaml/value-at.ts';
import type { Sweep } from './sweep-file.ts';

/** The metric of a trial, or why it has none. */
export type MetricReading =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: string };

/**
 * The metric of a trial from its metrics files (JSON): the mean over the files of the number at `value`, or with `per`
 * the sum of `value` by the sum of `per`, so that every counted thing weighs the same.
 *
 * @param instances those whose metrics files count
 */
export function readMetric(
  root: string,
  instances: Iterable<StageInstance>,
  { value, per }: Sweep['metric'],
): MetricReading {
  let [total, weight] = [0, 0];
  for (const { name, outs } of instances) {
    for (const { path: file, kind } of outs) {
      if (kind !== 'metric') continue;
      const document = readJson(path.join(root, file));
      const numbers = [value, ...(per === null ? [] : [per])].map((key) => ({ key, number: numberAt(document, key) }));
      const missing = numbers.find(({ number }) => number === null);
      if (missing !== undefined) {
        return { ok: false, reason: `the metrics of ${name} have no number at "${missing.key}"` };
      }
      total += numbers[0]?.number ?? 0;
      weight += per === null ? 1 : (numbers[1]?.number ?? 0);
    }
  }
  if (weight === 0) return { ok: false, reason: 'no stage of the trial has metrics to read' };
  return { ok: true, value: Number((total / weight).toPrecision(12)) };
}

function readJson(file: string): unknown {
  try {
    return parseJsonText(readRegularFile(file).toString('utf8'));
  } catch {
    return null;
  }
}

function numberAt(document: unknown, key: string): number | null {
  const value = valueAt(document, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
