import type { ParamDefinition } from './definition.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import type { Overrides } from './hidden-params.ts';
import { dottedPaths, kindOf, parsePath, toValue } from '../yaml/node.ts';
import type { MapNode } from '../yaml/node.ts';
import { findKey } from '../params/params.ts';
import { toCanonicalPath, toProjectPath } from '../paths/paths.ts';
import type { Scope } from '../templates/scope.ts';
import type { VariableSources } from '../templates/stage-variables.ts';
import { closest } from '../../base/suggest.ts';
import { loneExpression, resolveText, resolveValue } from '../templates/template.ts';
import type { Template, Text } from '../templates/template.ts';
import type { ParamUse } from './types.ts';
import type { Position } from '../yaml/values.ts';

/** Where params come from. */
export interface ParamSources extends VariableSources {
  /** The merged params document. */
  readonly params: MapNode;
  /** Where it differs from the files. */
  readonly overrides: Overrides;
}

/** A params file whose values are not among the merged params, and where a stage names it. */
export interface ForeignFile {
  readonly path: string;
  readonly at: Position | null;
}

export interface ParamUses {
  readonly uses: readonly ParamUse[];
  readonly foreign?: readonly ForeignFile[];
}

const NONE: ParamUses = { uses: [] };
const DEFAULT_FILE = 'params.yaml';

/** What one entry of a stage's `params` means; mistakes go to the diagnostics. */
export function paramUses({ file, key }: ParamDefinition, scope: Scope, wdir: Text, sources: ParamSources): ParamUses {
  const { params, diagnostics } = sources;
  const name = file === null ? null : resolveText(file, scope, diagnostics);
  if (file !== null && name === null) return NONE;
  const inFile = (wanted: Wanted | null): ParamUses =>
    name === null || file === null ? NONE : usesOfFile(wanted, name, file.node.at, wdir, sources);
  if (key === null) return inFile(null);
  const found = wantedKeys(key, scope, diagnostics).map((wanted): ParamUses => {
    if (file !== null) return inFile(wanted);
    return inOwnFile(wanted, wdir, sources) ?? { uses: useOf(wanted, params, 'params have', diagnostics) };
  });
  const [only = NONE, ...others] = found;
  if (others.length === 0) return only;
  return { uses: found.flatMap(({ uses }) => uses), foreign: found.flatMap(({ foreign = [] }) => foreign) };
}

/** The key that a template means, or the keys of the list that it brings; none after a diagnostic. */
function wantedKeys(template: Template, scope: Scope, diagnostics: DiagnosticList): readonly Wanted[] {
  const node = loneExpression(template) === null ? null : resolveValue(template, scope, diagnostics)?.actual;
  if (node === undefined) return [];
  const { at } = template.node;
  if (node?.kind !== 'list') {
    const text = resolveText(template, scope, diagnostics);
    return text === null ? [] : [{ key: text.text, at }];
  }
  return node.items.flatMap((item): readonly Wanted[] => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return [{ key: item.value, at: item.at ?? at }];
    diagnostics.add('param-keys', at, `a list of keys of params must hold texts, and holds ${kindOf(item)}`, {
      related: item.at === null ? [] : [{ message: 'it stands here', at: item.at }],
    });
    return [];
  });
}

/**
 * As in dvc.yaml, `params` of a stage with a working directory are those of the params.yaml there, where it has the key:
 * that is the file that a program finds which opens params.yaml.
 */
function inOwnFile(wanted: Wanted, wdir: Text, sources: ParamSources): ParamUses | null {
  if (wdir.text === '.') return null;
  const path = toProjectPath(sources.root, wdir.text, DEFAULT_FILE);
  if (!sources.files.has(path)) return null;
  const read = sources.files.read(path, wanted.at);
  if (read === null) return NONE;
  if (findIn(read.document, wanted.key) === null) return null;
  return usesOfFile(wanted, { text: DEFAULT_FILE, canonical: DEFAULT_FILE }, wanted.at, wdir, sources);
}

/** What a stage takes of a file; null for `wanted` means all of it. */
function usesOfFile(
  wanted: Wanted | null,
  name: Text,
  at: Position | null,
  wdir: Text,
  sources: ParamSources,
): ParamUses {
  const { root, params, merged, diagnostics } = sources;
  const inMerged = (one: Wanted): readonly ParamUse[] => useOf(one, params, 'params have', diagnostics);
  const path = toProjectPath(root, wdir.text, name.text);
  const mergedKeys = merged.get(path);
  if (wanted !== null && (mergedKeys === 'all' || mergedKeys?.has(topKey(wanted.key)) === true))
    return { uses: inMerged(wanted) };
  const read = sources.files.read(path, at);
  if (read === null) return NONE;
  const all =
    wanted === null ? Array.from(read.document.entries.keys(), (one): Wanted => ({ key: one, at })) : [wanted];
  const isMerged = ({ key: one }: Wanted): boolean => mergedKeys === 'all' || mergedKeys?.has(topKey(one)) === true;
  const canonical = toCanonicalPath(wdir.canonical, name.canonical);
  const uses = all.flatMap((one) =>
    isMerged(one) ? inMerged(one) : foreignUse(one, read.document, { path, canonical }, diagnostics),
  );
  return { uses, foreign: [{ path, at }] };
}

interface Wanted {
  readonly key: string;
  readonly at: Position | null;
}

function topKey(key: string): string {
  return String(parsePath(key)?.[0] ?? key);
}

/** The file is part of the key, so that it cannot meet one of the merged document, which holds no colon. */
function foreignUse(
  wanted: Wanted,
  document: MapNode,
  { path, canonical }: { readonly path: string; readonly canonical: string },
  diagnostics: DiagnosticList,
): readonly ParamUse[] {
  const uses = useOf(wanted, document, `${path} has`, diagnostics);
  return uses.map((use) => ({ ...use, key: `${canonical}:${use.key}`, keyInFile: use.key }));
}

/** @param who begins the message of a key that is not there: `params have` */
function useOf({ key, at }: Wanted, document: MapNode, who: string, diagnostics: DiagnosticList): readonly ParamUse[] {
  const found = findIn(document, key);
  if (found !== null) return [{ key, value: toValue(found.node), at: found.at }];
  diagnostics.add(`unknown-param-key ${key}`, at, `${who} no key "${key}"`, () => {
    const near = closest(key, dottedPaths(document));
    return near === null ? {} : { hint: `did you mean "${near}"?` };
  });
  return [];
}

function findIn(document: MapNode, key: string): ReturnType<typeof findKey> {
  // A key that is no dotted path is still one of its file.
  return findKey(document, document.entries.has(key) ? [key] : (parsePath(key) ?? [key]));
}
