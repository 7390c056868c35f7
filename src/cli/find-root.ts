import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from './exit-codes.ts';

/** The directory of the nearest pipeline.yaml, from the working directory upwards. */
export function findRoot(start = process.cwd()): string {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, 'pipeline.yaml'))) return directory;
    if (directory === path.dirname(directory)) {
      const advice = existsSync(path.join(start, 'dvc.yaml'))
        ? 'A dvc.yaml is there: call it pipeline.yaml (docs/coming-from.md says what differs).'
        : 'Go to the project first.';
      throw new UsageError(`no pipeline.yaml in ${start} or in any directory above it. ${advice}`);
    }
  }
}
