import type { Iteration, StageDefinition } from './definition.ts';
import { labelOf, safeLabel } from './labels.ts';
import { cellsOf, MAX_INSTANCES, reportSize } from './matrix.ts';
import type { Cell } from './matrix.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf, toValue } from '../yaml/node.ts';
import type { Entry, Node } from '../yaml/node.ts';
import type { Scope } from '../templates/scope.ts';
import { resolveTree } from '../templates/template.ts';
import type { InstanceName } from './types.ts';
import type { Position, Value } from '../yaml/values.ts';

/** The place of an instance in its stage. */
export interface Coordinates {
  /** The part of the name that the item of its foreach gives; null without a foreach. */
  readonly key: string | null;
  /** By dimension the value of its matrix; empty without one. */
  readonly values: { readonly [dimension: string]: Value };
}

/** One combination of a matrix, one turn of a foreach, or one combination in one turn. */
export interface Combination {
  readonly name: InstanceName;
  /** Null for a plain stage. */
  readonly item: { readonly [name: string]: Value } | null;
  readonly coordinates: Coordinates;
  readonly scope: Scope;
  /** Names of the scope to which the stage's own `vars` may add nothing. */
  readonly closed: ReadonlySet<string>;
}

export interface Expansion {
  readonly combinations: readonly Combination[];
  /** The stage, or keys of its foreach (`train@faces`), that have no instance because params give a list as empty. */
  readonly switchedOff: readonly string[];
}

/** File systems allow 255 bytes, and logs and locks add to a name. */
const MAX_NAME_BYTES = 200;

const NO_NAMES: ReadonlySet<string> = new Set();
const ITEM: ReadonlySet<string> = new Set(['item']);
const ITEM_AND_MATRIX: ReadonlySet<string> = new Set(['item', 'matrix']);
const NO_COORDINATES: Coordinates = { key: null, values: {} };

/**
 * Every instance of a stage, in the order of the lists: the items of a foreach slowest, then the first dimension of a
 * matrix; null after a diagnostic. None at all where a template gives an empty list: then params switched the stage off.
 */
export function expand(definition: StageDefinition, scope: Scope, diagnostics: DiagnosticList): Expansion | null {
  const { name, over } = definition;
  if (over === null) {
    const only: Combination = {
      name: name as InstanceName,
      item: null,
      coordinates: NO_COORDINATES,
      scope,
      closed: NO_NAMES,
    };
    return { combinations: [only], switchedOff: [] };
  }
  const found =
    over.foreach === null
      ? ofMatrix(name, over.dimensions ?? [], scope, diagnostics)
      : ofForeach(name, over.foreach, over.dimensions, scope, diagnostics);
  if (found === null) return null;
  const combinations = withoutRepetitions(found.combinations);
  if (!areDistinct(definition, combinations, diagnostics)) return null;
  return { combinations, switchedOff: combinations.length === 0 ? [name] : found.switchedOff };
}

function ofMatrix(
  stage: string,
  dimensions: readonly Entry[],
  outer: Scope,
  diagnostics: DiagnosticList,
): Expansion | null {
  const cells = cellsOf(stage, dimensions, outer, diagnostics, { nullable: false });
  if (cells === null) return null;
  const combinations = cells.map(({ label, values, actual, canonical }): Combination => ({
    name: `${stage}@${label.value}` as InstanceName,
    item: values,
    coordinates: { key: null, values },
    scope: itemScope(outer, actual, canonical, new Map([['key', label]])),
    closed: ITEM,
  }));
  return { combinations, switchedOff: [] };
}

/** One item of a foreach. */
interface Turn {
  readonly label: string;
  /** Null for an item of a list. */
  readonly key: string | null;
  readonly item: Node;
  readonly canonical: Node;
}

function ofForeach(
  stage: string,
  foreach: NonNullable<Iteration['foreach']>,
  dimensions: readonly Entry[] | null,
  outer: Scope,
  diagnostics: DiagnosticList,
): Expansion | null {
  const turns = turnsOf(stage, foreach, outer, diagnostics);
  if (turns === null) return null;
  if (dimensions === null) return { combinations: turns.map((turn) => ofTurn(stage, turn, outer)), switchedOff: [] };
  const combinations: Combination[] = [];
  const switchedOff: string[] = [];
  let failed = false;
  for (const turn of turns) {
    const around = itemScope(outer, turn.item, turn.canonical, keyOf(turn));
    const cells = cellsOf(stage, dimensions, around, diagnostics, { nullable: true });
    if (cells === null) failed = true;
    else if (cells.length === 0) switchedOff.push(`${stage}@${turn.label}`);
    if (combinations.length + (cells?.length ?? 0) > MAX_INSTANCES) {
      reportSize(`"${stage}" has more than ${MAX_INSTANCES}`, foreach.over.at ?? foreach.at, diagnostics);
      return null;
    }
    for (const cell of cells ?? []) combinations.push(ofCell(stage, turn, cell, outer));
  }
  return failed ? null : { combinations, switchedOff };
}

function turnsOf(
  stage: string,
  { over, at }: NonNullable<Iteration['foreach']>,
  scope: Scope,
  diagnostics: DiagnosticList,
): readonly Turn[] | null {
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
  if (actual.kind === 'list') {
    return actual.items.map((item, index) => {
      const twin = canonical.kind === 'list' ? canonical.items[index] : undefined;
      return { label: labelOf(item) ?? String(index), key: null, item, canonical: twin ?? item };
    });
  }
  return Array.from(actual.entries, ([key, { value }]) => {
    const twin = canonical.kind === 'map' ? canonical.entries.get(key)?.value : undefined;
    return { label: safeLabel(key), key, item: value, canonical: twin ?? value };
  });
}

function ofTurn(stage: string, turn: Turn, outer: Scope): Combination {
  const { label, key, item, canonical } = turn;
  return {
    name: `${stage}@${label}` as InstanceName,
    item: { ...(key === null ? {} : { key }), item: toValue(item) },
    coordinates: { key: label, values: {} },
    scope: itemScope(outer, item, canonical, keyOf(turn)),
    closed: ITEM,
  };
}

function ofCell(stage: string, turn: Turn, cell: Cell, outer: Scope): Combination {
  const { label, key, item } = turn;
  const inside = overlaid(item, cell.actual);
  const canonical =
    turn.canonical === item && cell.canonical === cell.actual ? inside : overlaid(turn.canonical, cell.canonical);
  const names = keyOf(turn);
  names.set('matrix', cell.actual);
  names.set('cell', cell.label);
  const located = new Map<string, Node>(cell.canonical === cell.actual ? [] : [['matrix', cell.canonical]]);
  return {
    name: `${stage}@${cell.label.value === '' ? label : `${label}-${cell.label.value}`}` as InstanceName,
    item: { ...(key === null ? {} : { key }), item: toValue(item), matrix: cell.values },
    coordinates: { key: label, values: cell.values },
    scope: itemScope(outer, inside, canonical, names, located),
    closed: ITEM_AND_MATRIX,
  };
}

/** The item of a foreach with the dimensions laid over it. What is no map stays what it is. */
function overlaid(item: Node, dimensions: Cell['actual']): Node {
  return item.kind === 'map' ? { ...item, entries: new Map([...item.entries, ...dimensions.entries]) } : item;
}

function keyOf({ key }: Turn): Map<string, Node> {
  return new Map(key === null ? [] : [['key', { kind: 'scalar', value: key, at: null, origin: null }]]);
}

/** @param located the canonical values of `names` that differ */
function itemScope(
  outer: Scope,
  item: Node,
  canonical: Node,
  names: Map<string, Node>,
  located = new Map<string, Node>(),
): Scope {
  names.set('item', item);
  if (canonical !== item) located.set('item', canonical);
  return outer.with(names, located);
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
  const place: Position | null = (over?.foreach === null ? over.dimensions?.[0]?.keyAt : over?.foreach.at) ?? at;
  for (const { name } of found) {
    if (seen.has(name)) {
      diagnostics.add('instance-twice', place, `"${stage}" has two instances named "${name}"`, {
        hint:
          'a name joins the values by "-", with "_" for what cannot stand in the name of a file: ' +
          'values that differ only there need other texts',
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
