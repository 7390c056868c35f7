import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { noiseWarnings, type Report, type Section } from './report.ts';
import { digits, table } from './table.ts';
import { BenchError } from './bench-error.ts';

/** The machine, as far as it explains the figures. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly platform: string;
  readonly node: string;
}

/** A report as it is kept, with what it takes to compare it. */
export interface KeptReport extends Report {
  readonly machine: Machine;
}

/** A file given for a baseline that is none. */
export class BaselineError extends BenchError {
  override readonly name = 'BaselineError';
}

export function thisMachine(): Machine {
  const cpu = (cpus()[0]?.model ?? 'unknown').replaceAll(/\s+/g, ' ').trim();
  return { cores: availableParallelism(), cpu, platform: `${process.platform}-${process.arch}`, node: process.version };
}

/** Writes a report with the machine it comes from as JSON, under a temporary name first. */
export function keepReport(file: string, report: Report): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const kept = { machine: thisMachine(), sections: report.sections.map(round) } satisfies KeptReport;
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(temporary, file);
}

function round(section: Section): Section {
  const short = (value: number): number => Number(value.toPrecision(4));
  return {
    ...section,
    times: section.times.map(({ name, ms, cpu }) => ({ name, ms: ms.map(short), cpu: cpu.map(short) })),
    figures: section.figures.map((figure) => ({ ...figure, value: short(figure.value) })),
  };
}

/** @throws BenchError where there is no such file, or it is not what `keepReport` wrote */
export function readKept(file: string): KeptReport {
  const expected = `${file}: expected a report that a bench has kept`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new BaselineError(`${expected}, found no file. Run the bench with --save first.`);
  }
  try {
    const kept = JSON.parse(text) as Partial<KeptReport>;
    if (Array.isArray(kept.sections) && kept.machine !== undefined) return kept as KeptReport;
  } catch {
    // Told below.
  }
  throw new BaselineError(`${expected}, found something else. Run the bench with --save to write it anew.`);
}

/**
 * The figures of a report beside those of a baseline, by the titles of their sections and their names, with a warning
 * where that is of another machine or was noisy. `renderReport` says it of the report itself.
 */
export function compareReports(before: KeptReport, report: Report, here: Machine): string {
  const then = figures(before);
  const now = figures(report);
  const rows = [...new Set([...now.keys(), ...then.keys()])].map((key) => {
    const [was = NaN, is = NaN] = [then.get(key), now.get(key)];
    return [key, digits(was), digits(is), change(was, is)];
  });
  const lines = [table(['', 'baseline', 'now', 'change'], rows)];
  if (JSON.stringify(here) !== JSON.stringify(before.machine)) {
    lines.push(`warning: the baseline is of another machine: ${JSON.stringify(before.machine)}`);
  }
  return [...lines, ...noiseWarnings('the baseline', before)].join('\n');
}

function figures({ sections }: Report): Map<string, number> {
  const named = (title: string, name: string): string => (sections.length > 1 ? `${title}: ${name}` : name);
  return new Map(sections.flatMap((section) => section.figures.map((f) => [named(section.title, f.name), f.value])));
}

function change(was: number, is: number): string {
  if (Number.isNaN(was)) return 'new';
  if (Number.isNaN(is)) return 'not run';
  if (was === is) return '0 %';
  return was === 0 ? '-' : `${is > was ? '+' : ''}${((100 * (is - was)) / was).toFixed(0)} %`;
}
