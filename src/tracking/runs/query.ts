/** Sorting, filtering and comparing runs. */
import type { TrackedRun } from './run-list.ts';

/** A filter, a sort key or a run that cannot be understood or found. The message is for the user. */
export class RunQueryError extends Error {
  override readonly name = 'RunQueryError';
}

/** The fields of a run that a person may name, apart from params and metrics. */
const FIELDS = ['id', 'name', 'stage', 'group', 'state', 'started', 'duration'] as const;

/** A field, param or metric of a run by name; undefined where it has none. */
export function valueOf(run: TrackedRun, key: string): unknown {
  switch (key as (typeof FIELDS)[number]) {
    case 'id':
      return run.id;
    case 'name':
      return run.name;
    case 'stage':
      return run.stage;
    case 'group':
      return run.group;
    case 'state':
      return run.state;
    case 'started':
      return run.startedAt;
    case 'duration':
      return run.ms / 1000;
    default:
      return Object.hasOwn(run.metrics, key) ? run.metrics[key] : run.params[key];
  }
}

type Comparison = (order: number) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/**
 * Runs that satisfy every condition, each `key=value`, `key!=value`, `key<value`, `key<=value`, `key>value` or
 * `key>=value`. A run without the key satisfies `!=` alone. `tag=NAME` asks whether a run has a tag.
 */
export function filterRuns(runs: readonly TrackedRun[], conditions: readonly string[]): TrackedRun[] {
  const tests = conditions.map((condition) => testOf(condition, runs));
  return runs.filter((run) => tests.every((test) => test(run)));
}

function testOf(condition: string, runs: readonly TrackedRun[]): (run: TrackedRun) => boolean {
  const match = /^([^=!<>]+)(=|!=|<=|>=|<|>)(.*)$/s.exec(condition);
  const [, key = '', sign = '', wanted = ''] = match ?? [];
  const compare = COMPARISONS[sign];
  if (compare === undefined) {
    throw new RunQueryError(`expected a filter such as stage=train or accuracy>0.5, found "${condition}"`);
  }
  if (key === 'tag') return (run) => run.tags.includes(wanted) === (sign === '=');
  requireKnown(key, runs);
  return (run) => {
    const value = valueOf(run, key);
    return value === undefined ? sign === '!=' : compare(order(value, wanted));
  };
}

/** Runs by a field, param or metric, `-key` for the largest first; runs without it come last. */
export function sortRuns(runs: readonly TrackedRun[], key: string): TrackedRun[] {
  const descending = key.startsWith('-');
  const name = descending ? key.slice(1) : key;
  requireKnown(name, runs);
  return [...runs].sort((a, b) => {
    const [one, other] = [valueOf(a, name), valueOf(b, name)];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return descending ? order(other, one) : order(one, other);
  });
}

/** A misspelt name must not look like an empty answer. */
function requireKnown(key: string, runs: readonly TrackedRun[]): void {
  if (runs.length === 0 || runs.some((run) => valueOf(run, key) !== undefined)) return;
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].slice(0, 12);
  throw new RunQueryError(
    `no run has "${key}". Fields: ${FIELDS.join(', ')}, tag; params by their dotted keys; metrics: ${metrics.join(', ') || 'none'}`,
  );
}

/** Numbers by size, anything else as text. */
function order(a: unknown, b: unknown): number {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== null && y !== null) return x - y;
  const [s, t] = [asText(a), asText(b)];
  return s === t ? 0 : s < t ? -1 : 1;
}

function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : null;
}

/** A value as people write it: texts without quotes, numbers with at most six digits that count. */
export function asText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return JSON.stringify(value);
}

/** Keys of params in which runs differ, in the order in which they first appear. */
export function differingParams(runs: readonly TrackedRun[]): string[] {
  const keys = new Set(runs.flatMap((run) => Object.keys(run.params)));
  return [...keys].filter((key) => new Set(runs.map((run) => JSON.stringify(run.params[key]))).size > 1);
}

/** The run with this id, beginning of an id, or name (then the last one of that name). Throws a RunQueryError. */
export function findRun(runs: readonly TrackedRun[], wanted: string): TrackedRun {
  const exact = runs.find((run) => run.id === wanted) ?? runs.filter((run) => run.name === wanted).at(-1);
  if (exact !== undefined) return exact;
  const [found, ...others] = runs.filter((run) => run.id.startsWith(wanted));
  if (found !== undefined && others.length === 0) return found;
  const problem = found === undefined ? 'there is no run' : `${others.length + 1} runs begin with`;
  throw new RunQueryError(`${problem} "${wanted}". Ids and names: pipeline runs`);
}
