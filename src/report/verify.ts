import { createHash } from 'node:crypto';
import { DATA, figureFiles, renderFigures } from './figures/figures.ts';
import { indexPage } from './index-page.ts';
import { type Metrics, MetricsError, parseMetrics } from './metrics.ts';
import { reportTables } from './report.ts';
import { ReportError, type ReportParams } from './scale.ts';
import { renderTable } from './table.ts';

/** A file or directory as the lock recorded it. */
export interface LockedFile {
  readonly path: string;
  readonly digest: string;
}

/** What the lock of one profile says about its report. */
export interface LockedReport {
  /** Directory of the tables, for example `reports/demo/results`. */
  readonly tables: string;
  /** Directory of the figures, with their data below. */
  readonly figures: string;
  /** The page that shows both. */
  readonly page: string;
  /** Parameters recorded for the stage `tables`. */
  readonly params: ReportParams;
  /** The metrics files that `tables` read, with the digests it saw. */
  readonly read: readonly LockedFile[];
  /** The metrics files that the evaluating stages wrote. */
  readonly written: readonly LockedFile[];
  /** Everything else of the report that the lock records: the figures with their data, and the page. */
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
 * Computes every table of a committed report again from the committed metrics, draws every figure again from its
 * committed data, and compares; compares the metrics, and the data of the figures, with the lock. Returns one message a problem; an empty list means that the report follows from what is committed.
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
    problems.push(...(await compareReport(locked, metrics, disk)));
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

/** A file that follows from others. */
interface Expected {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Tables from the metrics, figures from their data, the page from both. */
async function compareReport(locked: LockedReport, metrics: readonly Metrics[], disk: ReportDisk): Promise<string[]> {
  const tables = reportTables(metrics, locked.params);
  const results = tables
    .flatMap((table) => renderTable(table))
    .map(({ name, text }) => ({ path: `${locked.tables}/${name}`, bytes: new TextEncoder().encode(text) }));
  const problems = await compareFiles(results, await disk.list(locked.tables), disk, 'the metrics');
  const dataAt = `${locked.figures}/${DATA}/`;
  const found = await disk.list(locked.figures);
  const data = new Map<string, Uint8Array>();
  for (const path of found.filter((file) => file.startsWith(dataAt))) {
    const bytes = await disk.read(path);
    if (bytes) data.set(path.slice(dataAt.length), bytes);
  }
  const figures = renderFigures((name) => data.get(name) ?? null);
  const drawn = figures.flatMap(figureFiles).map(({ name, bytes }) => ({ path: `${locked.figures}/${name}`, bytes }));
  const others = found.filter((path) => !path.startsWith(dataAt));
  problems.push(...(await compareFiles(drawn, others, disk, "the figures' data")));
  const profile = locked.params['profile'];
  const page = new TextEncoder().encode(indexPage(String(profile), tables, figures));
  problems.push(...(await compareFiles([{ path: locked.page, bytes: page }], [], disk, 'tables and figures')));
  return problems;
}

async function compareFiles(
  expected: readonly Expected[],
  found: readonly string[],
  disk: ReportDisk,
  source: string,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { path, bytes } of expected) {
    const onDisk = await disk.read(path);
    if (!onDisk) {
      problems.push(`${path}: missing; ${source} give it`);
      continue;
    }
    if (sha256(onDisk) === sha256(bytes)) continue;
    const isText = !path.endsWith('.png');
    const [wanted, is] = [bytes, onDisk].map((file) => new TextDecoder().decode(file));
    const difference = isText ? firstDifference(wanted ?? '', is ?? '') : 'another picture';
    problems.push(`${path}: does not follow from ${source}: ${difference ?? 'other bytes'}`);
  }
  const paths = new Set(expected.map(({ path }) => path));
  for (const path of found) {
    if (!paths.has(path)) problems.push(`${path}: nothing of this name follows from ${source}`);
  }
  return problems;
}
