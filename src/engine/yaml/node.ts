import type { SourceFile } from './source-file.ts';
import type { Position, Value } from './values.ts';

/** What YAML said, with the place where it said it; null places come from the command line. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The number is written as a float, although it may be a whole one: `1.0`. */
  readonly float?: true;
  readonly at: Position | null;
  /** Where the scalar's text stands, so that a part of it can be pointed at. */
  readonly origin: { readonly source: SourceFile; readonly start: number; readonly end: number } | null;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly at: Position | null;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Position | null;
}

export interface Entry {
  readonly keyAt: Position | null;
  /** The key as a scalar: outputs may carry templates in keys. */
  readonly key: ScalarNode;
  readonly value: Node;
}

const origins = new WeakMap<Node, readonly Node[]>();

/** Notes that the text of a node was made of the values of others. */
export function notePartsOf(node: Node, parts: readonly Node[]): void {
  origins.set(node, parts);
}

/** Adds a node to a set, with what is inside it and what it was made of. */
export function collectNodes(node: Node, into: Set<Node>): void {
  if (into.has(node)) return;
  into.add(node);
  for (const part of origins.get(node) ?? []) collectNodes(part, into);
  if (node.kind === 'list') for (const item of node.items) collectNodes(item, into);
  if (node.kind === 'map') for (const { value } of node.entries.values()) collectNodes(value, into);
}

const values = new WeakMap<Node, Value>();

/** The plain value of a node. Computed once per node: thousands of instances share the nodes of one params file. */
export function toValue(node: Node): Value {
  if (node.kind === 'scalar') return node.value;
  const known = values.get(node);
  if (known !== undefined) return known;
  const value =
    node.kind === 'list'
      ? node.items.map(toValue)
      : // Object.fromEntries defines properties, so that a key `__proto__` stays a key.
        Object.fromEntries(Array.from(node.entries, ([key, entry]) => [key, toValue(entry.value)]));
  values.set(node, value);
  return value;
}

/** A value of the program as nodes, all at one place. */
export function fromValue(value: Value, at: Position | null): Node {
  if (Array.isArray(value))
    return { kind: 'list', items: (value as readonly Value[]).map((item) => fromValue(item, at)), at };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as { readonly [key: string]: Value });
    return mapOf(new Map(entries.map(([key, item]) => [key, fromValue(item, at)])), at);
  }
  return { kind: 'scalar', value: value, at, origin: null };
}

/** The same values without places: what the command line says stands in no file. */
export function withoutPlaces(node: Node): Node {
  if (node.kind === 'list') return { kind: 'list', items: node.items.map(withoutPlaces), at: null };
  if (node.kind === 'scalar') return { ...node, at: null, origin: null };
  return mapOf(new Map(Array.from(node.entries, ([key, entry]) => [key, withoutPlaces(entry.value)])), null);
}

/** A map node of nodes that already have their places. */
export function mapOf(values: ReadonlyMap<string, Node>, at: Position | null): MapNode {
  const entry = (key: string, value: Node): Entry => ({
    keyAt: value.at,
    key: { kind: 'scalar', value: key, at: value.at, origin: null },
    value,
  });
  return { kind: 'map', entries: new Map(Array.from(values, ([key, value]) => [key, entry(key, value)])), at };
}

/** The kind of a node in the words of a message. */
export function kindOf(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  if (node.value === null) return 'nothing (null)';
  return { string: 'a string', number: 'a number', boolean: 'true or false' }[
    typeof node.value as 'string' | 'number' | 'boolean'
  ];
}

/** Finds the places of parts of a scalar, in order, in the text of the file: quotes and folding shift offsets. */
export function partLocator({ origin, at }: ScalarNode): (written: string) => Position | null {
  if (origin === null) return () => at;
  let from = origin.start;
  return (written) => {
    const start = origin.source.text.indexOf(written, from);
    if (start === -1 || start + written.length > origin.end) return at;
    from = start + written.length;
    return origin.source.position(start, from);
  };
}

export type Path = readonly (string | number)[];

/** The node at a path, or the point where the way ends. */
export type Found =
  | { readonly found: true; readonly node: Node; readonly entry: Entry | null }
  | { readonly found: false; readonly last: Node; readonly depth: number };

export function find(root: Node, path: Path, from = 0): Found {
  let node = root;
  let entry: Entry | null = null;
  for (let depth = from; depth < path.length; depth++) {
    const step = path[depth];
    let next: Node | undefined;
    entry = null;
    if (node.kind === 'map' && step !== undefined) {
      entry = node.entries.get(String(step)) ?? null;
      next = entry?.value;
    } else if (node.kind === 'list' && /^\d+$/.test(String(step))) next = node.items[Number(step)];
    if (next === undefined) return { found: false, last: node, depth };
    node = next;
  }
  return { found: true, node, entry };
}

/** A name in a path: as in dvc.yaml it may hold spaces, though not at its ends. */
const NAME = /[^.[\]{}$\s'"|:;,()]+(?: +[^.[\]{}$\s'"|:;,()]+)*/.source;

/** `a.b[0].c` as a path, or null when it is not one. As in dvc.yaml `a[b]` is `a.b`. */
export function parsePath(text: string): Path | null {
  const path: (string | number)[] = [];
  const step = new RegExp(`(${NAME})|\\[(?:(\\d+)|(${NAME}))\\]`, 'y');
  for (let at = 0; at < text.length;) {
    if (text[at] === '.') {
      if (at === 0) return null;
      at++;
    } else if (at > 0 && text[at] !== '[') return null;
    step.lastIndex = at;
    const match = step.exec(text);
    if (match === null || (match[1] === undefined && (at === 0 || text[at - 1] === '.'))) return null;
    path.push(match[1] ?? match[3] ?? Number(match[2]));
    at = step.lastIndex;
  }
  return path.length === 0 ? null : path;
}

export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** Every dotted path below a map, inner maps included: what a misspelt path is compared with. */
export function* dottedPaths(node: Node, prefix = ''): Generator<string> {
  if (node.kind !== 'map') return;
  for (const [key, entry] of node.entries) {
    yield prefix + key;
    yield* dottedPaths(entry.value, `${prefix}${key}.`);
  }
}

/** Keys of a map node, or of whatever else a path may go on into. */
export function keysOf(node: Node): readonly string[] {
  return node.kind === 'map' ? [...node.entries.keys()] : [];
}
