import { doctorLines } from '../engine/console/doctor-text.ts';
import { colorsFor } from '../engine/console/format.ts';
import { type Check, note, ok, problem } from '../engine/doctor/check.ts';
import { diskCheck, machineCheck, nodeCheck, openFilesCheck } from '../engine/doctor/machine.ts';
import { programsCheck } from '../engine/doctor/programs.ts';
import { cacheChecks, gitCheck, lockCheck } from '../engine/doctor/project.ts';
import { PipelineError } from '../engine/yaml/diagnostics.ts';
import { CodeReader } from '../engine/planning/code/code-closure.ts';
import { describeNote, inputNotes } from '../engine/planning/input-notes.ts';
import { madeBy } from '../engine/planning/code/stage-code.ts';
import { stageEnvironment } from '../engine/running/run.ts';
import { readSettings } from '../engine/settings.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { print, terminalWidth } from './output.ts';
import type { Extensions } from './extension.ts';
import { findRoot } from './find-root.ts';
import { openProject } from './project.ts';

export interface DoctorOptions {
  readonly json?: boolean;
  readonly extensions: Extensions;
}

/** `pipeline doctor`: what this machine and this project have, and what to do about what they lack. */
export async function doctor({ json = false, extensions }: DoctorOptions): Promise<ExitCode> {
  const root = findRoot();
  const checks = [
    nodeCheck(process.version),
    machineCheck(),
    ...((await extensions.own?.checks(root)) ?? []),
    ...cacheChecks(root, readSettings(root).cache.dir),
    diskCheck(root),
    gitCheck(root),
    lockCheck(root),
    openFilesCheck(),
    ...(await pipelineChecks(root, extensions)),
  ];
  const works = checks.every(({ state }) => state !== 'problem');
  const colors = colorsFor(process.stdout, process.env);
  const text = json
    ? JSON.stringify({ works, checks })
    : doctorLines(checks, colors, terminalWidth(process.stdout)).join('\n');
  print(`${text}\n`);
  return works ? exitCodes.ok : exitCodes.failed;
}

/** Whether pipeline.yaml can be read, and then its programs, and the files that stages name and nobody tracks. */
async function pipelineChecks(root: string, extensions: Extensions): Promise<Check[]> {
  try {
    const { pipeline } = openProject(root, { extensions });
    const notes = await inputNotes(pipeline.instances.values(), new CodeReader(root, madeBy(pipeline)));
    const inputs = notes.map(describeNote).map(({ found, advice }) => note('inputs', found, advice));
    return [
      programsCheck([...pipeline.instances.values()], stageEnvironment(root)),
      ...(inputs.length > 0 ? inputs : [ok('inputs', 'every file that a command names is tracked')]),
    ];
  } catch (error) {
    if (!(error instanceof PipelineError) && !(error instanceof UsageError)) throw error;
    const count = error instanceof PipelineError ? error.diagnostics.length : 1;
    const found = `pipeline.yaml or its params have ${count === 1 ? 'a mistake' : `${count} mistakes`}`;
    return [problem('pipeline', found, '"pipeline status" shows each with its place')];
  }
}
