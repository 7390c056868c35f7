import type { Iteration, StageDefinition } from './definition.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf, toValue } from '../yaml/node.ts';
import type { Entry, Node } from '../yaml/node.ts';
import { scalarText } from '../yaml/number-text.ts';
import type { Scope } from '../templates/scope.ts';
import { resolveTree } from '../templates/template.ts';
import type { InstanceName } from './types.ts';
import type { Position, Value } from '../yaml/values.ts';

/** One combination of a matrix, or one turn of a foreach. */
export interface Combination {
  readonly name: InstanceName;
  readonly item: { readonly [dimension: string]: Value } | null;
  readonly scope: Scope;
}

/** Beyond this a matrix is a mistake, and listing it would only fill the memory. */
export const MAX_INSTANCES = 100_000;

/** File systems allow 255 bytes, and logs and locks add to a name. */
const MAX_NAME_BYTES = 200;

/**
 * Every instance of a stage, in the order of the lists, the first dimension slowest; null after a diagnostic. None at
 * all where a template gives an empty list: then params switched the stage off.
 */
export function expand(
  definition: StageDefinition,
  scope: Scope,
  diagnostics: DiagnosticList,
): readonly Combination[] | null {
  const { name, over } = definition;
  if (over === null) return [{ name: name as InstanceName, item: null, scope }];
  const found =
    over.kind === 'matrix'
      ? expandMatrix(name, over, scope, diagnostics)
      : expandForeach(name, over, scope, diagnostics);
  if (found === null) return null;
  const different = withoutRepetitions(found);
  return areDistinct(definition, different, diagnostics) ? different : null;
}

/** One value of a dimension, with everything that its many instances share. */
interface Choice {
  readonly label: string;
  readonly value: Value;
  readonly actual: Entry;
  readonly canonical: Entry;
}

interface Dimension {
  readonly name: string;
  readonly choices: readonly Choice[];
}

function expandMatrix(
  stage: string,
  { dimensions }: Extract<Iteration, { kind: 'matrix' }>,
  scope: Scope,
  diagnostics: DiagnosticList,
): readonly Combination[] | null {
  const resolved = dimensions.map((entry) => resolveDimension(entry, scope, diagnostics));
  const whole = resolved.filter((dimension) => dimension !== null);
  if (whole.length < resolved.length) return null;
  const count = whole.reduce((product, { choices }) => product * choices.length, 1);
  if (count > MAX_INSTANCES) {
    reportSize(`the matrix of "${stage}" has ${count}`, dimensions[0]?.keyAt ?? null, diagnostics);
    return null;
  }
  return Array.from({ length: count }, (_, index) => combine(stage, whole, index, scope));
}

function resolveDimension(dimension: Entry, scope: Scope, diagnostics: DiagnosticList): Dimension | null {
  const node = dimension.value;
  const name = String(dimension.key.value);
  const list = resolveTree(node, scope, diagnostics);
  if (list === null) return null;
  const { actual, canonical } = list;
  const at = node.at ?? dimension.keyAt;
  const details = {
    related: actual.at === null || actual.at === at ? [] : [{ message: 'its value stands here', at: actual.at }],
  };
  if (actual.kind !== 'list') {
    diagnostics.add(
      'matrix-list',
      at,
      `the matrix dimension "${name}" must be a list, and is ${kindOf(actual)}`,
      details,
    );
    return null;
  }
  const choices = actual.items.map((item, index): Choice => {
    const twin = (canonical.kind === 'list' ? canonical.items[index] : undefined) ?? item;
    const entry: Entry = { ...dimension, value: item };
    return {
      label: labelOf(item) ?? `${name}${index}`,
      value: toValue(item),
      actual: entry,
      canonical: twin === item ? entry : { ...dimension, value: twin },
    };
  });
  return { name, choices };
}

/** The combination at an index, as digits of a number whose places are the dimensions. */
function combine(stage: string, dimensions: readonly Dimension[], index: number, outer: Scope): Combination {
  const picked = new Map<string, Choice>();
  let rest = index;
  let labels = '';
  for (const { name, choices } of dimensions.toReversed()) {
    const choice = choices[rest % choices.length] as Choice;
    rest = Math.floor(rest / choices.length);
    labels = labels === '' ? choice.label : `${choice.label}-${labels}`;
    picked.set(name, choice);
  }
  const actual = new Map<string, Entry>();
  const canonical = new Map<string, Entry>();
  let located = false;
  for (const { name } of dimensions) {
    const choice = picked.get(name) as Choice;
    actual.set(name, choice.actual);
    canonical.set(name, choice.canonical);
    located ||= choice.canonical !== choice.actual;
  }
  // fromEntries defines properties, so that a dimension `__proto__` stays one.
  const item = Object.fromEntries(dimensions.map(({ name }) => [name, (picked.get(name) as Choice).value]));
  const node: Node = { kind: 'map', entries: actual, at: null };
  const twin: Node = located ? { kind: 'map', entries: canonical, at: null } : node;
  return { name: `${stage}@${labels}` as InstanceName, item, scope: itemScope(node, twin, labels, outer) };
}

function reportSize(what: string, at: Position | null, diagnostics: DiagnosticList): void {
  diagnostics.add('matrix-size', at, `${what} instances; at most ${MAX_INSTANCES} are planned`, {
    hint: 'shorten a list, or let one instance go through several values itself',
  });
}

function itemScope(item: Node, canonical: Node, key: string | null, outer: Scope): Scope {
  const names = new Map<string, Node>([['item', item]]);
  if (key !== null) names.set('key', { kind: 'scalar', value: key, at: null, origin: null });
  return canonical === item ? outer.with(names) : outer.with(names, new Map([['item', canonical]]));
}

function expandForeach(
  stage: string,
  { over, at }: Extract<Iteration, { kind: 'foreach' }>,
  scope: Scope,
  diagnostics: DiagnosticList,
): readonly Combination[] | null {
  const resolved = resolveTree(over, scope, diagnostics);
  if (resolved === null) return null;
  const { actual, canonical } = resolved;
  const place = over.at ?? at;
  if (actual.kind === 'scalar') {
    diagnostics.add('foreach', place, `"foreach" must be a list or a map, and is ${kindOf(actual)}`);
    return null;
  }
  const count = actual.kind === 'list' ? actual.items.length : actual.entries.size;
  if (count > MAX_INSTANCES) {
    reportSize(`the foreach of "${stage}" has ${count}`, place, diagnostics);
    return null;
  }
  const turns: readonly (readonly [label: string, key: string | null, item: Node, canonical: Node])[] =
    actual.kind === 'list'
      ? actual.items.map((item, index) => {
          const twin = canonical.kind === 'list' ? canonical.items[index] : undefined;
          return [labelOf(item) ?? String(index), null, item, twin ?? item];
        })
      : Array.from(actual.entries, ([key, entry]) => {
          const twin = canonical.kind === 'map' ? canonical.entries.get(key)?.value : undefined;
          return [safeLabel(key), key, entry.value, twin ?? entry.value];
        });
  return turns.map(([label, key, item, twin]) => ({
    name: `${stage}@${label}` as InstanceName,
    item: { ...(key === null ? {} : { key }), item: toValue(item) },
    scope: itemScope(item, twin, key, scope),
  }));
}

/** A scalar's part of an instance name; null for lists and maps, which are named by their index. */
function labelOf(node: Node): string | null {
  return node.kind === 'scalar' ? safeLabel(scalarText(node)) : null;
}

/** Names become names of files, so what is not safe there, and `@`, becomes an underscore. */
function safeLabel(text: string): string {
  return text === '' ? '_' : text.replace(/[^\p{L}\p{N}._+=,-]/gu, '_');
}

/** As in dvc.yaml the same value twice is one instance; different values with one name stay two. */
function withoutRepetitions(found: readonly Combination[]): readonly Combination[] {
  const items = new Map<string, Combination['item']>();
  return found.filter(({ name, item }) => {
    if (items.has(name)) return JSON.stringify(items.get(name)) !== JSON.stringify(item);
    items.set(name, item);
    return true;
  });
}

function areDistinct(
  { name: stage, at, over }: StageDefinition,
  found: readonly Combination[],
  diagnostics: DiagnosticList,
): boolean {
  const seen = new Set<string>();
  const place = over?.kind === 'matrix' ? (over.dimensions[0]?.keyAt ?? at) : at;
  for (const { name } of found) {
    if (seen.has(name)) {
      diagnostics.add('instance-twice', place, `"${stage}" has two instances named "${name}"`, {
        hint: 'two values differ only in characters that cannot stand in the name of a file',
      });
      return false;
    }
    seen.add(name);
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      diagnostics.add(
        'instance-name',
        place,
        `the instance name "${name.slice(0, 60)}..." is longer than ${MAX_NAME_BYTES} bytes`,
        {
          hint: 'make the items maps, such as {text: ...}; then instances are named by their index',
        },
      );
      return false;
    }
  }
  return true;
}
