import path from 'node:path';
import { stringify } from 'yaml';
import { PipelineError } from '../../engine/yaml/diagnostics.ts';
import { selectInstances } from '../../engine/graph/select.ts';
import type { Value } from '../../engine/yaml/values.ts';
import { canonicalJson } from '../../engine/planning/fingerprint.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { ticksOf } from '../../engine/sweeps/distributions.ts';
import { readMetric } from '../../engine/sweeps/metric.ts';
import { bestOf } from '../../engine/sweeps/proposals.ts';
import { trialSettings } from '../../engine/sweeps/run-trial.ts';
import { dimensionsOf } from '../../engine/sweeps/space.ts';
import { readSweep } from '../../engine/sweeps/sweep-file.ts';
import { type Trial, TrialStore } from '../../engine/sweeps/trial-store.ts';
import type { ReportFile } from '../../base/report-table.ts';
import type { SweepResults } from '../../engine/sweeps/report/results.ts';
import { renderSweep } from '../../engine/sweeps/report/sweep-report.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { sweepFiles } from './find-sweep.ts';
import { type OpenSweep, openSweep, type SweepOptions } from './open-sweep.ts';
import type { Extensions, VerifiedReport } from '../extension.ts';
import { readText } from '../../engine/store/read-text.ts';
import { visible } from '../../engine/console/visible.ts';

export interface SweepReportOptions extends SweepOptions {
  readonly check?: boolean;
}

/** `pipeline sweep report FILE`: writes the report from the trials on disk, or checks the one that is there. */
export function sweepReport(file: string, options: SweepReportOptions): ExitCode {
  const open = openSweep(file, options);
  const { store } = open;
  const trials = trialsOf(open);
  if (options.check !== true) {
    writeSweepReport(open, trials);
    process.stdout.write(`report: ${visible(store.directory)}/trials.md\n`);
    return exitCodes.ok;
  }
  const problems = sweepProblems(open, trials);
  for (const problem of problems) process.stderr.write(`${visible(problem)}\n`);
  if (problems.length === 0)
    process.stdout.write(`${visible(store.directory)}: follows from its ${trials.length} trials\n`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/**
 * Checks the report of a sweep as `report verify` does, by the sweep file of that name, wherever in the project it lies.
 * Throws UsageError where there is no such report, or no trial in it.
 */
export function verifySweep(root: string, name: string, extensions: Extensions): VerifiedReport {
  const report = `reports/sweeps/${name}`;
  const recorded = recordedId(root, report);
  if (recorded === null)
    throw new UsageError(`${report} holds no sweep.json: run the sweep first, or correct its name`);
  const files = sweepFiles(root, name).map((file) => path.join(root, file));
  if (files.length === 0) {
    return verified(report, 0, [`${report}: no file ${name}.yaml in this project says what its trials are`]);
  }
  // Another file may have the name by chance; the sweep that was begun says which is its own.
  const [first, ...others] = files;
  const file = others.length === 0 ? first : (files.find((one) => identityOf(root, one) === recorded) ?? first);
  const open = openSweep(file ?? name, { extensions });
  const trials = trialsOf(open);
  return verified(open.store.directory, trials.length, sweepProblems(open, trials));
}

function verified(report: string, trials: number, problems: readonly string[]): VerifiedReport {
  const follows = `everything follows from ${trials} trials, and these from their metrics`;
  return { report, counts: { trials }, follows, problems };
}

function recordedId(root: string, report: string): string | null {
  try {
    const { id } = JSON.parse(readText(path.join(root, report, 'sweep.json')) ?? '') as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

/** Null for a file that is no sweep. */
function identityOf(root: string, file: string): string | null {
  try {
    return new TrialStore(root, readSweep(root, file).sweep, {}).identity.id;
  } catch (error) {
    if (error instanceof PipelineError) return null;
    throw error;
  }
}

function trialsOf({ store }: OpenSweep): readonly Trial[] {
  const trials = store.read();
  if (trials.length === 0) throw new UsageError(`${store.directory} has no trials: run the sweep first`);
  return trials;
}

/** Writes every file of the report. */
export function writeSweepReport(open: OpenSweep, trials: readonly Trial[]): void {
  for (const { name, text } of reportFiles(open, trials)) {
    writeFileAtomic(path.join(open.root, open.store.directory, name), text);
  }
}

/** What of a report does not follow from its trials, or of its trials from their metrics. */
function sweepProblems(open: OpenSweep, trials: readonly Trial[]): string[] {
  const { root, sweep, store } = open;
  const files = reportFiles(open, trials).flatMap(({ name, text }) => {
    const file = path.posix.join(store.directory, name);
    return readText(path.join(root, file)) === text ? [] : [`${file} does not follow from the trials`];
  });
  const metrics = trials.flatMap((trial) => {
    if (trial.state !== 'finished') return [];
    const { pipeline } = open.openTrial(trialSettings(trial, sweep, store));
    const names = selectInstances(pipeline, sweep.stages, { single: true });
    const instances = names.flatMap((name) => pipeline.instances.get(name) ?? []);
    const measured = readMetric(root, instances, sweep.metric);
    if (measured.ok && measured.value === trial.metric) return [];
    const found = measured.ok ? `they say ${measured.value}, it says ${String(trial.metric)}` : measured.reason;
    return [`${store.reportsOf(trial.trial)}: its metric does not follow from its metrics files: ${found}`];
  });
  return [...files, ...metrics];
}

function reportFiles(open: OpenSweep, trials: readonly Trial[]): ReportFile[] {
  const { sweep } = open;
  const best = bestOf(trials, sweep);
  const files = renderSweep(resultsOf(open, trials, best));
  return best === null ? files : [...files, { name: 'best.yaml', text: bestParams(open, best) }];
}

function resultsOf({ sweep, store }: OpenSweep, trials: readonly Trial[], best: Trial | null): SweepResults {
  return {
    ...store.identity,
    description: sweep.description,
    method: sweep.method,
    metric: sweep.metric,
    axes: dimensionsOf(sweep.space).map(({ key, distribution }) => ({
      key,
      categories: distribution.kind === 'categorical' ? distribution.values.length : null,
      ticks: ticksOf(distribution),
    })),
    trials,
    best: best?.trial ?? null,
  };
}

/** The best trial as a params file: everything in which its params differ from the defaults. */
function bestParams({ sweep, store, openTrial, openDefaults }: OpenSweep, best: Trial): string {
  const { pipeline, resolved } = openTrial(trialSettings(best, sweep, store));
  const { params: defaults } = openDefaults().pipeline;
  // What names the profile and what each machine decides are no findings of a sweep.
  const notFound = pick(defaults, ['profile', ...Object.keys(resolved.values)]);
  const chosen = differences(defaults, { ...pipeline.params, ...notFound });
  const metric = best.metric === null ? '' : `, ${sweep.metric.name} ${Number(best.metric.toPrecision(4))}`;
  return (
    `# Trial ${best.trial} of ${sweep.file}${metric}. Run the whole pipeline with it:\n` +
    `#   npm run pipeline -- --params ${store.directory}/best.yaml -S profile=${sweep.name}-best\n` +
    stringify(chosen, { lineWidth: 0 })
  );
}

type Params = { readonly [key: string]: Value };

function differences(from: Params, to: Params): Params {
  const entries = Object.entries(to).flatMap(([key, value]): [string, Value][] => {
    const before = from[key];
    if (before !== undefined && canonicalJson(before) === canonicalJson(value)) return [];
    return [[key, isMap(before) && isMap(value) ? differences(before, value) : value]];
  });
  return Object.fromEntries(entries);
}

function pick(params: Params, keys: readonly string[]): Params {
  return Object.fromEntries(Object.entries(params).filter(([key]) => keys.includes(key)));
}

function isMap(value: Value | undefined): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
