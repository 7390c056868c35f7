import { createHash } from 'node:crypto';
import { type Metrics, MetricsError, parseMetrics } from './metrics.ts';
import { renderReport } from './report.ts';
import { ReportError, type ReportParams } from './scale.ts';

/** A file or directory as the lock recorded it. */
export interface LockedFile {
  readonly path: string;
  readonly digest: string;
}

/** What the lock of one profile says about its report. */
export interface LockedReport {
  /** Directory of the tables, for example `reports/demo/tables`. */
  readonly tables: string;
  /** Parameters recorded for the stage `tables`. */
  readonly params: ReportParams;
  /** The metrics files that `tables` read, with the digests it saw. */
  readonly read: readonly LockedFile[];
  /** The metrics files that the evaluating stages wrote. */
  readonly written: readonly LockedFile[];
  /** Everything else of the report that the lock records: figures. */
  readonly others: readonly LockedFile[];
}

/** The edge to the disk: a file's bytes or null, and the files below a directory (paths relative to the root). */
export interface ReportDisk {
  read(path: string): Promise<Uint8Array | null>;
  list(directory: string): Promise<readonly string[]>;
  digest(path: string): Promise<string | null>;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The first line in which two texts differ, as a small diff; null when they are equal. */
export function firstDifference(expected: string, found: string): string | null {
  if (expected === found) return null;
  const a = expected.split('\n');
  const b = found.split('\n');
  const line = a.findIndex((text, i) => text !== b[i]);
  const at = line === -1 ? a.length : line;
  const count = a.filter((text, i) => text !== b[i]).length + Math.max(0, b.length - a.length);
  return [
    `line ${at + 1} (${count} line${count === 1 ? ' differs' : 's differ'})`,
    `  - ${b[at] ?? '(the file ends here)'}`,
    `  + ${a[at] ?? '(nothing more should follow)'}`,
  ].join('\n');
}

/**
 * Computes every table of a committed report again from the committed metrics and compares, and compares the metrics
 * with the lock. Returns one message a problem; an empty list means that the report follows from what is committed.
 */
export async function verifyReport(locked: LockedReport, disk: ReportDisk): Promise<string[]> {
  const problems: string[] = [];
  const written = new Map(locked.written.map((file) => [file.path, file.digest]));
  for (const file of locked.read) {
    const digest = written.get(file.path);
    if (digest === undefined) problems.push(`${file.path}: the tables read it, but no stage in the lock wrote it`);
    else if (digest !== file.digest)
      problems.push(`${file.path}: the tables read another version than the lock records`);
  }
  const metrics: Metrics[] = [];
  for (const [path, digest] of written) {
    const bytes = await disk.read(path);
    if (!bytes) {
      problems.push(`${path}: recorded in the lock, but missing`);
      continue;
    }
    if (sha256(bytes) !== digest)
      problems.push(`${path}: differs from the lock (sha256 ${sha256(bytes)}, recorded ${digest})`);
    if (!locked.read.some((file) => file.path === path))
      problems.push(`${path}: in the lock, but the tables never read it`);
    try {
      metrics.push(parseMetrics(new TextDecoder().decode(bytes), path));
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      problems.push(error.message);
    }
  }
  try {
    problems.push(...(await compareTables(locked, metrics, disk)));
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    problems.push(error.message);
  }
  for (const file of locked.others) {
    const digest = await disk.digest(file.path);
    if (digest === null) problems.push(`${file.path}: recorded in the lock, but missing`);
    else if (digest !== file.digest) problems.push(`${file.path}: differs from the lock`);
  }
  return problems;
}

async function compareTables(locked: LockedReport, metrics: readonly Metrics[], disk: ReportDisk): Promise<string[]> {
  const problems: string[] = [];
  const expected = renderReport(metrics, locked.params);
  const names = new Set(expected.map((file) => `${locked.tables}/${file.name}`));
  for (const file of expected) {
    const path = `${locked.tables}/${file.name}`;
    const bytes = await disk.read(path);
    if (!bytes) {
      problems.push(`${path}: missing; the metrics give it`);
      continue;
    }
    const difference = firstDifference(file.text, new TextDecoder().decode(bytes));
    if (difference) problems.push(`${path}: does not follow from the metrics: ${difference}`);
  }
  for (const path of await disk.list(locked.tables)) {
    if (!names.has(path)) problems.push(`${path}: no table of this name follows from the metrics`);
  }
  return problems;
}
