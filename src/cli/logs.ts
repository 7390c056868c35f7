import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import { selectInstances } from '../engine/pipeline/select.ts';
import { Lockfile } from '../engine/planning/lockfile.ts';
import { findLog } from '../engine/running/instance-log.ts';
import { lastLines } from '../engine/running/log-tail.ts';
import { Workspace } from '../engine/store/workspace.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { cacheOptions, findRoot, openProject, type ProjectOptions } from './project.ts';

export interface LogsOptions extends ProjectOptions {
  readonly tail?: number;
  readonly json?: boolean;
}

/**
 * `pipeline logs STAGE`: the output of an instance's last run, byte for byte, or its last lines. An instance whose
 * outputs came from the cache shows the log of the run that made them.
 */
export async function logs(pattern: string, options: LogsOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const workspace = Workspace.open(pipeline.root, cacheOptions(pipeline.root));
  const lock = Lockfile.open(pipeline.root, lockFile);
  const found: { readonly instance: string; readonly log: string }[] = [];
  for (const instance of selectInstances(pipeline, [pattern], { single: true })) {
    const log = await findLog(workspace, lock, instance);
    if (log !== null) found.push({ instance, log });
  }
  if (found.length === 0) {
    throw new UsageError(`${pattern} has no log: it has not run here, and the cache has no run of it`);
  }
  if (options.json === true) {
    const read = (file: string): string =>
      (options.tail === undefined ? readFileSync(file) : lastLines(file, options.tail)).toString('utf8');
    const relative = (log: string): string => path.relative(pipeline.root, log).replaceAll(path.sep, '/');
    const documents = found.map(({ instance, log }) => ({ instance, log: relative(log), text: read(log) }));
    process.stdout.write(`${JSON.stringify({ logs: documents })}\n`);
    return exitCodes.ok;
  }
  for (const { instance, log } of found) {
    if (found.length > 1) process.stdout.write(`--- ${instance}\n`);
    await print(log, options.tail);
  }
  return exitCodes.ok;
}

async function print(file: string, tail: number | undefined): Promise<void> {
  if (tail === undefined) await pipe(createReadStream(file), process.stdout, { end: false });
  else process.stdout.write(lastLines(file, tail));
}
