import type { Circumstances } from './circumstances.ts';
import { originsIn } from './dependencies.ts';
import type { RelatedPlace } from '../yaml/diagnostics.ts';
import type { Draft } from '../stages/instantiate.ts';
import { closest } from '../../base/suggest.ts';
import type { Dependency, StageInstance } from '../stages/types.ts';
import type { Position } from '../yaml/values.ts';

/**
 * Collects dependencies that do not exist and that no stage makes. Which place is to blame is known at the end: the
 * value in an instance's item, where its line is right for other instances, or where several lines miss something by
 * the same value. A wrong value that several stages read is then one mistake.
 */
export class MissingDependencies {
  readonly #drafts: readonly Draft[];
  readonly #instances: readonly StageInstance[];
  readonly #circumstances: Circumstances;
  readonly #missing: { readonly self: number; readonly dep: Dependency }[] = [];
  readonly #rightLines = new Set<Position>();

  constructor(drafts: readonly Draft[], instances: readonly StageInstance[], circumstances: Circumstances) {
    this.#drafts = drafts;
    this.#instances = instances;
    this.#circumstances = circumstances;
  }

  add(self: number, dep: Dependency): void {
    this.#missing.push({ self, dep });
  }

  /** A dependency that is there. */
  found({ at }: Dependency): void {
    this.#rightLines.add(at);
  }

  report(): void {
    const lines = new Map<Position, Set<Position>>();
    for (const { self, dep } of this.#missing) {
      const value = this.#ownValue(self, dep);
      if (value !== null) lines.set(value, (lines.get(value) ?? new Set()).add(dep.at));
    }
    const isCulprit = (value: Position): boolean => {
      const own = [...(lines.get(value) ?? [])];
      return own.length > 1 || own.some((line) => this.#rightLines.has(line));
    };
    for (const { self, dep } of this.#missing) {
      const { at, related } = this.#placeOf(self, dep, isCulprit);
      this.#circumstances.diagnostics.add(
        'missing-dep',
        at,
        `"${dep.path}" does not exist, and no stage makes it`,
        () => ({ related: related(), hint: hintFor(dep.path, this.#instances) }),
      );
    }
  }

  #placeOf(
    self: number,
    dep: Dependency,
    isCulprit: (value: Position) => boolean,
  ): { at: Position; related: () => readonly RelatedPlace[] } {
    const { at, by } = dep;
    if (by !== undefined) return { at, related: () => [{ message: 'this template brings it', at: by }] };
    const value = this.#ownValue(self, dep);
    if (value !== null && isCulprit(value)) {
      return { at: value, related: () => [{ message: 'this template uses it', at }] };
    }
    return { at, related: () => originsIn(this.#drafts[self], at, this.#circumstances) };
  }

  /** Where the first value of the instance's own item in the dependency's path was set; null where it has none. */
  #ownValue(self: number, { at, by }: Dependency): Position | null {
    const draft = this.#drafts[self];
    if (draft === undefined || by !== undefined) return null;
    return this.#circumstances.originsAt(at, draft.scope).own[0]?.at ?? null;
  }
}

function hintFor(path: string, instances: readonly StageInstance[]): string | undefined {
  const near = closest(
    path,
    instances.flatMap(({ outs }) => outs.map((out) => out.path)),
  );
  if (near !== null) return `did you mean "${near}"?`;
  if (path.startsWith('node_modules/')) return 'npm ci installs the packages of this project';
  return /[*?]/.test(path)
    ? 'wildcards count in a list in pipeline.yaml itself: what has a name, or comes by a template, is taken literally'
    : undefined;
}
