import type { DiagnosticList } from '../yaml/diagnostics.ts';
import type { MapNode } from '../yaml/node.ts';
import { joinBases } from '../params/params.ts';
import type { ParamsFiles } from '../params/params-files.ts';
import { toProjectPath } from '../paths/paths.ts';
import type { MergedKeys } from '../params/read-params.ts';
import type { Scope } from './scope.ts';
import { Definitions } from './variables.ts';
import { distinctFiles, selectKeys } from '../params/vars-list.ts';
import type { InlineVariable, VarsFile } from '../params/vars-list.ts';

/** The `vars` of one stage. */
export interface StageVariables {
  readonly files: readonly VarsFile[];
  readonly inline: readonly InlineVariable[];
}

export interface VariableSources {
  readonly root: string;
  readonly files: ParamsFiles;
  /** The files whose values are names of the whole pipeline. */
  readonly merged: ReadonlyMap<string, MergedKeys>;
  readonly diagnostics: DiagnosticList;
}

/**
 * The names that the templates of a stage may use: those around it and its own. Profiles and `-S` do not reach the
 * latter.
 *
 * @param wdir where the stage runs; the paths of its files are relative to it
 * @param closed names around it to which nothing may be added: what a matrix or foreach runs over is what it says there
 * @returns null after a diagnostic without which other names would only seem unknown
 */
export function withStageVariables(
  { files, inline }: StageVariables,
  outer: Scope,
  wdir: string,
  sources: VariableSources,
  closed: ReadonlySet<string>,
): Scope | null {
  const { root, merged, diagnostics } = sources;
  const located = files.map((file) => ({ ...file, path: toProjectPath(root, wdir, file.path) }));
  // A file that the whole pipeline has read brings nothing new.
  const own = located.filter(({ path, keys }) => keys !== null || merged.get(path) !== 'all');
  const documents = distinctFiles(root, own, diagnostics).map((file) => readFile(file, sources));
  const read = documents.filter((document) => document !== null);
  if (read.length < documents.length) return null;

  const definitions = new Definitions(outer, [], diagnostics, closed);
  for (const [name, { keyAt, value }] of joinBases(read, diagnostics).entries)
    definitions.define(name, { actual: value, canonical: value }, keyAt);
  for (const [name, entry] of inline) definitions.resolve(name, entry);
  return definitions.scope;
}

function readFile(file: VarsFile, { files, diagnostics }: VariableSources): MapNode | null {
  const read = files.read(file.path, file.at);
  return read === null ? null : selectKeys(read.document, file, diagnostics);
}
