import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { colorsFor } from '../engine/console/format.ts';
import { type LockBlock, staysInside } from '../engine/planning/lock-format.ts';
import { lockText, parseLock } from '../engine/planning/read-lock.ts';
import type { Artifact } from '../engine/store/contents/artifact.ts';
import { Workspace } from '../engine/store/workspace.ts';
import { INDEX_PAGE } from '../report/index-page.ts';
import { type LockedFile, type LockedReport, type ReportDisk, verifyReport } from '../report/verify.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { print } from './output.ts';
import { findRoot } from './project.ts';
import { isThisExperiment } from './this-experiment.ts';

const REPORTS = 'reports';
const LOCK = 'pipeline.lock';
/** Below reports/. */
const SWEEPS = 'sweeps';
/** The stage that writes the tables; its lock block says what they follow from. */
const TABLES = 'tables';
/** Where that stage writes, below reports/<profile>/. */
const [RESULTS, FIGURES] = ['results', 'figures'] as const;

/**
 * `pipeline report verify [NAME...]`: computes every committed table again from the committed metrics, draws every figure
 * again from its committed data, and compares metrics and data with the lock; reports of sweeps (`sweeps/NAME`), from their trials and the trials' metrics. Needs neither
 * runs/ nor the cache, so that a fresh clone can be checked.
 */
export async function verify(
  names: readonly string[],
  { json = false }: { readonly json?: boolean } = {},
): Promise<ExitCode> {
  const root = findRoot();
  const chosen = names.length > 0 ? names : [...(await committedProfiles(root)), ...(await committedSweeps(root))];
  if (chosen.length === 0) throw nothingToVerify(root);
  const verified: Verified[] = [];
  for (const profile of chosen) {
    if (profile.startsWith(`${SWEEPS}/`)) {
      const { verifySweep } = await import('./sweeps/sweep-report.ts');
      verified.push(verifySweep(root, profile.slice(SWEEPS.length + 1)));
      continue;
    }
    const lockPath = `${REPORTS}/${profile}/${LOCK}`;
    const locked = lockedReport(profile, readLock(root, lockPath), lockPath);
    const problems = await verifyReport(locked, diskAt(root));
    verified.push({ report: `${REPORTS}/${profile}`, metricsFiles: locked.written.length, problems });
  }
  const text = json ? JSON.stringify({ reports: verified }) : verifiedLines(verified).join('\n');
  print(`${text}\n`);
  return verified.every(({ problems }) => problems.length === 0) ? exitCodes.ok : exitCodes.failed;
}

/** What a report is made from, and what of it does not follow. */
type Verified = { readonly report: string; readonly problems: readonly string[] } & (
  { readonly metricsFiles: number } | { readonly trials: number }
);

function verifiedLines(reports: readonly Verified[]): string[] {
  const colors = colorsFor(process.stdout, process.env);
  return reports.flatMap((verified) => {
    const { report, problems } = verified;
    if (problems.length > 0) return problems.map((problem) => `${colors.red('differs')} ${problem}`);
    const follows =
      'trials' in verified
        ? `everything follows from ${verified.trials} trials, and these from their metrics`
        : `tables follow from ${verified.metricsFiles} metrics files, figures from their data, and both are those of the lock`;
    return [`${colors.green('ok')} ${report}: ${follows}`];
  });
}

/** Every profile of this experiment; in another project only those with tables, since its locks need not have any. */
async function committedProfiles(root: string): Promise<string[]> {
  const profiles = await reportsWith(path.join(root, REPORTS), LOCK);
  if (isThisExperiment(root)) return profiles;
  const found: string[] = [];
  for (const profile of profiles) {
    const tables = readLock(root, `${REPORTS}/${profile}/${LOCK}`).get(TABLES);
    if (Object.hasOwn(tables?.outs ?? {}, `${REPORTS}/${profile}/${RESULTS}`)) found.push(profile);
  }
  return found;
}

function nothingToVerify(root: string): UsageError {
  if (!isThisExperiment(root)) {
    return new UsageError(
      `nothing here can be verified: this project has no report of a sweep (${REPORTS}/${SWEEPS}/NAME), and tables that ` +
        'follow from metrics are what only the experiment of this package has',
    );
  }
  return new UsageError(
    `no ${REPORTS}/<profile>/${LOCK} and no ${REPORTS}/${SWEEPS}/<sweep> here: run the pipeline first, then there is a report to verify`,
  );
}

async function committedSweeps(root: string): Promise<string[]> {
  const names = await reportsWith(path.join(root, REPORTS, SWEEPS), 'sweep.json');
  return names.map((name) => `${SWEEPS}/${name}`);
}

/** Names of the directories that hold a file of this name. */
async function reportsWith(directory: string, file: string): Promise<string[]> {
  if (!existsSync(directory)) return [];
  const names = await readdir(directory);
  return names.filter((name) => existsSync(path.join(directory, name, file))).sort();
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
