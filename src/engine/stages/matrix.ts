import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf, toValue } from '../yaml/node.ts';
import type { Entry, MapNode, ScalarNode } from '../yaml/node.ts';
import type { Scope } from '../templates/scope.ts';
import { resolveTree } from '../templates/template.ts';
import type { Position, Value } from '../yaml/values.ts';
import { labelOf } from './labels.ts';

/** Beyond this a matrix is a mistake, and listing it would only fill the memory. */
export const MAX_INSTANCES = 100_000;

/** One combination of the values of a matrix. */
export interface Cell {
  /** The labels of the values, joined by "-"; empty where every dimension was left out. */
  readonly label: ScalarNode & { readonly value: string };
  readonly values: { readonly [dimension: string]: Value };
  readonly actual: MapNode;
  /** The same object where no location variable is used. */
  readonly canonical: MapNode;
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

/**
 * Every cell of the matrix of a stage, in the order of the lists, the first dimension slowest; null after a diagnostic.
 * None where a dimension is an empty list.
 *
 * @param nullable whether a dimension may be null, and is left out then
 */
export function cellsOf(
  stage: string,
  dimensions: readonly Entry[],
  scope: Scope,
  diagnostics: DiagnosticList,
  { nullable }: { readonly nullable: boolean },
): readonly Cell[] | null {
  const resolved = dimensions.map((entry) => resolveDimension(entry, scope, diagnostics, nullable));
  const whole = resolved.filter((dimension) => dimension !== null);
  if (whole.length < resolved.length) return null;
  const present = whole.filter((dimension) => dimension !== 'left out');
  const count = present.reduce((product, { choices }) => product * choices.length, 1);
  if (count > MAX_INSTANCES) {
    reportSize(`the matrix of "${stage}" has ${count}`, dimensions[0]?.keyAt ?? null, diagnostics);
    return null;
  }
  return Array.from({ length: count }, (_, index) => cellAt(present, index));
}

function resolveDimension(
  dimension: Entry,
  scope: Scope,
  diagnostics: DiagnosticList,
  nullable: boolean,
): Dimension | 'left out' | null {
  const node = dimension.value;
  const name = String(dimension.key.value);
  const list = resolveTree(node, scope, diagnostics);
  if (list === null) return null;
  const { actual, canonical } = list;
  if (nullable && actual.kind === 'scalar' && actual.value === null) return 'left out';
  const at = node.at ?? dimension.keyAt;
  const details = {
    related: actual.at === null || actual.at === at ? [] : [{ message: 'its value stands here', at: actual.at }],
  };
  if (actual.kind !== 'list') {
    diagnostics.add(
      'matrix-list',
      at,
      `the matrix dimension "${name}" must be a list${nullable ? ' or null' : ''}, and is ${kindOf(actual)}`,
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

/** The cell at an index, as digits of a number whose places are the dimensions. */
function cellAt(dimensions: readonly Dimension[], index: number): Cell {
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
  const values = Object.fromEntries(dimensions.map(({ name }) => [name, (picked.get(name) as Choice).value]));
  const node: MapNode = { kind: 'map', entries: actual, at: null };
  const twin: MapNode = located ? { kind: 'map', entries: canonical, at: null } : node;
  const label: Cell['label'] = { kind: 'scalar', value: labels, at: null, origin: null };
  return { label, values, actual: node, canonical: twin };
}

/** @param what is too large, as in `the matrix of "a" has 200000` */
export function reportSize(what: string, at: Position | null, diagnostics: DiagnosticList): void {
  diagnostics.add('matrix-size', at, `${what} instances; at most ${MAX_INSTANCES} are planned`, {
    hint: 'shorten a list, or let one instance go through several values itself',
  });
}
