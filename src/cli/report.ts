import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { colorsFor } from '../engine/console/format.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import type { Extensions, VerifiedReport } from './extension.ts';
import { findRoot } from './find-root.ts';
import { print } from './output.ts';

const REPORTS = 'reports';
/** Below reports/. */
const SWEEPS = 'sweeps';

export interface VerifyOptions {
  readonly json?: boolean;
  readonly extensions: Extensions;
}

/**
 * `pipeline report verify [NAME...]`: computes committed reports again from what they are made from, and compares: those
 * of sweeps (`sweeps/NAME`) from their trials and the trials' metrics, others as the project's extension does.
 */
export async function verify(names: readonly string[], { json = false, extensions }: VerifyOptions): Promise<ExitCode> {
  const root = findRoot();
  const own = extensions.own?.reports;
  const chosen = names.length > 0 ? names : [...((await own?.committed(root)) ?? []), ...(await committedSweeps(root))];
  if (chosen.length === 0) throw nothingToVerify(own !== undefined);
  const verified: VerifiedReport[] = [];
  for (const name of chosen) {
    if (name.startsWith(`${SWEEPS}/`)) {
      const { verifySweep } = await import('./sweeps/sweep-report.ts');
      verified.push(verifySweep(root, name.slice(SWEEPS.length + 1), extensions));
    } else if (own !== undefined) verified.push(await own.verify(root, name));
    else throw onlySweeps(name);
  }
  const documents = verified.map(({ report, counts, problems }) => ({ report, ...counts, problems }));
  print(`${json ? JSON.stringify({ reports: documents }) : verifiedLines(verified).join('\n')}\n`);
  return verified.every(({ problems }) => problems.length === 0) ? exitCodes.ok : exitCodes.failed;
}

function verifiedLines(reports: readonly VerifiedReport[]): string[] {
  const colors = colorsFor(process.stdout, process.env);
  return reports.flatMap(({ report, follows, problems }) =>
    problems.length > 0
      ? problems.map((problem) => `${colors.red('differs')} ${problem}`)
      : [`${colors.green('ok')} ${report}: ${follows}`],
  );
}

function nothingToVerify(hasReports: boolean): UsageError {
  return new UsageError(
    hasReports
      ? `no ${REPORTS}/<profile>/pipeline.lock and no ${REPORTS}/${SWEEPS}/<sweep> here: run the pipeline first, then there is a report to verify`
      : `nothing here can be verified: this project has no report of a sweep (${REPORTS}/${SWEEPS}/NAME), and no extension that knows other reports`,
  );
}

function onlySweeps(name: string): UsageError {
  return new UsageError(
    `"${name}" names no report of a sweep (${SWEEPS}/NAME), and pipeline.yaml names no extension that knows other reports`,
  );
}

async function committedSweeps(root: string): Promise<string[]> {
  const names = await reportsWith(path.join(root, REPORTS, SWEEPS), 'sweep.json');
  return names.map((name) => `${SWEEPS}/${name}`);
}

/** Names of the directories that hold a file of this name. */
export async function reportsWith(directory: string, file: string): Promise<string[]> {
  if (!existsSync(directory)) return [];
  const names = await readdir(directory);
  return names.filter((name) => existsSync(path.join(directory, name, file))).sort();
}
