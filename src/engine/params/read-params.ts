import { existsSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { fromValue, parsePath, toValue } from '../yaml/node.ts';
import type { ListNode, MapNode, Node, Path } from '../yaml/node.ts';
import { documentOf, joinBases, overlay, parseSetting } from './params.ts';
import type { ParamsFiles } from './params-files.ts';
import { checkAgainstSchemas, readSchemas } from './params-schema.ts';
import type { ParamsSchema, SchemaReference } from './params-schema.ts';
import type { Verdicts } from '../schema/verdicts.ts';
import { expandHome } from '../paths/paths.ts';
import type { Position, Value } from '../yaml/values.ts';
import { distinctFiles, selectKeys, varsFiles } from './vars-list.ts';
import type { VarsFile } from './vars-list.ts';

type Values = { readonly [key: string]: Value };

/** Values, by dotted key, to lay over the merged params. */
export type ResolveParams = (params: Values) => Values;

export interface ParamsRequest {
  readonly root: string;
  /** The `vars` list of pipeline.yaml, or null. */
  readonly vars: ListNode | null;
  /** The `params` list of pipeline.yaml, or null. */
  readonly overlays: ListNode | null;
  readonly profiles: readonly string[] | undefined;
  readonly set: readonly string[];
  readonly resolveParams: ResolveParams | undefined;
  /** False: the schemas that params files name are not looked at. */
  readonly schemas: boolean;
  readonly verdicts: Verdicts;
  /** Whether the inline variables use the param `profile`: only then it is the name of the profile. */
  readonly namesProfile: boolean;
  /** Names of the inline variables: `-S` may set those, too. */
  readonly variableNames: ReadonlySet<string>;
}

export interface ReadParams {
  readonly document: MapNode;
  /** The params files of `vars` alone, without profile and `-S`. */
  readonly base: MapNode;
  /** The params files whose values are in the document, relative to the root: wholly, or by these top-level keys. */
  readonly merged: ReadonlyMap<string, MergedKeys>;
  /** `-S` values of inline variables. */
  readonly variables: ReadonlyMap<string, Node>;
  /** The schemas that base files name. */
  readonly schemas: readonly ParamsSchema[];
  /** False when a file could not be read: then unknown names may be the consequence and are not reported. */
  readonly complete: boolean;
}

export type MergedKeys = 'all' | ReadonlySet<string>;

interface Named {
  readonly path: string;
  readonly at: Position | null;
}

/** Reads base files and overlays and applies `-S`; mistakes go to `diagnostics`. */
export function readParams(request: ParamsRequest, files: ParamsFiles, diagnostics: DiagnosticList): ReadParams {
  const { root } = request;
  const merged = new Map<string, MergedKeys>();
  const references: SchemaReference[] = [];
  const read = ({ path, at, keys = null }: Named & Partial<VarsFile>): MapNode | null => {
    const found = files.read(path, at);
    if (found === null) return null;
    const before = merged.get(found.file) ?? [];
    const names = keys?.map(({ name }) => name);
    if (found.schema !== null) references.push(found.schema);
    merged.set(found.file, names === undefined || before === 'all' ? 'all' : new Set([...before, ...names]));
    return selectKeys(found.document, { path, at, keys }, diagnostics);
  };

  const baseFiles = distinctFiles(root, listBases(request), diagnostics);
  const bases = baseFiles.map(read);
  const hasSchema = references.length > 0;
  const schemas = request.schemas ? readSchemas(root, references, diagnostics) : [];
  const base = joinBases(bases.filter(isPresent), diagnostics);
  const overlays = listOverlays(request).filter(({ path }) => !baseFiles.some((one) => samePath(root, one.path, path)));
  const overs = overlays.map(read);
  // Unknown keys can be told only when all known ones have been read.
  const basesComplete = bases.every(isPresent);
  const complete = basesComplete && overs.every(isPresent);

  let document = base;
  if (basesComplete) {
    for (const [index, { path }] of overlays.entries()) {
      const over = overs[index];
      if (!over) continue;
      const source = { name: path, listed: request.profiles === undefined, hasSchema };
      document = overlay(document, over, base, source, diagnostics);
    }
  }

  const { settings, variables } = readSettings(request, diagnostics);
  const lay = (path: Path, value: Node, name: string): void => {
    document = overlay(document, documentOf(path, value), base, { name, hasSchema }, diagnostics);
  };
  if (basesComplete) {
    if (request.namesProfile) nameProfile(base, document, overlays.at(-1), settings, lay);
    for (const { path, value } of settings) lay(path, value, '-S');
  }
  if (complete) {
    const before = diagnostics.total;
    const check = (): void => checkAgainstSchemas(schemas, document, request.verdicts, diagnostics);
    check();
    const overrides =
      diagnostics.total > before || request.resolveParams === undefined ? {} : request.resolveParams(asMap(document));
    for (const [key, value] of Object.entries(overrides))
      lay(parsePath(key) ?? [key], fromValue(value, null), 'override');
    if (Object.keys(overrides).length > 0) check();
  }
  return { document, base, merged, variables, schemas, complete };
}

/** The plain value of a map node. */
export function asMap(node: MapNode): { readonly [key: string]: Value } {
  return toValue(node) as { readonly [key: string]: Value };
}

/** As in dvc.yaml, params.yaml is read first and needs no mention. */
function listBases({ root, vars }: ParamsRequest): readonly VarsFile[] {
  const named = varsFiles(vars);
  const byDefault = 'params.yaml';
  if (named.some(({ path }) => samePath(root, path, byDefault)) || !existsSync(join(root, byDefault))) return named;
  return [{ path: byDefault, at: null, keys: null }, ...named];
}

function listed(list: ListNode | null): readonly Named[] {
  return (list?.items ?? []).flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [{ path: item.value, at: item.at }] : [],
  );
}

/** A profile from the command line is looked for from where the user stands, then from the root. */
function listOverlays({ overlays, profiles }: ParamsRequest): readonly Named[] {
  if (profiles === undefined) return listed(overlays);
  return profiles.map(expandHome).map((path) => ({ path: existsSync(resolve(path)) ? resolve(path) : path, at: null }));
}

function samePath(root: string, one: string, other: string): boolean {
  return resolve(root, expandHome(one)) === resolve(root, expandHome(other));
}

interface Setting {
  readonly path: Path;
  readonly value: Node;
}

function readSettings(
  { set, variableNames }: ParamsRequest,
  diagnostics: DiagnosticList,
): { readonly settings: readonly Setting[]; readonly variables: ReadonlyMap<string, Node> } {
  const parsed = set.map((setting) => parseSetting(setting, diagnostics)).filter((setting) => setting !== null);
  const isVariable = ({ path }: Setting): boolean => path.length === 1 && variableNames.has(String(path[0]));
  return {
    settings: parsed.filter((setting) => !isVariable(setting)),
    variables: new Map(parsed.filter(isVariable).map(({ path, value }) => [String(path[0]), value])),
  };
}

/** Results are kept apart by profile, so a base that knows the text `profile` learns the name of the last overlay. */
function nameProfile(
  base: MapNode,
  document: MapNode,
  last: Named | undefined,
  settings: readonly Setting[],
  lay: (path: Path, value: Node, name: string) => void,
): void {
  const declared = base.entries.get('profile');
  const untouched = document.entries.get('profile') === declared && !settings.some(({ path }) => path[0] === 'profile');
  if (last === undefined || declared === undefined || !untouched || !isText(declared.value)) return;
  lay(['profile'], fromValue(basename(last.path, extname(last.path)), last.at), 'profile');
}

function isText(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string';
}

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}
