import type { Iteration, StageDefinition } from './definition.ts';
import type { DiagnosticList } from './diagnostics.ts';
import { kindOf, mapOf, toValue } from './node.ts';
import type { Node } from './node.ts';
import { Scope } from './scope.ts';
import { resolveTree } from './template.ts';
import type { InstanceName, Position, Value } from './types.ts';

/** One combination of a matrix, or one turn of a foreach. */
export interface Combination {
  readonly name: InstanceName;
  readonly item: { readonly [dimension: string]: Value } | null;
  readonly scope: Scope;
}

/** Beyond this a matrix is a mistake, and listing it would only fill the memory. */
const MAX_INSTANCES = 1_000_000;

/** File systems allow 255 bytes, and logs and locks add to a name. */
const MAX_NAME_BYTES = 200;

/** Every instance of a stage, in the order of the lists, the first dimension slowest; null after a diagnostic. */
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
  return found === null || !areDistinct(definition, found, diagnostics) ? null : found;
}

interface Choice {
  readonly label: string;
  readonly actual: Node;
  readonly canonical: Node;
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
  const resolved = dimensions.map((entry) => {
    const name = String(entry.key.value);
    const choices = resolveChoices(name, entry.value, scope, entry.keyAt, diagnostics);
    return choices === null ? null : { name, choices };
  });
  const whole = resolved.filter((dimension) => dimension !== null);
  if (whole.length < resolved.length) return null;
  const count = whole.reduce((product, { choices }) => product * choices.length, 1);
  if (count > MAX_INSTANCES) {
    diagnostics.add(
      'matrix-size',
      dimensions[0]?.keyAt ?? null,
      `the matrix of "${stage}" has ${count} instances; at most ${MAX_INSTANCES} can be kept apart`,
    );
    return null;
  }
  return product(whole).map((choices) => combine(stage, whole, choices, scope));
}

function resolveChoices(
  dimension: string,
  node: Node,
  scope: Scope,
  at: Position | null,
  diagnostics: DiagnosticList,
): readonly Choice[] | null {
  const list = resolveTree(node, scope, diagnostics);
  if (list === null) return null;
  const { actual, canonical } = list;
  const related =
    actual.at === null || actual.at === node.at ? [] : [{ message: 'its value stands here', at: actual.at }];
  if (actual.kind !== 'list') {
    diagnostics.add(
      'matrix-list',
      node.at ?? at,
      `the matrix dimension "${dimension}" must be a list, and is ${kindOf(actual)}`,
      { related },
    );
    return null;
  }
  if (actual.items.length === 0) {
    diagnostics.add(
      'matrix-empty',
      node.at ?? at,
      `the matrix dimension "${dimension}" is empty, so the stage would have no instance`,
      { related },
    );
    return null;
  }
  return actual.items.map((item, index) => ({
    label: labelOf(item) ?? `${dimension}${index}`,
    actual: item,
    canonical: (canonical.kind === 'list' ? canonical.items[index] : undefined) ?? item,
  }));
}

function combine(
  stage: string,
  dimensions: readonly Dimension[],
  choices: readonly Choice[],
  scope: Scope,
): Combination {
  const key = choices.map(({ label }) => label).join('-');
  const view = (pick: (choice: Choice) => Node): Node =>
    mapOf(new Map(choices.map((choice, index) => [dimensions[index]?.name ?? '', pick(choice)])), null);
  const item = view((choice) => choice.actual);
  const located = choices.some((choice) => choice.canonical !== choice.actual);
  return {
    name: `${stage}@${key}` as InstanceName,
    item: toValue(item) as { readonly [dimension: string]: Value },
    scope: itemScope(item, located ? view((choice) => choice.canonical) : item, key, scope),
  };
}

function itemScope(item: Node, canonical: Node, key: string | null, outer: Scope): Scope {
  const names = new Map<string, Node>([['item', item]]);
  if (key !== null) names.set('key', { kind: 'scalar', value: key, at: null, origin: null });
  return new Scope(names, canonical === item ? new Map() : new Map([['item', canonical]]), outer);
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
  if (turns.length === 0) {
    diagnostics.add('foreach-empty', place, `"foreach" is empty, so the stage would have no instance`);
    return null;
  }
  return turns.map(([label, key, item, twin]) => ({
    name: `${stage}@${label}` as InstanceName,
    item: { ...(key === null ? {} : { key }), item: toValue(item) },
    scope: itemScope(item, twin, key, scope),
  }));
}

/** A scalar's part of an instance name; null for lists and maps, which are named by their index. */
function labelOf(node: Node): string | null {
  return node.kind === 'scalar' ? safeLabel(String(node.value)) : null;
}

/** Names become names of files, so what is not safe there, and `@`, becomes an underscore. */
function safeLabel(text: string): string {
  return text === '' ? '_' : text.replace(/[^\p{L}\p{N}._+=,-]/gu, '_');
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
        hint: 'a value is given twice, or two values differ only in characters that cannot stand in the name of a file',
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

function product(dimensions: readonly Dimension[]): readonly (readonly Choice[])[] {
  return dimensions.reduce<readonly (readonly Choice[])[]>(
    (rows, { choices }) => rows.flatMap((row) => choices.map((choice) => [...row, choice])),
    [[]],
  );
}
