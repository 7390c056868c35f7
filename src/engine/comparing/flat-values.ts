import type { Node } from '../yaml/node.ts';
import { toValue } from '../yaml/node.ts';
import type { Position, Value } from '../yaml/values.ts';

/** Dotted keys to what stands there. Lists and empty maps count as values. */
export type FlatValues = ReadonlyMap<string, Value>;

/** A document as dotted keys, in its own order; a document that is no map has the one key `prefix`. */
export function flatten(value: Value, prefix = ''): FlatValues {
  const flat = new Map<string, Value>();
  const walk = (inner: Value, key: string): void => {
    const entries = isMap(inner) ? Object.entries(inner) : [];
    if (entries.length === 0) flat.set(key, inner);
    else for (const [name, child] of entries) walk(child, key === '' ? name : `${key}.${name}`);
  };
  walk(value, prefix);
  return flat;
}

/** A value of the merged params, and where it was set; null: on the command line. */
export interface PlacedValue {
  readonly key: string;
  readonly value: Value;
  readonly at: Position | null;
}

/** The merged params as dotted keys with the place of each value. */
export function placedValues(root: Node): readonly PlacedValue[] {
  const found: PlacedValue[] = [];
  const walk = (node: Node, key: string, keyAt: Position | null): void => {
    if (node.kind !== 'map' || node.entries.size === 0) {
      found.push({ key, value: toValue(node), at: node.kind === 'scalar' ? node.at : keyAt });
      return;
    }
    for (const [name, entry] of node.entries) walk(entry.value, key === '' ? name : `${key}.${name}`, entry.keyAt);
  };
  walk(root, '', null);
  return found;
}

export function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
