import type { GlobState, GlobWalk } from '../paths/glob.ts';

/** Who makes a path: the position of an instance in the list of all, and of the output in the instance. */
export interface Owner {
  readonly instance: number;
  readonly output: number;
}

/** How a new output gets in the way of one that is there already. */
export type Conflict = { readonly kind: 'same' | 'inside' | 'around'; readonly other: Owner };

interface Directory {
  owner: Owner | null;
  readonly children: Map<string, Directory>;
}

/** Outputs by path, as a tree of directories: finds what makes a path, what contains it and what lies below it. */
export class OutputIndex {
  readonly #top: Directory = { owner: null, children: new Map() };

  /** Adds an output, or says which other one it collides with and adds nothing. */
  add(path: string, owner: Owner): Conflict | null {
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

  /**
   * The owners of outputs that a pattern matches, and of those that hold what it points at.
   *
   * @param base the directory that the walk begins in, as a project path; null means outside the project
   */
  *reached(base: string | null, walk: GlobWalk): Generator<Owner> {
    if (base === null) return;
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

  /** The owners of outputs that are the path, contain it, or lie below it. */
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
