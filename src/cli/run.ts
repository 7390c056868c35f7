import { colorsFor } from '../engine/console/format.ts';
import { jsonRenderer } from '../engine/console/json.ts';
import { plainRenderer } from '../engine/console/plain.ts';
import { planLines, reportLines } from '../engine/console/report.ts';
import { selectInstances } from '../engine/graph/select.ts';
import type { InstanceName, Pipeline, StageInstance } from '../engine/stages/types.ts';
import { allNotes, describeNote, type Note, overrideNotes } from '../engine/planning/notes.ts';
import { instancesOf } from '../engine/planning/plan.ts';
import type { Listener } from '../engine/running/events.ts';
import { describeExcess, type Machine, measureMachine } from '../engine/running/resources/machine.ts';
import type { Amounts } from '../engine/running/resources/amounts.ts';
import { dryRun, runPipeline } from '../engine/running/run.ts';
import { StopSwitch } from '../engine/running/stop.ts';
import { readSettings } from '../engine/settings.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import type { ResolvedParams } from './extension.ts';
import { MirrorProcess } from './tracking/mirror-process.ts';
import { requireOpenFiles } from './open-files.ts';
import { watchParent } from './parent-watch.ts';
import { findRoot } from './find-root.ts';
import { cacheOptions, openProject, type ProjectOptions } from './project.ts';

export interface RunCommandOptions extends ProjectOptions {
  readonly stage?: readonly string[];
  readonly single?: boolean;
  readonly downstream?: boolean;
  readonly force?: boolean;
  readonly from?: readonly string[];
  readonly jobs?: number;
  readonly resources?: Amounts;
  readonly keepGoing?: boolean;
  readonly dryRun?: boolean;
  readonly cache: boolean;
  readonly pull?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `pipeline [run]` */
export async function run(options: RunCommandOptions): Promise<ExitCode> {
  requireOpenFiles();
  const { pipeline, lockFile, resolved } = openProject(findRoot(), options);
  const { selection, force } = choose(pipeline, options);
  const cache = cacheOptions(pipeline.root, options.pull);
  const planOptions = { lockFile, force, restore: options.cache, cache };
  if (options.dryRun === true) {
    const listener = dryRunRenderer(options);
    const { entries, evaluator } = await dryRun(pipeline, selection, { ...planOptions, listener });
    const instances = instancesOf(entries);
    tellNotes(await allNotes(pipeline, instances, evaluator), listener);
    return exitCodes.ok;
  }
  const stop = new StopSwitch();
  const show = withResolvedNotes(await renderer(options), resolved);
  const mirror = new MirrorProcess(pipeline.root, show, process.env);
  onSignals(() => {
    if (stop.signal.aborted) mirror.giveUp();
    stop.stop();
  });
  // Whoever set a value for this run expects that it does something.
  const selected = selection.flatMap((name) => pipeline.instances.get(name) ?? []);
  tellNotes(overrideNotes(pipeline, selected), show);
  const result = await runPipeline(pipeline, selection, {
    ...planOptions,
    machine: (instances) => machineFor(instances, pipeline.root, options),
    keepGoing: options.keepGoing ?? false,
    save: options.cache,
    listener(event) {
      show(event);
      mirror.note(event);
    },
    stop,
  });
  await mirror.finish();
  return exitCodes[result];
}

function tellNotes(notes: readonly Note[], listener: Listener): void {
  for (const note of notes) {
    const { found, advice } = describeNote(note);
    listener({ type: 'note', level: 'warning', text: `${found}; ${advice}` });
  }
}

/** Calls back for each Ctrl-C, and for what else tells a program to end. */
export function onSignals(told: () => void): void {
  watchParent(told);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, told);
}

/** What takes part in the run, and what of it runs in any case. */
function choose(
  pipeline: Pipeline,
  options: RunCommandOptions,
): { selection: readonly InstanceName[]; force: boolean | ReadonlySet<InstanceName> } {
  const { stage = [], from = [], single = false, downstream = false, force = false } = options;
  if (from.length === 0) {
    // As in DVC: what the stages need stays as it is.
    const selection = selectInstances(pipeline, stage, { single: single || downstream, downstream });
    return { selection, force };
  }
  if (downstream) throw new UsageError('--from means everything downstream already; leave --downstream out');
  const forced = new Set(selectInstances(pipeline, from, { single: true, downstream: true }));
  const selection = selectInstances(pipeline, stage.length > 0 ? stage : [...forced], { single });
  const lost = stage.length > 0 && !selection.some((name) => forced.has(name));
  if (lost) throw new UsageError(`nothing that --stage selects is downstream of ${from.join(', ')}`);
  return { selection, force: force || forced };
}

/** What instances may share here. Throws UsageError when some ask for more than there is. */
export function machineFor(
  instances: readonly StageInstance[],
  root: string,
  options: Pick<RunCommandOptions, 'jobs' | 'resources'>,
): Machine {
  const machine = measureMachine({
    jobs: options.jobs ?? null,
    settings: readSettings(root).resources,
    overrides: options.resources ?? {},
    env: process.env,
    wantsGpus: instances.some(({ resources }) => resources.gpus > 0),
  });
  const excess = describeExcess(instances, machine);
  if (excess !== null) throw new UsageError(excess);
  return machine;
}

function dryRunRenderer(options: RunCommandOptions): Listener {
  if (options.json === true) return jsonRenderer(writeOut);
  const colors = colorsFor(process.stdout, process.env);
  return (event) => {
    if (event.type === 'plan') writeOut(`${planLines(event, colors).join('\n')}\n`);
    else for (const line of reportLines(event, { colors, quiet: false })) writeOut(`${line}\n`);
  };
}

async function renderer(options: RunCommandOptions): Promise<Listener> {
  if (options.json === true) return jsonRenderer(writeOut);
  const report = { colors: colorsFor(process.stdout, process.env), quiet: options.quiet ?? false };
  const { CI, TERM } = process.env;
  const live = process.stdout.isTTY && TERM !== 'dumb' && (CI === undefined || CI === '' || CI === 'false');
  if (!live || report.quiet) return plainRenderer(writeOut, report);
  const { terminalRenderer } = await import('../engine/console/terminal.ts');
  return terminalRenderer(process.stdout, report);
}

/** Says what the extension decided for this machine, once something is going to run. */
function withResolvedNotes(listener: Listener, { notes }: ResolvedParams): Listener {
  return (event) => {
    listener(event);
    if (event.type !== 'run-started') return;
    for (const text of notes) listener({ type: 'note', level: 'info', text });
  };
}

function writeOut(text: string): void {
  process.stdout.write(text);
}
