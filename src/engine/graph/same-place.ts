import type { DiagnosticList } from '../yaml/diagnostics.ts';
import type { Draft } from '../stages/instantiate.ts';
import { suggestion } from '../../base/suggest.ts';
import type { Output, StageInstance } from '../stages/types.ts';
import type { Position, Value } from '../yaml/values.ts';

/** The instances of a stage that share the key of its foreach, by the values of its matrix. */
interface Group {
  readonly dimensions: readonly string[];
  readonly members: Map<string, StageInstance>;
}

interface Surroundings {
  readonly switchedOff: readonly string[];
  /** False: some stage could not be read, and what is not there may be the consequence. */
  readonly complete: boolean;
  readonly diagnostics: DiagnosticList;
}

/** Finds what `{same: STAGE}` means: the instance with the same key, and the same value in each dimension that it has. */
export class SamePlaces {
  readonly #groups = new Map<string, Map<string | null, Group>>();
  readonly #surroundings: Surroundings;

  constructor(drafts: readonly Draft[], surroundings: Surroundings) {
    this.#surroundings = surroundings;
    for (const { instance, coordinates } of drafts) {
      const { key, values } = coordinates;
      const keys = this.#groups.get(instance.stage) ?? new Map<string | null, Group>();
      this.#groups.set(instance.stage, keys);
      const group = keys.get(key) ?? { dimensions: Object.keys(values), members: new Map<string, StageInstance>() };
      keys.set(key, group);
      group.members.set(place(group.dimensions, values), instance);
    }
  }

  /** The only out of the instance of `stage` at the place of `draft`; null after a diagnostic. */
  outOf(stage: string, { instance, coordinates }: Draft, at: Position): Output | null {
    const group = this.#group(stage, coordinates.key, at);
    if (group === null) return null;
    const { key, values } = coordinates;
    const missing = group.dimensions.filter((dimension) => !Object.hasOwn(values, dimension));
    const ofKey = key === null || this.#groups.get(stage)?.has(null) === true ? '' : `${key}-`;
    if (missing.length > 0) {
      const message = `"${stage}" has the dimension "${missing.join('", "')}", which "${instance.name}" does not have`;
      return this.#report(at, message, `for all of its instances write {stage: ${stage}@${ofKey}*}`);
    }
    const found = group.members.get(place(group.dimensions, values));
    if (found === undefined) {
      const wanted = group.dimensions.map((dimension) => `${dimension} ${JSON.stringify(values[dimension])}`);
      const names = Array.from(group.members.values(), ({ name }) => name);
      const some = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
      return this.#report(at, `"${stage}" has no instance with ${wanted.join(', ')}`, `it has ${some}`);
    }
    const outs = found.outs.filter(({ kind }) => kind === 'out');
    const [only] = outs;
    if (only !== undefined && outs.length === 1) return only;
    const count = outs.length === 0 ? 'no outs' : `${outs.length} outs`;
    return this.#report(at, `"${found.name}" has ${count}, and {same: ${stage}} means its only one`, 'write the path');
  }

  #group(stage: string, key: string | null, at: Position): Group | null {
    const { switchedOff } = this.#surroundings;
    const keys = this.#groups.get(stage);
    const group = keys?.get(null) ?? (key === null ? undefined : keys?.get(key));
    if (group !== undefined) return group;
    const off = [stage, `${stage}@${key ?? ''}`].find((name) => switchedOff.includes(name));
    if (off !== undefined) {
      return this.#report(at, `"${off}" has no instance`, 'params give a list of its foreach or matrix as empty');
    }
    if (keys === undefined) {
      return this.#report(at, `there is no stage "${stage}"`, suggestion(stage, [...this.#groups.keys()]));
    }
    const known = [...keys.keys()].join(', ');
    return key === null
      ? this.#report(
          at,
          `"${stage}" has a foreach, and this stage has none`,
          `write {stage: ${stage}@KEY}, of ${known}`,
        )
      : this.#report(at, `the foreach of "${stage}" has no "${key}"`, `it has ${known}`);
  }

  #report(at: Position, message: string, hint: string | undefined): null {
    const { complete, diagnostics } = this.#surroundings;
    if (complete) diagnostics.add('same', at, message, hint === undefined ? {} : { hint });
    return null;
  }
}

function place(dimensions: readonly string[], values: { readonly [dimension: string]: Value }): string {
  return JSON.stringify(dimensions.map((dimension) => values[dimension]));
}
