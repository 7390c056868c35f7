import path from 'node:path';
import { duration, table } from '../../engine/console/format.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { curveNames, curveOf, curvesSvg, sparkline, valueRange } from '../../tracking/runs/curves.ts';
import { asText, differingParams, filterRuns, findRun, sortRuns } from '../../tracking/runs/query.ts';
import { listRuns, type TrackedRun } from '../../tracking/runs/run-list.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';
import { visible } from '../../engine/console/visible.ts';

export interface RunsOptions {
  readonly sort?: string;
  readonly filter?: readonly string[];
  readonly json?: boolean;
}

export interface CompareOptions {
  readonly svg?: string;
  readonly json?: boolean;
}

/** Params named in a line of the list, and metrics. */
const SHOWN = 4;
const CURVE_WIDTH = 60;

/** `pipeline runs`: what was tracked, one line a run. Throws a RunQueryError. */
export function runs({ sort = 'started', filter = [], json = false }: RunsOptions): ExitCode {
  const chosen = sortRuns(filterRuns(listRuns(findRoot()), filter), sort);
  const differing = differingParams(chosen);
  if (json) {
    writeJson(chosen.map((run) => ({ ...outline(run), params: pick(run.params, differing), metrics: run.metrics })));
    return exitCodes.ok;
  }
  if (chosen.length === 0) {
    write(
      filter.length > 0 ? ['No run satisfies the filter.'] : ['No runs yet: stages that track themselves make them.'],
    );
    return exitCodes.ok;
  }
  const rows = chosen.map((run) => [
    run.id,
    run.name,
    run.stage,
    run.state,
    startOf(run),
    duration(run.ms),
    words(pick(run.params, differing)),
    words(pick(run.metrics, run.headline.length > 0 ? run.headline : Object.keys(run.metrics))),
  ]);
  write(
    leftAligned([['id', 'name', 'stage', 'state', 'started', 'duration', 'params that differ', 'metrics'], ...rows]),
  );
  return exitCodes.ok;
}

/** `pipeline runs show ID` */
export function showRun(id: string, { json = false }: { readonly json?: boolean }): ExitCode {
  const run = findRun(listRuns(findRoot()), id);
  if (json) {
    writeJson({ ...outline(run), params: run.params, metrics: run.metrics, history: run.history });
    return exitCodes.ok;
  }
  const { git, fingerprint } = run.facts;
  const facts = [
    ['id', run.id],
    ['name', run.name],
    ['stage', run.stage],
    ['state', run.state],
    ['started', startOf(run)],
    ['duration', duration(run.ms)],
    ['invocation', run.group],
    ['tags', run.tags.join(', ')],
    ['commit', git ? `${git.commit}${git.dirty ? ' (with changes)' : ''}` : ''],
    ['fingerprint', fingerprint ?? ''],
    ['directory', run.directory ?? ''],
  ].filter(([, value]) => value !== '');
  const section = (title: string, values: Readonly<Record<string, unknown>>): string[] => [
    '',
    title,
    ...leftAligned(Object.entries(values).map(([key, value]) => [`  ${key}`, asText(value)])),
  ];
  write([
    ...leftAligned(facts),
    ...section('params', run.params),
    ...section('metrics', run.metrics),
    ...curves([run]),
  ]);
  return exitCodes.ok;
}

/** `pipeline runs compare A B`: params that differ, metrics side by side, curves. */
export function compareRuns(ids: readonly string[], { svg, json = false }: CompareOptions): ExitCode {
  const all = listRuns(findRoot());
  const compared = ids.map((id) => findRun(all, id));
  const differing = differingParams(compared);
  const metrics = [...new Set(compared.flatMap((run) => Object.keys(run.metrics)))];
  if (svg !== undefined) writeFileAtomic(path.resolve(svg), curvesSvg(compared, curveNames(compared)));
  if (json) {
    writeJson(compared.map((run) => ({ ...outline(run), params: pick(run.params, differing), metrics: run.metrics })));
    return exitCodes.ok;
  }
  const sideBySide = (
    title: string,
    keys: readonly string[],
    of: (run: TrackedRun) => Readonly<Record<string, unknown>>,
  ) =>
    table([
      [title, ...compared.map(({ id }) => id)],
      ...keys.map((key) => [key, ...compared.map((run) => asText(of(run)[key]))]),
    ]);
  write([
    ...leftAligned(compared.map((run) => [run.id, run.name, run.state, startOf(run), duration(run.ms)])),
    '',
    ...(differing.length > 0 ? sideBySide('params that differ', differing, (run) => run.params) : ['no params differ']),
    '',
    ...sideBySide('metrics', metrics, (run) => run.metrics),
    ...(svg === undefined ? curves(compared) : ['', `curves: ${svg}`]),
  ]);
  return exitCodes.ok;
}

/** Lines of blocks, each metric of all runs on one scale. */
function curves(compared: readonly TrackedRun[]): string[] {
  return curveNames(compared).flatMap((name) => {
    const lines = compared.map((run) => ({ id: run.id, curve: curveOf(run, name) }));
    const range = valueRange(lines.map(({ curve }) => curve));
    return [
      '',
      `${name}  ${asText(range.low)} to ${asText(range.high)}`,
      ...lines
        .filter(({ curve }) => curve.points.length > 0)
        .map(({ id, curve }) => {
          const last = curve.points.at(-1)?.[1];
          return `  ${id}  ${sparkline(curve, range, CURVE_WIDTH)}  ${asText(last)}`;
        }),
    ];
  });
}

function outline({ id, name, stage, group, tags, state, startedAt, ms, directory, facts }: TrackedRun): object {
  const { git = null, fingerprint = null } = facts;
  return { id, name, stage, group, tags, state, startedAt, ms, directory, git, fingerprint };
}

function pick(values: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]));
}

/** `key=value key=value`, a few of them: `show` has all. */
function words(values: Readonly<Record<string, unknown>>): string {
  const all = Object.entries(values).map(([key, value]) => `${key}=${asText(value)}`);
  return [...all.slice(0, SHOWN), ...(all.length > SHOWN ? ['...'] : [])].join(' ');
}

function startOf({ startedAt }: TrackedRun): string {
  return new Date(startedAt).toISOString().slice(0, 19).replace('T', ' ');
}

function leftAligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function write(lines: readonly string[]): void {
  process.stdout.write(`${lines.map(visible).join('\n')}\n`);
}

function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
