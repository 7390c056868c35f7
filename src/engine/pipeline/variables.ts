import type { DiagnosticList } from './diagnostics.ts';
import { kindOf, toValue } from './node.ts';
import type { Entry, ListNode, MapNode, Node } from './node.ts';
import { Scope } from './scope.ts';
import { resolveTree } from './template.ts';
import type { Value } from './types.ts';

/**
 * Inline variables that say where results go. They stand for themselves in canonical text, so that a fingerprint does
 * not depend on where a run lives.
 */
export const LOCATION_VARIABLES: ReadonlySet<string> = new Set(['run', 'reports']);

/** Names that the instances of a matrix bring along. */
const RESERVED: ReadonlySet<string> = new Set(['item', 'key']);

/** The inline variables of `vars`, in order. */
export function inlineVariables(vars: ListNode | null): readonly (readonly [string, Entry])[] {
  return (vars?.items ?? []).flatMap((item) => (item.kind === 'map' ? [...item.entries] : []));
}

/**
 * Resolves the inline variables, which may use params and earlier variables.
 *
 * @param settings values of `-S`, which win
 */
export function resolveVariables(
  variables: readonly (readonly [string, Entry])[],
  params: MapNode,
  settings: ReadonlyMap<string, Node>,
  diagnostics: DiagnosticList,
): { readonly scope: Scope; readonly values: { readonly [name: string]: Value }; readonly complete: boolean } {
  const paramsScope = Scope.ofParams(params);
  const actual = new Map<string, Node>();
  const canonical = new Map<string, Node>();
  const places = new Map<string, Entry>();
  let complete = true;
  for (const [name, entry] of variables) {
    const clash = places.get(name) ?? params.entries.get(name);
    if (clash !== undefined) {
      diagnostics.add('variable-twice', entry.keyAt, `the variable "${name}" is defined twice`, {
        related: [{ message: 'first defined here', at: clash.keyAt }],
      });
      continue;
    }
    places.set(name, entry);
    const value = settings.get(name) ?? entry.value;
    const resolved = settings.has(name)
      ? { actual: value, canonical: value }
      : resolveTree(value, new Scope(actual, canonical, paramsScope), diagnostics);
    if (resolved === null) {
      complete = false;
      // A stand-in, so that the uses of a variable that is itself wrong are not reported as unknown.
      actual.set(name, { kind: 'scalar', value: name, at: entry.keyAt, origin: null });
      continue;
    }
    actual.set(name, resolved.actual);
    if (LOCATION_VARIABLES.has(name) && !isText(resolved.actual)) {
      diagnostics.add(
        'location',
        entry.keyAt,
        `"${name}" says where results go and must be text, and is ${kindOf(resolved.actual)}`,
      );
    }
    if (LOCATION_VARIABLES.has(name))
      canonical.set(name, { kind: 'scalar', value: `\${${name}}`, at: entry.keyAt, origin: null });
    else if (resolved.canonical !== resolved.actual) canonical.set(name, resolved.canonical);
  }
  for (const [name, entry] of [...places, ...params.entries]) {
    if (RESERVED.has(name)) {
      diagnostics.add(
        'reserved',
        entry.keyAt,
        `"${name}" is the name of what a matrix or foreach runs over, and cannot be a variable`,
      );
    }
  }
  const values = Object.fromEntries(Array.from(actual, ([name, node]) => [name, toValue(node)]));
  return { scope: new Scope(actual, canonical, paramsScope), values, complete };
}

function isText(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '';
}
