import { below } from '../paths/glob.ts';
import type { Draft } from '../stages/instantiate.ts';
import type { Overrides } from '../stages/hidden-params.ts';
import type { HiddenParam, InstanceName, StageInstance } from '../stages/types.ts';

/**
 * The values of a profile or `-S` that change nothing for an instance, although it depends on the params file in which they
 * have another value: it names no such key in `params`, and its commands do not carry them. Only instances that have some.
 */
export function unseenOverrides(
  drafts: readonly Draft[],
  instances: ReadonlyMap<InstanceName, StageInstance>,
  overrides: Overrides,
): ReadonlyMap<InstanceName, readonly HiddenParam[]> {
  const found = new Map<InstanceName, readonly HiddenParam[]>();
  const files = overrides.files();
  if (files.length === 0) return found;
  for (const {
    instance: { name },
    unseenIn,
  } of drafts) {
    const deps = instances.get(name)?.deps ?? [];
    const read = files.filter((file) => {
      return deps.some(({ path, place }) =>
        [path, place].some((one) => one === file || (one !== undefined && below(file, one) !== null)),
      );
    });
    const unseen = read.length === 0 ? [] : unseenIn(new Set(read));
    if (unseen.length > 0) found.set(name, unseen);
  }
  return found;
}
