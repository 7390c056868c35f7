import { availableParallelism } from 'node:os';
import { colorsFor } from '../engine/console/format.ts';
import { jsonRenderer } from '../engine/console/json.ts';
import { plainRenderer } from '../engine/console/plain.ts';
import { planLines } from '../engine/console/report.ts';
import { selectInstances } from '../engine/pipeline/select.ts';
import type { Listener } from '../engine/running/events.ts';
import { dryRun, runPipeline } from '../engine/running/run.ts';
import { StopSwitch } from '../engine/running/stop.ts';
import type { BackendChoice } from '../science/tensor/backend-choice.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { MirrorProcess } from './mirror-process.ts';
import { findRoot, openProject, type ProjectOptions } from './project.ts';

export interface RunCommandOptions extends ProjectOptions {
  readonly stage?: readonly string[];
  readonly single?: boolean;
  readonly downstream?: boolean;
  readonly force?: boolean;
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly dryRun?: boolean;
  readonly cache: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `pipeline [run]` */
export async function run(options: RunCommandOptions): Promise<ExitCode> {
  const { pipeline, lockFile, backend } = openProject(findRoot(), options);
  const selection = selectInstances(pipeline, options.stage ?? [], {
    single: options.single ?? false,
    downstream: options.downstream ?? false,
  });
  const planOptions = { lockFile, force: options.force ?? false, restore: options.cache };
  if (options.dryRun === true) {
    await dryRun(pipeline, selection, { ...planOptions, listener: dryRunRenderer(options) });
    return exitCodes.ok;
  }
  const stop = new StopSwitch();
  const onSignal = (): void => stop.stop();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const mirror = new MirrorProcess(pipeline.root, withBackendNotes(await renderer(options), backend), process.env);
  const result = await runPipeline(pipeline, selection, {
    ...planOptions,
    jobs: options.jobs ?? availableParallelism(),
    keepGoing: options.keepGoing ?? false,
    save: options.cache,
    listener: mirror.listener,
    stop,
  });
  await mirror.finish();
  return exitCodes[result];
}

function dryRunRenderer(options: RunCommandOptions): Listener {
  if (options.json === true) return jsonRenderer(writeOut);
  const colors = colorsFor(process.stdout, process.env);
  return (event) => {
    if (event.type === 'plan') writeOut(`${planLines(event, colors).join('\n')}\n`);
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

/** Says which backend computes, once something is going to run. */
function withBackendNotes(listener: Listener, backend: BackendChoice | null): Listener {
  return (event) => {
    listener(event);
    if (event.type !== 'run-started' || backend === null) return;
    listener({ type: 'note', level: 'info', text: `backend ${backend.backend}: ${backend.reason}` });
    if (backend.faster !== null) listener({ type: 'note', level: 'info', text: backend.faster });
  };
}

function writeOut(text: string): void {
  process.stdout.write(text);
}
