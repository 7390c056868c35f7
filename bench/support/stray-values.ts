import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors, type StoredTensor } from '../../src/compute/checkpoint.ts';

/** How many numbers a training left in a folder, and how many of them are NaN or infinite. */
export interface Values {
  readonly count: number;
  readonly stray: number;
}

/** Looks at every weight (safetensors) and every measure (CSV with a header; an empty cell is none) in a folder. */
export async function valuesIn(folder: string): Promise<Values> {
  let [count, stray] = [0, 0];
  for (const name of readdirSync(folder)) {
    for (const values of await lists(path.join(folder, name))) {
      count += values.length;
      for (const value of values) if (!Number.isFinite(value)) stray++;
    }
  }
  return { count, stray };
}

type NumberList = readonly number[] | StoredTensor['data'];

async function lists(file: string): Promise<NumberList[]> {
  if (file.endsWith('.safetensors')) return [...(await readSafetensors(file)).tensors.values()].map(({ data }) => data);
  if (!file.endsWith('.csv')) return [];
  const cells = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(','))
    .filter((cell) => cell !== '');
  return [cells.map(Number)];
}
