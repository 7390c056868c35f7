import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of the package that this engine is part of, from its sources as well as from the bundled command. */
export function engineHome(): string {
  const start = path.dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, 'src/engine/executors/stage-host.ts'))) return directory;
    if (directory === path.dirname(directory)) throw new Error(`no engine sources around ${start}`);
  }
}
