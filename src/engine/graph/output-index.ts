import type { GlobState, GlobWalk } from '../paths/glob.ts';
import { isOutside } from '../paths/paths.ts';

/** Who makes a path: the position of an instance in the list of all, and of the output in the instance. */
export interface Owner {
  readonly instance: number;
  readonly output: number;
}

/** How a new output gets in the way of one that is there already. */
export interface Conflict {
  readonly kind: 'same' | 'inside' | 'around';
  readonly other: Owner;
  /** True when only the disk says so: a link leads there. */
  readonly linked: boolean;
}

/**
 * Outputs by path, and by the place that links on the disk make of it: finds what makes a path, what contains it and what
 * lies below it.
 */
export class OutputIndex {
  readonly #byPath = new Outputs();
  /** Null while every output lies where its path says. */
  #byPlace: Outputs | null = null;
  readonly #added: (readonly [path: string, owner: Owner])[] = [];
  readonly #placeOf: (path: string) => string | null;

  /** @param placeOf where a path leads on the disk, as a project path; null for a place outside the project */
  constructor(placeOf: (path: string) => string | null = (path) => (isOutside(path) ? null : path)) {
    this.#placeOf = placeOf;
  }

  /**
   * Adds an output, or says which other one it collides with.
   *
   * @param place where it really lies, as a project path
   */
  add(path: string, owner: Owner, place = path): Conflict | null {
    const conflict = this.#byPath.add(path, owner);
    if (conflict !== null) return { ...conflict, linked: false };
    if (place !== path && this.#byPlace === null) {
      this.#byPlace = new Outputs();
      for (const [earlier, of] of this.#added) this.#byPlace.add(earlier, of);
    }
    const linked = this.#byPlace?.add(place, owner) ?? null;
    if (this.#byPlace === null) this.#added.push([path, owner]);
    return linked === null ? null : { ...linked, linked: true };
  }

  /** The owners of outputs that a pattern matches below a base directory, and of those that hold what it points at. */
  reached(base: string, walk: GlobWalk): Iterable<Owner> {
    return this.#both(base, (outputs, path) => outputs.reached(path, walk));
  }

  /** The owners of outputs that are the path, contain it, or lie below it. */
  owners(path: string): Iterable<Owner> {
    return this.#both(path, (outputs, where) => outputs.owners(where));
  }

  /** Where a path leads on the disk, if the outputs there are known by that place alone; otherwise undefined. */
  linkedPlace(path: string): string | undefined {
    const place = this.#placeOf(path);
    if (place === null || place === path) return undefined;
    if (!isOutside(path) && !isEmpty(this.#byPath.owners(path))) return undefined;
    return place;
  }

  #both(path: string, find: (outputs: Outputs, path: string) => Iterable<Owner>): Iterable<Owner> {
    const byText = isOutside(path) ? [] : find(this.#byPath, path);
    const place = this.#placeOf(path);
    if (place === null || (place === path && this.#byPlace === null)) return byText;
    return new Set([...byText, ...find(this.#byPlace ?? this.#byPath, place)]);
  }
}

function isEmpty(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true;
}

interface Directory {
  owner: Owner | null;
  readonly children: Map<string, Directory>;
}

/** A tree of directories. */
class Outputs {
  readonly #top: Directory = { owner: null, children: new Map() };

  /** Adds an output, or says which other one it collides with and adds nothing. */
  add(path: string, owner: Owner): Omit<Conflict, 'linked'> | null {
    let directory = this.#top;
    for (const segment of path.split('/')) {
      if (directory.owner !== null) return { kind: 'inside', other: directory.owner };
      let next = directory.children.get(segment);
      if (next === undefined) {
        next = { owner: null, children: new Map() };
        directory.children.set(segment, next);
      }
      directory = next;
    }
    if (directory.owner !== null) return { kind: 'same', other: directory.owner };
    const [below] = ownersBelow(directory);
    if (below !== undefined) return { kind: 'around', other: below };
    directory.owner = owner;
    return null;
  }

  *reached(base: string, walk: GlobWalk): Generator<Owner> {
    let directory = this.#top;
    for (const segment of base === '.' ? [] : base.split('/')) {
      const next = directory.children.get(segment);
      if (next === undefined) return;
      if (next.owner !== null) {
        yield next.owner;
        return;
      }
      directory = next;
    }
    yield* reachedBelow(directory, walk, walk.start);
  }

  owners(path: string): Iterable<Owner> {
    let directory = this.#top;
    if (path !== '.') {
      for (const segment of path.split('/')) {
        const next = directory.children.get(segment);
        if (next === undefined) return [];
        if (next.owner !== null) return [next.owner];
        directory = next;
      }
    }
    return ownersBelow(directory);
  }
}

function* reachedBelow(directory: Directory, walk: GlobWalk, state: GlobState): Generator<Owner> {
  for (const [name, child] of directory.children) {
    const next = walk.step(state, name);
    if (next.length === 0) continue;
    if (child.owner !== null) yield child.owner;
    else yield* reachedBelow(child, walk, next);
  }
}

function* ownersBelow(directory: Directory): Generator<Owner> {
  if (directory.owner !== null) yield directory.owner;
  for (const child of directory.children.values()) yield* ownersBelow(child);
}
