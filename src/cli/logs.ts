import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import { selectInstances } from '../engine/pipeline/select.ts';
import { lastLines } from '../engine/running/log-tail.ts';
import { logPath } from '../engine/running/paths.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { findRoot, openProject, type ProjectOptions } from './project.ts';

export interface LogsOptions extends ProjectOptions {
  readonly tail?: number;
  readonly json?: boolean;
}

/** `pipeline logs STAGE`: the output of an instance's last run, byte for byte, or its last lines. */
export async function logs(pattern: string, options: LogsOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const names = selectInstances(pipeline, [pattern], { single: true });
  const found = names
    .map((instance) => ({ instance, log: logPath(lockFile, instance) }))
    .filter(({ log }) => existsSync(path.join(pipeline.root, log)));
  if (found.length === 0) throw new UsageError(`${pattern} has not run in this workspace, so it has no log`);
  if (options.json === true) {
    const read = (file: string): string =>
      (options.tail === undefined ? readFileSync(file) : lastLines(file, options.tail)).toString('utf8');
    const documents = found.map((one) => ({ ...one, text: read(path.join(pipeline.root, one.log)) }));
    process.stdout.write(`${JSON.stringify({ logs: documents })}\n`);
    return exitCodes.ok;
  }
  for (const { instance, log } of found) {
    if (found.length > 1) process.stdout.write(`--- ${instance}\n`);
    await print(path.join(pipeline.root, log), options.tail);
  }
  return exitCodes.ok;
}

async function print(file: string, tail: number | undefined): Promise<void> {
  if (tail === undefined) await pipe(createReadStream(file), process.stdout, { end: false });
  else process.stdout.write(lastLines(file, tail));
}
