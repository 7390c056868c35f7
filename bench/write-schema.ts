/**
 * Writes the JSON Schemas that editors read from what the program knows: `npm run schema`. With `--check` it writes
 * nothing and fails when a file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipelineSchemaText } from '../src/engine/schema/schema.ts';
import { sweepSchemaText } from '../src/engine/sweeps/schema.ts';
import { paramsSchemaText } from '../src/params/schema.ts';

/** npm starts it in the project's folder. */
const root = process.cwd();
const texts: Readonly<Record<string, string>> = {
  'docs/schema/pipeline.schema.json': pipelineSchemaText(),
  'docs/schema/sweep.schema.json': sweepSchemaText(),
  'params/schema.json': paramsSchemaText(),
};

function isCurrent(file: string, text: string): boolean {
  try {
    return readFileSync(path.join(root, file), 'utf8') === text;
  } catch {
    return false;
  }
}

const stale = Object.entries(texts).filter(([file, text]) => !isCurrent(file, text));
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is stale: run "npm run schema" and commit it`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of stale) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
    console.log(`wrote ${file}`);
  }
}
