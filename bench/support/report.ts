import { availableParallelism, cpus } from 'node:os';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mean, median, spread, type Times } from './measure.ts';
import { digits, table } from './table.ts';

/** What a bench found out. */
export interface Report {
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  /** In ms. */
  readonly times: readonly Times[];
  readonly figures: readonly Figure[];
}

/** A number derived from the times, and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value should be at most this. */
  readonly goal: number | null;
}

/** The machine, as far as it explains the figures. */
interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly platform: string;
  readonly node: string;
}

interface Baseline extends Report {
  readonly machine: Machine;
}

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), '../results');

/** Repetitions that differ by more than this share say little about small changes. */
const NOISY = 0.15;

function machine(): Machine {
  const cpu = (cpus()[0]?.model ?? 'unknown').replaceAll(/\s+/g, ' ').trim();
  return { cores: availableParallelism(), cpu, platform: `${process.platform}-${process.arch}`, node: process.version };
}

export function renderReport({ sections }: Report): string {
  return sections.map(renderSection).join('\n\n');
}

function renderSection({ title, times, figures }: Section): string {
  const timeRows = times.map(({ name, ms, cpu }) => [
    name,
    digits(median(ms)),
    digits(Math.min(...ms)),
    digits(mean(cpu)),
    `${(100 * spread(ms)).toFixed(0)} %${spread(ms) > NOISY ? ' noisy' : ''}`,
  ]);
  const figureRows = figures.map(({ name, value, unit, goal }) => [
    name,
    `${digits(value)} ${unit}`.trim(),
    goal === null ? '-' : `${digits(goal)} ${unit}`.trim(),
    goal === null ? '-' : value <= goal ? 'yes' : 'no',
  ]);
  const parts = [`${title}\n`];
  if (timeRows.length > 0) parts.push(table(['', 'median ms', 'best ms', 'CPU ms', 'spread'], timeRows), '');
  if (figureRows.length > 0) parts.push(table(['', 'found', 'at most', 'reached'], figureRows));
  return parts.join('\n').trimEnd();
}

/** Keeps a report as the baseline of a bench: `bench/results/NAME.json`, committed. */
export function saveBaseline(name: string, report: Report): string {
  mkdirSync(results, { recursive: true });
  const file = path.join(results, `${name}.json`);
  const rounded = { machine: machine(), sections: report.sections.map(round) } satisfies Baseline;
  writeFileSync(file, `${JSON.stringify(rounded, null, 2)}\n`);
  return path.relative(process.cwd(), file);
}

function round(section: Section): Section {
  const short = (value: number): number => Number(value.toPrecision(4));
  return {
    title: section.title,
    times: section.times.map(({ name, ms, cpu }) => ({ name, ms: ms.map(short), cpu })),
    figures: section.figures.map((figure) => ({ ...figure, value: short(figure.value) })),
  };
}

/** This report's figures beside those of the baseline, with a warning where either was measured on a restless machine. */
export function compareWithBaseline(name: string, report: Report): string {
  const file = path.join(results, `${name}.json`);
  if (!existsSync(file)) return `No baseline: run "npm run bench -- ${name}" first.`;
  const before = JSON.parse(readFileSync(file, 'utf8')) as Baseline;
  const old = new Map(
    before.sections.flatMap(({ title, figures }) => figures.map((figure) => [`${title} ${figure.name}`, figure.value])),
  );
  const rows = report.sections.flatMap(({ title, figures }) =>
    figures.map((figure) => {
      const was = old.get(`${title} ${figure.name}`) ?? NaN;
      const change = (100 * (figure.value - was)) / was;
      const sign = change > 0 ? '+' : '';
      return [
        figure.name,
        digits(was),
        digits(figure.value),
        Number.isNaN(was) ? 'new' : `${sign}${change.toFixed(0)} %`,
      ];
    }),
  );
  return [table(['', 'baseline', 'now', 'change'], rows), ...warnings(before, report)].join('\n');
}

function warnings(before: Baseline, report: Report): string[] {
  const lines: string[] = [];
  const here = machine();
  if (JSON.stringify(here) !== JSON.stringify(before.machine)) {
    lines.push(`warning: the baseline is of another machine: ${JSON.stringify(before.machine)}`);
  }
  for (const [which, { sections }] of [
    ['the baseline', before],
    ['this run', report],
  ] as const) {
    const noisy = sections.flatMap(({ times }) => times).filter(({ ms }) => spread(ms) > NOISY);
    if (noisy.length === 0) continue;
    const names = noisy.map(({ name, ms }) => `${name} ${(100 * spread(ms)).toFixed(0)} %`);
    lines.push(`warning: ${which} is noisy, small changes mean nothing: ${names.join(', ')}`);
  }
  return lines;
}
