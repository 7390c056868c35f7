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
  /** What is printed in place of times and figures, where there are too many of them for one column. */
  readonly shown?: string;
}

/** A number derived from the times, and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value should be at most this. */
  readonly goal: number | null;
}

/** Repetitions that differ by more than this share say little about small changes. */
const NOISY = 0.15;

/** So many of the noisiest are named. */
const NAMED = 5;

/** Fewer repetitions than these do not show how restless a machine is. */
const FEW = 3;

/** The tables of a report, and what speaks against trusting them. */
export function renderReport(report: Report): string {
  return [...report.sections.map(renderSection), ...noiseWarnings('this run', report)].join('\n\n');
}

/** One line where repetitions differ so much that small changes mean nothing, one where there are too few to tell. */
export function noiseWarnings(which: string, { sections }: Report): string[] {
  const times = sections.flatMap((section) => section.times).filter(({ ms }) => ms.length > 0);
  const lines: string[] = [];
  const noisy = times.filter(({ ms }) => spread(ms) > NOISY).sort((a, b) => spread(b.ms) - spread(a.ms));
  if (noisy.length > 0) {
    const names = noisy.slice(0, NAMED).map(({ name, ms }) => `${name} ${(100 * spread(ms)).toFixed(0)} %`);
    const others = noisy.length > NAMED ? `, and ${noisy.length - NAMED} more` : '';
    lines.push(`warning: ${which} is noisy, small changes mean nothing: ${names.join(', ')}${others}`);
  }
  const fewest = Math.min(...times.map(({ ms }) => ms.length));
  if (fewest < FEW) {
    lines.push(`warning: ${which} has repetitions too few to tell noise: ${fewest}, at least ${FEW} are needed`);
  }
  return lines;
}

function renderSection({ title, times, figures, shown }: Section): string {
  if (shown !== undefined) return `${title}\n\n${shown}`;
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
