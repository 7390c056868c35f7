import type { Value } from '../yaml/values.ts';
import type { FlatValues } from './flat-values.ts';

/** One value that two sides do not have in common; undefined: that side has no such key. */
export interface Difference {
  readonly key: string;
  readonly old: Value | undefined;
  readonly new: Value | undefined;
  /** New minus old where both are finite numbers. */
  readonly change: number | null;
}

/** A difference in a file of metrics. */
export interface FileDifference extends Difference {
  readonly path: string;
}

/** What differs between two flat documents: by the keys of the new one, then those that only the old one has. */
export function differences(before: FlatValues, after: FlatValues): readonly Difference[] {
  const keys = new Set([...after.keys(), ...before.keys()]);
  return [...keys].flatMap((key) => {
    const old = before.get(key);
    const now = after.get(key);
    if (sameValue(old, now)) return [];
    const change = typeof old === 'number' && typeof now === 'number' ? now - old : NaN;
    return [{ key, old, new: now, change: Number.isFinite(change) ? change : null }];
  });
}

/** How two sets of files differ; paths are sorted. */
export interface FilesDifference {
  readonly common: readonly FileDifference[];
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
}

/** The same for files. A file that only one side has is named, not taken apart. */
export function fileDifferences(
  before: ReadonlyMap<string, FlatValues>,
  after: ReadonlyMap<string, FlatValues>,
): FilesDifference {
  const common = [...after].flatMap(([path, values]) => {
    const old = before.get(path);
    return old === undefined ? [] : differences(old, values).map((one) => ({ path, ...one }));
  });
  return {
    common: common.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    onlyOld: [...before.keys()].filter((path) => !after.has(path)).sort(),
    onlyNew: [...after.keys()].filter((path) => !before.has(path)).sort(),
  };
}

/** Equal as data: the order of keys does not count, that of lists does. */
function sameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = Object.entries(one as { readonly [key: string]: Value });
  const right = other as { readonly [key: string]: Value };
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameValue(value, right[key]))
  );
}
