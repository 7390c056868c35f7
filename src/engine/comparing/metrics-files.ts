import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { insideOf } from '../../base/real-place.ts';
import { asReadError } from '../files/read-error.ts';
import { readRegularFile } from '../files/regular-file.ts';
import type { InstanceName, Pipeline } from '../stages/types.ts';
import type { FlatValues } from './flat-values.ts';
import { largestMetrics, metricsText, type MetricsText, parseMetrics, tooLarge } from './metrics-text.ts';

/** A metrics file of one instance. */
export interface MetricsFile {
  readonly path: string;
  readonly stage: string;
  readonly instance: string;
  readonly values: FlatValues;
}

/** What was read, and what could not be. */
export interface MetricsReading {
  readonly files: readonly MetricsFile[];
  /** Paths of files that are not there. */
  readonly missing: readonly string[];
  /** A sentence for each file that cannot be read as metrics. */
  readonly broken: readonly string[];
}

export interface MetricsPlace {
  readonly path: string;
  readonly stage: string;
  readonly instance: string;
}

/** Every output that pipeline.yaml declares as `metrics`, in the order of the pipeline. */
export function declaredMetrics(
  pipeline: Pick<Pipeline, 'instances'>,
  selection: Iterable<InstanceName>,
): MetricsPlace[] {
  return [...selection].flatMap((name) => {
    const instance = pipeline.instances.get(name);
    const metrics = instance?.outs.filter(({ kind }) => kind === 'metric') ?? [];
    return metrics.map(({ path }) => ({ path, stage: instance?.stage ?? name, instance: name }));
  });
}

/** Reads metrics files through `read`, which gives null for a file that is not there. */
export function readMetrics(
  places: readonly MetricsPlace[],
  read: (path: string) => MetricsText | null,
): MetricsReading {
  const files: MetricsFile[] = [];
  const missing: string[] = [];
  const broken: string[] = [];
  for (const place of places) {
    const found = read(place.path);
    if (found === null) {
      missing.push(place.path);
      continue;
    }
    const values = 'problem' in found ? `${place.path} ${found.problem}` : parseMetrics(found.text, place.path);
    if (typeof values === 'string') broken.push(values);
    else files.push({ ...place, values });
  }
  return { files, missing, broken };
}

/** What a person should know of a reading, a sentence each. */
export function readingProblems({ files, missing, broken }: MetricsReading): readonly string[] {
  const total = files.length + missing.length + broken.length;
  const [first] = missing;
  if (first === undefined) return broken;
  const named = missing.length === 1 ? first : `${first} and ${missing.length - 1} more`;
  return [`${missing.length} of ${total} metrics files are not there (${named})`, ...broken];
}

/** Reads metrics files of the workspace. */
export function workspaceMetrics(root: string): (path: string) => MetricsText | null {
  return (path) => {
    // Where a lock file says that metrics lie need not be in the project.
    if (insideOf(root, path) === null) return { problem: 'lies outside the project' };
    const file = join(root, path);
    try {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat === undefined) return null;
      if (stat.isDirectory()) return { problem: 'is a directory; name the files in it below "metrics:"' };
      // Asked before it is opened: a pipe would be waited for.
      if (!stat.isFile()) return { problem: 'is no file' };
      return stat.size > largestMetrics ? tooLarge(stat.size) : metricsText(readFileSync(file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOTDIR' ? null : { problem: `cannot be read (${code ?? String(error)})` };
    }
  };
}

/** Reads texts of the workspace, such as a lock file; null for what is no file or cannot be read. */
export function workspaceReader(root: string): (path: string) => string | null {
  return (path) => {
    if (insideOf(root, path) === null) return null;
    const file = join(root, path);
    try {
      return readRegularFile(file).toString('utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw asReadError(root, path, error);
    }
  };
}
