import { dirname, join } from 'node:path';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import type { MapNode } from '../yaml/node.ts';
import { readNamed } from './read-file.ts';
import type { JsonSchema } from '../schema/schema.ts';
import type { SourceFile } from '../yaml/source-file.ts';
import type { Position } from '../yaml/values.ts';
import { validate } from '../schema/validate.ts';
import type { Verdicts } from '../schema/verdicts.ts';

/** The schema that a params file names, and where it does. */
export interface SchemaReference {
  /** As the params file: absolute, or relative to the project's root. */
  readonly path: string;
  readonly at: Position | null;
}

/** A schema of params as it was read. */
export interface ParamsSchema {
  /** Relative to the project's root. */
  readonly file: string;
  readonly schema: JsonSchema;
}

/** The line by which editors with the YAML language server find the schema of a file. */
const COMMENT = /^#\s*yaml-language-server\s*:\s*\$schema\s*=\s*(\S+)/;
/** A schema on a host is for the editor: nothing is downloaded to read params. */
const URL = /^[a-z][a-z\d+.-]+:/i;

/**
 * The schema that a params file says to have: in a comment among those that begin it (`# yaml-language-server:
 * $schema=./schema.json`), or in a top-level key `$schema`, as JSON files do. A file that merely lies beside it is not
 * taken for its schema. Paths are relative to the params file.
 */
export function schemaOf(path: string, source: SourceFile, document: MapNode): SchemaReference | null {
  const named = inComment(source) ?? inKey(document);
  return named === null || URL.test(named.path) ? null : { path: join(dirname(path), named.path), at: named.at };
}

function inComment(source: SourceFile): SchemaReference | null {
  let start = 0;
  while (start < source.text.length) {
    const newline = source.text.indexOf('\n', start);
    const end = newline === -1 ? source.text.length : newline;
    const line = source.text.slice(start, end).trimEnd();
    if (line !== '' && !/^(?:#|---|%)/.test(line)) return null;
    const [, path] = COMMENT.exec(line) ?? [];
    if (path !== undefined) {
      const from = start + line.lastIndexOf(path);
      return { path, at: source.position(from, from + path.length) };
    }
    start = end + 1;
  }
  return null;
}

function inKey(document: MapNode): SchemaReference | null {
  const value = document.entries.get('$schema')?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? { path: value.value, at: value.at } : null;
}

/** The schemas that params files name, each once; what is wrong with one goes to the diagnostics. */
export function readSchemas(
  root: string,
  references: readonly SchemaReference[],
  diagnostics: DiagnosticList,
): readonly ParamsSchema[] {
  const schemas = new Map<string, ParamsSchema>();
  for (const { path, at } of references) {
    if (schemas.has(path)) continue;
    const source = readNamed(root, path, 'schema of params', at, diagnostics);
    if (source === null) continue;
    try {
      schemas.set(path, { file: source.file, schema: JSON.parse(source.text) as JsonSchema });
    } catch {
      const related = [{ message: 'named here', at }];
      diagnostics.add('schema-json', startOf(source.file), 'the schema of params is not valid JSON', { related });
    }
  }
  return [...schemas.values()];
}

/** Checks the merged params against the schemas of the files that they were read from. */
export function checkAgainstSchemas(
  schemas: readonly ParamsSchema[],
  document: MapNode,
  verdicts: Verdicts,
  diagnostics: DiagnosticList,
): void {
  for (const { file, schema } of schemas) {
    try {
      validate(schema, document, 'params', diagnostics, { strict: false, verdicts });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      diagnostics.add('schema-invalid', startOf(file), `the schema of params is not a valid JSON Schema: ${detail}`);
    }
  }
}

function startOf(file: string): Position {
  return { file, line: 1, column: 1, endColumn: 2 };
}
