import { find, parsePath, pathText, toValue } from '../yaml/node.ts';
import type { MapNode, Node, Path } from '../yaml/node.ts';
import { scalarText } from '../yaml/number-text.ts';
import type { HiddenParam } from './types.ts';
import type { Position } from '../yaml/values.ts';

interface Override {
  readonly path: Path;
  readonly node: Node;
  readonly before: Node | undefined;
}

/** Where the merged params differ from the params files that `vars` names. */
export class Overrides {
  readonly #base: MapNode;
  readonly #merged: MapNode;
  #all: readonly Override[] | null = null;
  readonly #byKey = new Map<string, readonly Override[]>();

  constructor(base: MapNode, merged: MapNode) {
    this.#base = base;
    this.#merged = merged;
  }

  /**
   * What is hidden of the params at a key from a program that gets the nodes in `carried` with its command.
   *
   * @param carried asked for only when something differs
   */
  hiddenAt(key: string, namedAt: Position | null, carried: () => ReadonlySet<Node>): readonly HiddenParam[] {
    return this.#at(key)
      .filter(({ node }) => !isCarried(node, carried()))
      .map((one) => hiddenParam(pathText(one.path), one, namedAt));
  }

  /** The params files in which keys have other values than in the merged params. */
  files(): readonly string[] {
    return [...new Set(this.#differences().flatMap(({ before }) => before?.at?.file ?? []))];
  }

  /**
   * What is hidden of the values in some files from a program that gets the nodes in `carried` with its command.
   *
   * @param named keys that the stage names: what becomes of those `hiddenAt` says
   */
  hiddenIn(files: ReadonlySet<string>, named: readonly string[], carried: ReadonlySet<Node>): readonly HiddenParam[] {
    const told = new Set(named.flatMap((key) => this.#at(key)));
    return this.#differences()
      .filter((one) => files.has(one.before?.at?.file ?? '') && !told.has(one) && !isCarried(one.node, carried))
      .map((one) => hiddenParam(pathText(one.path), one, null));
  }

  #differences(): readonly Override[] {
    this.#all ??= [...differences(this.#base, this.#merged, [])];
    return this.#all;
  }

  #at(key: string): readonly Override[] {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const path = this.#merged.entries.has(key) ? [key] : (parsePath(key) ?? [key]);
    const found = this.#differences().filter((one) =>
      one.path.every((step, at) => at >= path.length || step === path[at]),
    );
    this.#byKey.set(key, found);
    return found;
  }
}

function hiddenParam(key: string, { node, before }: Override, namedAt: Position | null): HiddenParam {
  return {
    key,
    value: toValue(node),
    inFile: before === undefined ? undefined : toValue(before),
    inFileAt: before?.at ?? null,
    namedAt,
  };
}

function* differences(before: Node | undefined, now: Node, path: Path): Generator<Override> {
  if (before === now) return;
  if (now.kind === 'map' && (before === undefined || before.kind === 'map')) {
    for (const [key, { value }] of now.entries) {
      yield* differences(before?.entries.get(key)?.value, value, [...path, key]);
    }
    return;
  }
  if (before !== undefined && JSON.stringify(toValue(before)) === JSON.stringify(toValue(now))) return;
  yield { path, node: now, before };
}

/** An instance of a matrix over a list gets an item of it, and not the list. */
function isCarried(node: Node, carried: ReadonlySet<Node>): boolean {
  if (carried.has(node)) return true;
  return node.kind === 'list' && node.items.some((item) => isCarried(item, carried));
}

/** The values at the keys as one JSON document, nested as in params; of a list one item cannot be taken, so all of it. */
export function paramsText(params: MapNode, keys: readonly string[]): string {
  const document = new Group();
  for (const key of keys) {
    const whole = params.entries.has(key) ? [key] : (parsePath(key) ?? [key]);
    const index = whole.findIndex((step) => typeof step === 'number');
    const path = index === -1 ? whole : whole.slice(0, index);
    const found = find(params, path);
    if (found.found) document.put(path, found.node);
  }
  return document.text();
}

/** A map that is being put together. */
class Group {
  readonly #entries = new Map<string, Group | Node>();

  put([first, ...rest]: Path, node: Node): void {
    const name = String(first);
    const known = this.#entries.get(name);
    if (rest.length === 0) this.#entries.set(name, node);
    else if (known instanceof Group) known.put(rest, node);
    else if (known === undefined) {
      const group = new Group();
      group.put(rest, node);
      this.#entries.set(name, group);
    }
  }

  text(): string {
    const fields = Array.from(this.#entries, ([name, value]) => {
      return `${JSON.stringify(name)}: ${value instanceof Group ? value.text() : jsonText(value)}`;
    });
    return `{${fields.join(', ')}}`;
  }
}

/** JSON in which floats are floats for YAML 1.1, too, which wants a point in them. */
function jsonText(node: Node): string {
  if (node.kind === 'list') return `[${node.items.map(jsonText).join(', ')}]`;
  if (node.kind === 'map') {
    return `{${Array.from(node.entries, ([key, { value }]) => `${JSON.stringify(key)}: ${jsonText(value)}`).join(', ')}}`;
  }
  if (typeof node.value !== 'number') return JSON.stringify(node.value);
  const text = scalarText(node);
  return text.includes('.') ? text : text.replace('e', '.0e');
}
