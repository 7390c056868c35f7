import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import { selectInstances } from '../../engine/graph/select.ts';
import type { InstanceName, Pipeline } from '../../engine/stages/types.ts';
import { Lockfile } from '../../engine/planning/lockfile.ts';
import { GrowingFile } from '../../engine/running/logs/growing-file.ts';
import { isWorkedOn } from '../../engine/running/resources/instance-locks.ts';
import { findLog } from '../../engine/running/logs/instance-log.ts';
import { lastLines } from '../../engine/running/logs/log-tail.ts';
import { logPath } from '../../engine/running/paths.ts';
import { Workspace } from '../../engine/store/workspace.ts';
import { visible } from '../../engine/console/visible.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { print as printText } from '../output.ts';
import { findRoot } from '../find-root.ts';
import { cacheOptions, openProject, type ProjectOptions } from '../project.ts';
import { statePlace } from '../../base/state-place.ts';

export interface LogsOptions extends ProjectOptions {
  readonly tail?: number;
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** How often (ms) a followed log is looked at: a person takes it for at once. */
const lookEvery = 100;

const newline = 10;

/**
 * `pipeline logs STAGE`: the output of an instance's last run, byte for byte, or its last lines. An instance whose
 * outputs came from the cache shows the log of the run that made them.
 */
export async function logs(pattern: string, options: LogsOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const workspace = Workspace.open(pipeline.root, cacheOptions(pipeline.root));
  const lock = Lockfile.open(pipeline.root, lockFile);
  const selected = selectInstances(pipeline, [pattern], { single: true });
  if (options.follow === true) return follow(pattern, selected, { pipeline, lockFile, workspace, lock }, options);
  const found: { readonly instance: string; readonly log: string }[] = [];
  for (const instance of selected) {
    const log = await findLog(workspace, lock, instance);
    if (log !== null) found.push({ instance, log });
  }
  if (found.length === 0) {
    throw noLog(pattern);
  }
  if (options.json === true) {
    const read = (file: string): string =>
      (options.tail === undefined ? readFileSync(file) : lastLines(file, options.tail)).toString('utf8');
    const relative = (log: string): string => path.relative(pipeline.root, log).replaceAll(path.sep, '/');
    const documents = found.map(({ instance, log }) => ({ instance, log: relative(log), text: read(log) }));
    process.stdout.write(`${JSON.stringify({ logs: documents })}\n`);
    return exitCodes.ok;
  }
  for (const [at, { instance, log }] of found.entries()) {
    if (found.length > 1) printText(`--- ${visible(instance)}\n`);
    await print(log, options.tail);
    // A log is printed as it is; the next heading begins a line all the same.
    const last = at < found.length - 1 ? lastLines(log, 1).at(-1) : undefined;
    if (last !== undefined && last !== newline) process.stdout.write('\n');
  }
  return exitCodes.ok;
}

interface Place {
  readonly pipeline: Pipeline;
  readonly lockFile: string;
  readonly workspace: Workspace;
  readonly lock: Lockfile;
}

/** `pipeline logs STAGE --follow`: what the log holds, and what comes to it until nobody works on the instance. */
async function follow(
  pattern: string,
  selected: readonly InstanceName[],
  { pipeline, lockFile, workspace, lock }: Place,
  { json, tail }: LogsOptions,
): Promise<ExitCode> {
  if (json === true) throw new UsageError('--follow prints text as it comes; it does not go together with --json');
  const isRunning = (name: InstanceName): boolean => {
    const instance = pipeline.instances.get(name);
    return instance !== undefined && isWorkedOn(pipeline.root, instance, lockFile);
  };
  const running = selected.filter(isRunning);
  const [name, ...others] = selected.length === 1 ? selected : running;
  if (name === undefined || others.length > 0) {
    const are = running.length === 0 ? 'none of them is running' : `these are running: ${running.join(', ')}`;
    throw new UsageError(`--follow takes one instance; "${pattern}" means ${selected.length}, and ${are}`);
  }
  if (!running.includes(name)) {
    const log = await findLog(workspace, lock, name);
    if (log === null) throw noLog(pattern);
    await print(log, tail);
    return exitCodes.ok;
  }
  const file = statePlace(pipeline.root, logPath(lockFile, name));
  const log = new GrowingFile(file);
  if (tail !== undefined && existsSync(file)) process.stdout.write(lastLines(file, tail, log.skip()));
  const reader = new AbortController();
  process.stdout.once('error', () => reader.abort());
  for (let goesOn = true; goesOn;) {
    // Nothing else would end it: a stage may write for days.
    if (reader.signal.aborted) return exitCodes.unread;
    // Asked before reading: what was written before the instance ended is then read all the same.
    goesOn = isRunning(name);
    for (const chunk of log.chunks()) process.stdout.write(chunk);
    if (goesOn) await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  return exitCodes.ok;
}

function noLog(pattern: string): UsageError {
  return new UsageError(`${pattern} has no log: it has not run here, and the cache has no run of it`);
}

async function print(file: string, tail: number | undefined): Promise<void> {
  if (tail === undefined) await pipe(createReadStream(file), process.stdout, { end: false });
  else process.stdout.write(lastLines(file, tail));
}
