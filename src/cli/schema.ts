import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipelineSchemaText } from '../engine/pipeline/schema.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { writeResult } from './output.ts';
import { findRoot } from './project.ts';

export interface SchemaOptions {
  readonly params?: boolean;
  readonly output?: string;
}

/** `pipeline schema`: the JSON Schema of pipeline.yaml, or the project's own of its params. */
export function schema({ params = false, output }: SchemaOptions): ExitCode {
  writeResult(params ? paramsSchema(findRoot()) : pipelineSchemaText(), output);
  return exitCodes.ok;
}

function paramsSchema(root: string): string {
  const file = ['params/schema.json', 'schema.json'].find((one) => existsSync(path.join(root, one)));
  if (file === undefined) {
    throw new UsageError('this project has no schema of its params: write one as schema.json beside the params files');
  }
  return readFileSync(path.join(root, file), 'utf8');
}
