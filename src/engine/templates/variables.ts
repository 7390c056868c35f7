import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { pathText, toValue } from '../yaml/node.ts';
import type { Entry, MapNode, Node } from '../yaml/node.ts';
import { joinMaps } from '../params/params.ts';
import { Scope } from './scope.ts';
import { resolveTree } from './template.ts';
import type { Position, Value } from '../yaml/values.ts';
import type { InlineVariable } from '../params/vars-list.ts';

/**
 * Inline variables that say where results go, when they are text. They stand for themselves in canonical text, so that a fingerprint does
 * not depend on where a run lives.
 */
export const LOCATION_VARIABLES: ReadonlySet<string> = new Set(['run', 'reports']);

const NO_NAMES: ReadonlySet<string> = new Set();

interface Resolved {
  readonly actual: Node;
  readonly canonical: Node;
}

/**
 * Names that `vars` defines one after the other. As in dvc.yaml a map adds to one of the same name, and everything else
 * has one home.
 */
export class Definitions {
  /** The outer names and those defined so far: it grows. */
  readonly scope: Scope;
  readonly #actual = new Map<string, Node>();
  readonly #canonical = new Map<string, Node>();
  readonly #places = new Map<string, Position | null>();
  readonly #diagnostics: DiagnosticList;
  readonly #closed: ReadonlySet<string>;

  /**
   * @param places where outer names are defined, for messages
   * @param closed outer names to which nothing may be added, maps though they are
   */
  constructor(
    outer: Scope,
    places: Iterable<readonly [name: string, at: Position | null]>,
    diagnostics: DiagnosticList,
    closed: ReadonlySet<string> = NO_NAMES,
  ) {
    this.scope = new Scope(this.#actual, this.#canonical, outer);
    this.#places = new Map(places);
    this.#diagnostics = diagnostics;
    this.#closed = closed;
  }

  /** The names that were defined here, with their values. */
  get values(): { readonly [name: string]: Value } {
    return Object.fromEntries(Array.from(this.#actual, ([name, node]) => [name, toValue(node)]));
  }

  /**
   * Defines a name as what an entry says, which may use the names defined before.
   *
   * @returns false after a diagnostic that leaves the name without its value
   */
  resolve(name: string, entry: Entry): boolean {
    const resolved = resolveTree(entry.value, this.scope, this.#diagnostics);
    if (resolved !== null) return this.define(name, resolved, entry.keyAt);
    // A stand-in, so that the uses of a variable that is itself wrong are not reported as unknown.
    if (this.scope.root(name, 'actual') === undefined)
      this.#actual.set(name, { kind: 'scalar', value: name, at: entry.keyAt, origin: null });
    return false;
  }

  /** @returns false after a diagnostic */
  define(name: string, { actual, canonical }: Resolved, at: Position | null): boolean {
    const before = this.scope.root(name, 'actual');
    if (before === undefined) {
      this.#places.set(name, at);
      this.#set(name, actual, canonical);
      return true;
    }
    if (before.kind !== 'map' || actual.kind !== 'map' || this.#closed.has(name)) {
      this.#reportTwice(name, at, this.#places.get(name) ?? before.at);
      return false;
    }
    return this.#join(name, before, { actual, canonical });
  }

  /** Makes a name that is defined stand for itself in canonical text. */
  locate(name: string, at: Position | null): void {
    this.#canonical.set(name, { kind: 'scalar', value: `\${${name}}`, at, origin: null });
  }

  #join(name: string, before: MapNode, { actual, canonical }: Resolved): boolean {
    let distinct = true;
    const join = (left: Node, right: Node, report: boolean): Node => {
      if (left.kind !== 'map' || right.kind !== 'map') return left;
      return joinMaps(
        left,
        right,
        (path, first, second) => {
          distinct = false;
          if (report) this.#reportTwice(pathText(path), second.keyAt, first.keyAt);
        },
        [name],
      );
    };
    const beforeCanonical = this.scope.root(name, 'canonical') ?? before;
    const joined = join(before, actual, true);
    const same = beforeCanonical === before && canonical === actual;
    this.#set(name, joined, same ? joined : join(beforeCanonical, canonical, false));
    return distinct;
  }

  #set(name: string, actual: Node, canonical: Node): void {
    this.#actual.set(name, actual);
    if (canonical !== actual) this.#canonical.set(name, canonical);
  }

  #reportTwice(name: string, at: Position | null, first: Position | null): void {
    this.#diagnostics.add(`variable-twice ${name}`, at, `the variable "${name}" is defined twice`, {
      related: first === null ? [] : [{ message: 'first defined here', at: first }],
    });
  }
}

/**
 * Resolves the inline variables of the whole file, which may use params and earlier variables.
 *
 * @param settings values of `-S`, which win
 */
export function resolveVariables(
  variables: readonly InlineVariable[],
  params: MapNode,
  settings: ReadonlyMap<string, Node>,
  diagnostics: DiagnosticList,
): { readonly scope: Scope; readonly values: { readonly [name: string]: Value }; readonly complete: boolean } {
  const places = Array.from(params.entries, ([name, { keyAt }]) => [name, keyAt] as const);
  const definitions = new Definitions(Scope.ofParams(params), places, diagnostics);
  let complete = true;
  for (const [name, entry] of variables) {
    const setting = settings.get(name);
    const defined =
      setting === undefined
        ? definitions.resolve(name, entry)
        : definitions.define(name, { actual: setting, canonical: setting }, entry.keyAt);
    if (!defined) complete = false;
    else if (LOCATION_VARIABLES.has(name) && isText(definitions.scope.root(name, 'actual'))) {
      definitions.locate(name, entry.keyAt);
    }
  }
  return { scope: definitions.scope, values: definitions.values, complete };
}

/** A number or a map of such a name is a variable like any other. */
function isText(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && typeof node.value === 'string' && node.value !== '';
}
