import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import { selectInstances } from '../engine/pipeline/select.ts';
import { logPath } from '../engine/running/paths.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { findRoot, openProject, type ProjectOptions } from './project.ts';

/** `pipeline logs INSTANCE`: the full output of an instance's last run, byte for byte. */
export async function logs(pattern: string, options: ProjectOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const names = selectInstances(pipeline, [pattern], { single: true });
  const found = names.filter((name) => existsSync(path.join(pipeline.root, logPath(lockFile, name))));
  if (found.length === 0) throw new UsageError(`${pattern} has not run in this workspace, so it has no log`);
  for (const name of found) {
    if (found.length > 1) process.stdout.write(`--- ${name}\n`);
    await pipe(createReadStream(path.join(pipeline.root, logPath(lockFile, name))), process.stdout, { end: false });
  }
  return exitCodes.ok;
}
