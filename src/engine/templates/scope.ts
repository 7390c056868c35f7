import type { MapNode, Node, Path } from '../yaml/node.ts';
import { dottedPaths, find, keysOf, notePartsOf, pathText } from '../yaml/node.ts';
import { closest, suggestion } from '../../base/suggest.ts';

export type View = 'actual' | 'canonical';

/**
 * The names that a template may use. Each name has an actual value and, where it depends on a location variable, a
 * canonical one in which `${run}` stands for itself.
 */
export class Scope {
  readonly #actual: ReadonlyMap<string, Node>;
  readonly #canonical: ReadonlyMap<string, Node>;
  readonly #outer: Scope | null;

  /** @param canonical the names whose canonical value differs */
  constructor(actual: ReadonlyMap<string, Node>, canonical: ReadonlyMap<string, Node>, outer: Scope | null = null) {
    this.#actual = actual;
    this.#canonical = canonical;
    this.#outer = outer;
  }

  /** A scope of the top-level keys of params. */
  static ofParams(params: MapNode): Scope {
    return new Scope(new Map(Array.from(params.entries, ([key, entry]) => [key, entry.value])), NOTHING);
  }

  /** This scope and the names of one instance. */
  with(names: ReadonlyMap<string, Node>, canonical: ReadonlyMap<string, Node> = NOTHING): Scope {
    return new Scope(names, canonical, this);
  }

  /** The value of a top-level name, or undefined. */
  root(name: string, view: View): Node | undefined {
    const own = (view === 'canonical' ? this.#canonical.get(name) : undefined) ?? this.#actual.get(name);
    return own ?? this.#outer?.root(name, view);
  }

  /** Whether the canonical value of a path differs from its actual one. */
  isLocated(path: Path): boolean {
    return this.#hasLocation(String(path[0])) || this.lookup(path, 'actual') !== this.lookup(path, 'canonical');
  }

  #hasLocation(name: string): boolean {
    if (this.#canonical.has(name)) return true;
    return !this.#actual.has(name) && this.#outer !== null && this.#outer.#hasLocation(name);
  }

  /** The node at a path, or undefined. */
  lookup(path: Path, view: View): Node | undefined {
    const root = this.root(String(path[0]), view);
    if (root === undefined) return undefined;
    const found = find(root, path, 1);
    if (!found.found) return undefined;
    return view === 'actual' ? this.#locate(found.node) : found.node;
  }

  /**
   * A path in params may itself begin with a location variable (`root: ${run}/corpora`): as written it is canonical,
   * and here it gets its actual place.
   */
  #locate(node: Node): Node {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || !node.value.includes('${')) return node;
    const value = node.value.replaceAll(/\$\{(\w+)\}/g, (written, name: string) => {
      const place = this.#hasLocation(name) ? this.root(name, 'actual') : undefined;
      return place?.kind === 'scalar' ? String(place.value) : written;
    });
    if (value === node.value) return node;
    const located: Node = { ...node, value };
    notePartsOf(located, [node]);
    return located;
  }

  /** The path that one which does not exist most likely meant, or null. */
  near(path: Path): string | null {
    return closest(pathText(path), this.#paths());
  }

  /** A hint about a path that does not exist: what it most likely meant, or what there is. */
  suggest(path: Path): string | undefined {
    const near = this.near(path);
    if (near !== null) return `did you mean "${near}"?`;
    const root = this.root(String(path[0]), 'actual');
    if (root === undefined) return suggestion(pathText(path), this.#names());
    const found = find(root, path, 1);
    if (found.found) return undefined;
    const siblings = keysOf(found.last).map((key) => pathText([...path.slice(0, found.depth), key]));
    return suggestion(pathText(path), siblings);
  }

  #names(): readonly string[] {
    return [...new Set([...this.#actual.keys(), ...(this.#outer === null ? [] : this.#outer.#names())])];
  }

  *#paths(): Generator<string> {
    for (const [name, node] of this.#actual) {
      yield name;
      yield* dottedPaths(node, `${name}.`);
    }
    if (this.#outer !== null) yield* this.#outer.#paths();
  }
}

const NOTHING: ReadonlyMap<string, Node> = new Map();
