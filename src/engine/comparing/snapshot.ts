import { dirname } from 'node:path/posix';
import type { Pipeline } from '../stages/types.ts';
import { type LockBlock, LockError, staysInside } from '../planning/lock-format.ts';
import { lockText, parseLock } from '../planning/read-lock.ts';
import { type FlatValues, flatten } from './flat-values.ts';
import { declaredMetrics, type MetricsPlace, readingProblems, readMetrics, workspaceMetrics } from './metrics-files.ts';
import { isMetrics, type MetricsPatterns } from './metrics-patterns.ts';

/** What a comparison needs of one side. */
export interface Snapshot {
  /** What a person calls it: `workspace`, `HEAD`, `reports/other`. */
  readonly label: string;
  readonly params: FlatValues;
  /** By path; relative to the lock's directory where two runs are compared. */
  readonly metrics: ReadonlyMap<string, FlatValues>;
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
}

/** The workspace as it is now: merged params, metrics files on disk. */
export function workspaceSnapshot(pipeline: Pipeline): Snapshot {
  const places = declaredMetrics(pipeline, pipeline.instances.keys());
  const reading = readMetrics(places, workspaceMetrics(pipeline.root));
  const problems = readingProblems(reading);
  return { label: 'workspace', params: flatten(pipeline.params), metrics: byPath(reading.files), problems };
}

/**
 * A run by its lock: params as recorded when its instances ran, metrics files that the lock names.
 *
 * @param lockFile relative to the root
 * @throws LockError when there is no lock, or a person has to mend it
 */
export function lockSnapshot(root: string, lockFile: string, label: string, patterns: MetricsPatterns): Snapshot {
  const text = lockText(root, lockFile);
  if (text === null)
    throw new LockError(`${lockFile} does not exist. Name the directory of a run's report, or run it first.`);
  const blocks = parseLock(text, lockFile);
  const reading = readMetrics(lockedMetrics(blocks, patterns), workspaceMetrics(root));
  const directory = dirname(lockFile);
  const inside = (path: string): string => (path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path);
  const metrics = new Map(reading.files.map(({ path, values }) => [inside(path), values]));
  return { label, params: lockedParams(blocks), metrics, problems: readingProblems(reading) };
}

/** The metrics files that a lock records. */
export function lockedMetrics(blocks: ReadonlyMap<string, LockBlock>, patterns: MetricsPatterns): MetricsPlace[] {
  return [...blocks].flatMap(([instance, { outs }]) =>
    Object.keys(outs)
      .filter((path) => staysInside(path) && isMetrics(patterns, instance, path))
      .map((path) => ({ path, instance, stage: instance.split('@', 1)[0] ?? instance })),
  );
}

/** Every param that some instance was recorded with. */
function lockedParams(blocks: ReadonlyMap<string, LockBlock>): FlatValues {
  const all = [...blocks.values()].flatMap(({ params }) =>
    Object.entries(params).flatMap(([key, value]) => [...flatten(value, key)]),
  );
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function byPath(files: readonly { readonly path: string; readonly values: FlatValues }[]): Map<string, FlatValues> {
  return new Map(files.map(({ path, values }) => [path, values]));
}
