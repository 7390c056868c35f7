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

/**
 * Whether a pattern speaks of a stage or of instances of it, whichever there are.
 *
 * @param name the stage, or a key of its foreach, as in `train@faces`
 */
export function maySpeakOf(pattern: string, name: string): boolean {
  const [stagePattern = ''] = pattern.split('@', 1);
  const [stage = ''] = name.split('@', 1);
  if (!nameMatcher(stagePattern)(stage)) return false;
  if (name === stage || stagePattern === pattern) return true;
  const [key, wanted] = [name.slice(stage.length + 1), pattern.slice(stagePattern.length + 1)];
  const [beginning = ''] = wanted.split(/[*?]/, 1);
  const isWhole = beginning === wanted;
  return wanted === key || beginning.startsWith(`${key}-`) || (!isWhole && `${key}-`.startsWith(beginning));
}
