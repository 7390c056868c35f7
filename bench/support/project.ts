import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './measure.ts';

/** The root of this project. */
export const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The command line as users start it. */
export const pipelineBin = path.join(home, 'bin/pipeline.js');

/** Lets `use` work in a temporary folder with these files, which is gone afterwards. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), 'pipeline-bench-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs our command line in a folder and returns what it said. */
export function runPipeline(root: string, ...words: readonly string[]): string {
  return runProgram(process.execPath, [pipelineBin, ...words], { cwd: root });
}

/** The same, and throws unless there was nothing to do. */
export function runNothing(root: string, ...words: readonly string[]): void {
  const said = runPipeline(root, ...words);
  if (!/ran 0, restored 0/.test(said)) throw new Error(`expected nothing to do, but:\n${said}`);
}
