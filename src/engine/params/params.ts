import { DiagnosticList } from '../yaml/diagnostics.ts';
import {
  dottedPaths,
  find,
  fromValue,
  kindOf,
  keysOf,
  mapOf,
  parsePath,
  pathText,
  withoutPlaces,
} from '../yaml/node.ts';
import type { Entry, MapNode, Node, Path } from '../yaml/node.ts';
import { closest, suggestion } from '../../base/suggest.ts';
import type { Position } from '../yaml/values.ts';
import { readYaml } from '../yaml/yaml-reader.ts';

/** Called for a value that both of two maps give. */
type OnConflict = (path: Path, first: Entry, second: Entry) => void;

/** Two maps as one: both may add to an inner map, but one value has one home, and the first stays. */
export function joinMaps(left: MapNode, right: MapNode, conflict: OnConflict, prefix: Path = []): MapNode {
  const entries = new Map(left.entries);
  for (const [key, entry] of right.entries) {
    const known = entries.get(key);
    if (known === undefined) entries.set(key, entry);
    else if (known.value.kind === 'map' && entry.value.kind === 'map') {
      entries.set(key, { ...known, value: joinMaps(known.value, entry.value, conflict, [...prefix, key]) });
    } else conflict([...prefix, key], known, entry);
  }
  return { ...left, entries };
}

/** Joins base params files, which divide the document among themselves. */
export function joinBases(bases: readonly MapNode[], diagnostics: DiagnosticList): MapNode {
  const conflict: OnConflict = (path, first, second) =>
    diagnostics.add('two-bases', second.keyAt, `"${pathText(path)}" is given by two files of "vars"`, {
      related: [{ message: 'first given here', at: first.keyAt }],
      hint: 'a file that overrides others belongs in the top-level "params" list or behind --params',
    });
  const [first, ...others] = bases;
  return others.reduce((joined, next) => joinMaps(joined, next, conflict), first ?? mapOf(new Map(), null));
}

/** What an overlay comes from, for its messages. */
export interface OverlaySource {
  /** `params/demo.yaml` or `-S`. */
  readonly name: string;
  /** The file stands in the top-level `params` of pipeline.yaml, where dvc.yaml lists what to show. */
  readonly listed?: boolean;
  /** A schema says which values may be null, so that null for any value but a map is no mistake here. */
  readonly hasSchema?: boolean;
}

/**
 * Lays a document over another: maps are merged key by key, lists and scalars replaced. The keys and the kinds of
 * values are those of `declared` (the joined bases); an empty map there accepts any keys, null any value.
 */
export function overlay(
  current: MapNode,
  over: MapNode,
  declared: MapNode,
  source: OverlaySource,
  diagnostics: DiagnosticList,
): MapNode {
  const merge = (below: MapNode, above: MapNode, known: MapNode | null, prefix: Path): MapNode => {
    const entries = new Map(below.entries);
    const open = known === null || known.entries.size === 0;
    for (const [key, entry] of above.entries) {
      const path = [...prefix, key];
      const declaredValue = known?.entries.get(key)?.value ?? null;
      if (declaredValue === null && !open) {
        reportUnknownKey(path, entry, known, declared, source, diagnostics);
        continue;
      }
      const isLeftToSchema = source.hasSchema === true && isNull(entry.value) && declaredValue?.kind !== 'map';
      if (declaredValue !== null && !isLeftToSchema && !sameKind(declaredValue, entry.value)) {
        reportKind(path, declaredValue, entry, source, diagnostics);
        continue;
      }
      const before = entries.get(key)?.value;
      const value =
        before?.kind === 'map' && entry.value.kind === 'map'
          ? merge(before, entry.value, declaredValue?.kind === 'map' ? declaredValue : null, path)
          : entry.value;
      entries.set(key, { ...entry, value });
    }
    return { ...below, entries };
  };
  return merge(current, over, declared, []);
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function sameKind(declared: Node, given: Node): boolean {
  if (isNull(declared)) return true;
  if (declared.kind !== 'scalar' || given.kind !== 'scalar') return declared.kind === given.kind;
  return typeof declared.value === typeof given.value && given.value !== null;
}

function reportUnknownKey(
  path: Path,
  entry: Entry,
  siblings: MapNode,
  root: MapNode,
  source: OverlaySource,
  diagnostics: DiagnosticList,
): void {
  const hint = source.listed === true ? LISTED_HINT : unknownKeyHint(path, siblings, root);
  const base = (path.length > 1 ? siblings.at?.file : undefined) ?? 'the files in "vars"';
  const message =
    entry.keyAt === null
      ? `${source.name}: params have no key "${pathText(path)}"`
      : `unknown key "${pathText(path)}": a profile changes keys of ${base}, and adds none`;
  diagnostics.add('unknown-param', entry.keyAt, message, hint === undefined ? {} : { hint });
}

const LISTED_HINT =
  'unlike dvc.yaml, the top-level "params" lays its files over those of "vars"; name files with keys of their own in "vars"';

/** Looks among the siblings first, then everywhere: a right key in the wrong map is a common mistake. */
function unknownKeyHint(path: Path, siblings: Node, root: Node): string | undefined {
  const prefix = path.slice(0, -1);
  const near = closest(String(path.at(-1)), keysOf(siblings));
  if (near !== null) return `did you mean "${pathText([...prefix, near])}"?`;
  const last = String(path.at(-1));
  const elsewhere = [...dottedPaths(root)].find((known) => known === last || known.endsWith(`.${last}`));
  if (elsewhere !== undefined) return `did you mean "${elsewhere}"?`;
  return suggestion(
    pathText(path),
    keysOf(siblings).map((key) => pathText([...prefix, key])),
  );
}

function reportKind(
  path: Path,
  declared: Node,
  entry: Entry,
  source: OverlaySource,
  diagnostics: DiagnosticList,
): void {
  const at = entry.value.at ?? entry.keyAt;
  const from = at === null ? `${source.name}: ` : '';
  diagnostics.add(
    'param-kind',
    at,
    `${from}"${pathText(path)}" must be ${kindOf(declared)}, and is ${kindOf(entry.value)}`,
    {
      related: declared.at === null ? [] : [{ message: `it is ${kindOf(declared)} here`, at: declared.at }],
    },
  );
}

/** One `-S a.b=value` as a path and a node without a place, or null after a diagnostic. */
export function parseSetting(
  setting: string,
  diagnostics: DiagnosticList,
): { readonly path: Path; readonly value: Node } | null {
  const equals = setting.indexOf('=');
  const key = equals === -1 ? setting : setting.slice(0, equals);
  const path = parsePath(key.trim());
  if (equals === -1 || path === null) {
    diagnostics.add(
      'setting',
      null,
      `-S ${JSON.stringify(setting)}: expected key=value with a dotted key, such as -S train.seed=1`,
    );
    return null;
  }
  if (path.some((step) => typeof step === 'number')) {
    diagnostics.add('setting', null, `-S ${setting}: one item of a list cannot be set`, {
      hint: `give the whole list: -S '${pathText(
        path.slice(
          0,
          path.findIndex((step) => typeof step === 'number'),
        ),
      )}=[...]'`,
    });
    return null;
  }
  const value = parseSettingValue(setting.slice(equals + 1));
  if (value === null) {
    diagnostics.add('setting', null, `-S ${setting}: the value is not valid YAML`, {
      hint: 'text with special characters needs quotes of its own',
    });
    return null;
  }
  return { path, value };
}

function parseSettingValue(text: string): Node | null {
  const scratch = new DiagnosticList();
  const node = readYaml('-S', text, scratch);
  if (node === 'empty') return fromValue(null, null);
  return node === null ? null : withoutPlaces(node);
}

/** A map document that holds one value at a path. */
export function documentOf(path: Path, value: Node): MapNode {
  const [first, ...rest] = path;
  const inner = rest.length === 0 ? value : documentOf(rest, value);
  return mapOf(new Map([[String(first), inner]]), null);
}

/** The place and value at a dotted key, for `params:` of a stage. */
export function findKey(params: MapNode, path: Path): { readonly node: Node; readonly at: Position | null } | null {
  const found = find(params, path);
  if (!found.found) return null;
  return { node: found.node, at: found.node.kind === 'scalar' ? found.node.at : (found.entry?.keyAt ?? found.node.at) };
}
