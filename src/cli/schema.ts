import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadParamsSchemas } from '../engine/graph/load.ts';
import { pipelineSchemaText } from '../engine/schema/schema.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { writeResult } from './output.ts';
import { findRoot } from './find-root.ts';

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
  const [file] = loadParamsSchemas({ root });
  if (file === undefined) {
    throw new UsageError(
      'this project has no schema of its params: name one in the first lines of a params file, ' +
        'as in "# yaml-language-server: $schema=./schema.json"',
    );
  }
  return readFileSync(path.join(root, file), 'utf8');
}
