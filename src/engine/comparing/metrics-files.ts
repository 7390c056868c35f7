import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { InstanceName, Pipeline, Value } from '../pipeline/types.ts';
import { type FlatValues, flatten } from './flat-values.ts';

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
  /** A sentence for each file that is neither JSON nor YAML. */
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
export function readMetrics(places: readonly MetricsPlace[], read: (path: string) => string | null): MetricsReading {
  const files: MetricsFile[] = [];
  const missing: string[] = [];
  const broken: string[] = [];
  for (const place of places) {
    const text = read(place.path);
    if (text === null) {
      missing.push(place.path);
      continue;
    }
    const values = parseMetrics(text, place.path);
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

/** Reads files of the workspace. */
export function workspaceReader(root: string): (path: string) => string | null {
  return (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return null;
    }
  };
}

/** A JSON or YAML document as dotted keys, or what is wrong with it in one sentence. */
function parseMetrics(text: string, path: string): FlatValues | string {
  try {
    // YAML includes JSON, but its parser takes many times as long.
    const document = (path.endsWith('.json') ? JSON.parse(text) : parse(text)) as Value;
    return flatten(document, typeof document === 'object' && document !== null ? '' : 'value');
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `${path} is neither JSON nor YAML: ${first}`;
  }
}
