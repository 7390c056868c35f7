import { parseArgs } from 'node:util';
import { chain } from './runner-chain.ts';
import { experiment } from './runner-experiment.ts';
import { matrix } from './runner-matrix.ts';
import type { Report, Section } from '../support/report.ts';
import { BenchError } from '../support/bench-error.ts';

const PARTS: Readonly<Record<string, (rounds: number) => Promise<Section>>> = { chain, matrix, experiment };

/** What the runner itself costs. `--only chain` takes one part, `--rounds 5` repeats each measurement so often. */
export async function main(words: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...words],
    options: { rounds: { type: 'string', default: '7' }, only: { type: 'string' } },
  });
  const names = values.only === undefined ? Object.keys(PARTS) : [values.only];
  const sections: Section[] = [];
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) throw new BenchError(`--only is one of ${Object.keys(PARTS).join(', ')}, not ${name}`);
    sections.push(await part(Number(values.rounds)));
  }
  return { sections };
}
