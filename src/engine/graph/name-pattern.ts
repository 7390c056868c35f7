import type { InstanceName } from '../stages/types.ts';
import { nameMatcher } from '../paths/wildcards.ts';

/** Finds instances by stage name, full name, or a glob with `*` and `?`. */
export class InstanceNames {
  readonly #all: ReadonlySet<string>;
  readonly #byStage = new Map<string, InstanceName[]>();
  readonly #known = new Map<string, readonly InstanceName[]>();

  constructor(instances: Iterable<{ readonly name: InstanceName; readonly stage: string }>) {
    const all = new Set<string>();
    for (const { name, stage } of instances) {
      all.add(name);
      const same = this.#byStage.get(stage);
      if (same === undefined) this.#byStage.set(stage, [name]);
      else same.push(name);
    }
    this.#all = all;
  }

  get stages(): readonly string[] {
    return [...this.#byStage.keys()];
  }

  /** Every instance of a stage, in order. */
  ofStage(stage: string): readonly InstanceName[] {
    return this.#byStage.get(stage) ?? [];
  }

  /** The instances that a pattern means, in order; empty when there is none. */
  matching(pattern: string): readonly InstanceName[] {
    const known = this.#known.get(pattern);
    if (known !== undefined) return known;
    const found = this.#search(pattern);
    this.#known.set(pattern, found);
    return found;
  }

  #search(pattern: string): readonly InstanceName[] {
    if (this.#all.has(pattern)) return [pattern as InstanceName];
    const stage = this.#byStage.get(pattern);
    if (stage !== undefined) return stage;
    if (!/[*?]/.test(pattern)) return [];
    const isMeant = nameMatcher(pattern);
    const [stagePattern = ''] = pattern.split('@', 1);
    // `eval@*` need not look at the instances of other stages. A glob without `@` may mean stages or instances.
    if (pattern.includes('@') && !/[*?]/.test(stagePattern)) return this.ofStage(stagePattern).filter(isMeant);
    return this.stages.flatMap((name) => (isMeant(name) ? this.ofStage(name) : this.ofStage(name).filter(isMeant)));
  }
}

/** Whether a pattern speaks of this stage or of instances of it, whichever there are. */
export function meansStage(pattern: string, stage: string): boolean {
  const [stagePattern = ''] = pattern.split('@', 1);
  return nameMatcher(stagePattern)(stage);
}
