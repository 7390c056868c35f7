import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../cli/exit-codes.ts';
import type { VerifiedReport } from '../../cli/extension.ts';
import { reportsWith } from '../../cli/report.ts';
import { type LockBlock, staysInside } from '../../engine/planning/lock-format.ts';
import { lockText, parseLock } from '../../engine/planning/read-lock.ts';
import type { Artifact } from '../../engine/store/contents/artifact.ts';
import { Workspace } from '../../engine/store/workspace.ts';
import { INDEX_PAGE } from '../../report/index-page.ts';
import { type LockedFile, type LockedReport, type ReportDisk, verifyReport } from '../../report/verify.ts';

const REPORTS = 'reports';
const LOCK = 'pipeline.lock';
/** The stage that writes the tables; its lock block says what they follow from. */
const TABLES = 'tables';
/** Where that stage writes, below reports/<profile>/. */
const [RESULTS, FIGURES] = ['results', 'figures'] as const;

/** The profiles whose report is committed. */
export function committedReports(root: string): Promise<string[]> {
  return reportsWith(path.join(root, REPORTS), LOCK);
}

/**
 * Computes every table of a committed report again from the committed metrics, draws every figure again from its
 * committed data, and compares metrics and data with the lock. Needs neither runs/ nor the cache, so that a fresh clone
 * can be checked.
 *
 * @throws UsageError when there is no such report, or it is not finished
 */
export async function verifyCommitted(root: string, profile: string): Promise<VerifiedReport> {
  const lockPath = `${REPORTS}/${profile}/${LOCK}`;
  const locked = lockedReport(profile, readLock(root, lockPath), lockPath);
  const problems = await verifyReport(locked, diskAt(root));
  const metricsFiles = locked.written.length;
  return {
    report: `${REPORTS}/${profile}`,
    counts: { metricsFiles },
    follows: `tables follow from ${metricsFiles} metrics files, figures from their data, and both are those of the lock`,
    problems,
  };
}

function readLock(root: string, lockPath: string): ReadonlyMap<string, LockBlock> {
  const text = lockText(root, lockPath);
  if (text !== null) return parseLock(text, lockPath);
  throw new UsageError(`${lockPath} does not exist: run the pipeline with this profile, or correct its name`);
}

/** Splits what the lock records into metrics, tables and the rest of the report. */
function lockedReport(profile: string, blocks: ReadonlyMap<string, LockBlock>, lockPath: string): LockedReport {
  const tables = blocks.get(TABLES);
  if (!tables) {
    throw new UsageError(
      `${lockPath} does not record the stage ${TABLES}, whose tables are verified: run the pipeline with this profile to its end`,
    );
  }
  const directory = `${REPORTS}/${profile}`;
  const isMetrics = (file: string) => staysInside(file) && file.startsWith(`${directory}/metrics/`);
  // git keeps no empty directory, so that a clone lacks it: without GroupGAN there are no figures.
  const files = (artifacts: Readonly<Record<string, Artifact>>): LockedFile[] =>
    Object.entries(artifacts)
      .filter(([file, artifact]) => artifact.files !== 0 && staysInside(file))
      .map(([file, { digest }]) => ({ path: file, digest }));
  const read = files(tables.deps).filter((file) => isMetrics(file.path));
  // A lock keeps instances of an earlier, larger matrix; what counts is what the tables read.
  const sources = new Set(read.map((file) => file.path));
  return {
    tables: `${directory}/${RESULTS}`,
    figures: `${directory}/${FIGURES}`,
    page: `${directory}/${INDEX_PAGE}`,
    params: tables.params,
    read,
    written: [...blocks.values()].flatMap(({ outs }) => files(outs)).filter((file) => sources.has(file.path)),
    others: files(tables.outs).filter((file) => file.path !== `${directory}/${RESULTS}`),
  };
}

/** The edge to the disk, with digests as the store has them. */
function diskAt(root: string): ReportDisk {
  const at = (file: string) => path.join(root, file);
  const read = async (file: string) => (existsSync(at(file)) ? await readFile(at(file)) : null);
  const list = async (directory: string): Promise<string[]> => {
    if (!existsSync(at(directory))) return [];
    const entries = await readdir(at(directory), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .sort();
  };
  const workspace = Workspace.open(root);
  const digest = async (file: string) => (await workspace.look(file))?.digest ?? null;
  return { read, list, digest };
}
