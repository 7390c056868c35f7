import { colorsFor } from '../engine/console/format.ts';
import { planLines } from '../engine/console/report.ts';
import { selectInstances } from '../engine/pipeline/select.ts';
import { describeReason } from '../engine/planning/reasons.ts';
import { dryRun, nothingToDo } from '../engine/running/run.ts';
import { runningProcesses } from '../engine/store/process-locks.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { cacheOptions, findRoot, openProject, type ProjectOptions } from './project.ts';

export interface StatusOptions extends ProjectOptions {
  readonly stage?: readonly string[];
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

/** `pipeline status`: what is out of date, and every reason. */
export async function status(options: StatusOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const colors = colorsFor(process.stdout, process.env);
  const plan = await dryRun(pipeline, selectInstances(pipeline, options.stage ?? []), {
    lockFile,
    cache: cacheOptions(pipeline.root),
    listener(event) {
      if (event.type !== 'plan') return;
      const instances = event.instances.map((entry) => ({
        ...entry,
        reasons: entry.reasons.map((reason) => ({ ...reason, text: describeReason(reason) })),
      }));
      const text =
        options.json === true ? JSON.stringify({ lockFile, instances }) : planLines(event, colors).join('\n');
      process.stdout.write(`${text}\n`);
    },
  });
  for (const { pid, since } of options.json === true ? [] : runningProcesses(pipeline.root)) {
    process.stdout.write(`Process ${pid} has been running here since ${since}.\n`);
  }
  return options.exitCode === true && !nothingToDo(plan) ? exitCodes.failed : exitCodes.ok;
}
