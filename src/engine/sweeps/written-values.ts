import { type MapNode, type Node, toValue } from '../yaml/node.ts';
import { floatText, scalarText } from '../yaml/number-text.ts';
import type { Value } from '../yaml/values.ts';
import type { Space } from './space.ts';

/** The text of a value of `-S` for a key. */
export type WriteValue = (key: string, value: Value) => string;

/** Distributions whose values are floats even where they happen to be whole. */
const continuous: ReadonlySet<string> = new Set([
  'uniform',
  'log_uniform_values',
  'inv_log_uniform_values',
  'normal',
  'log_normal',
  'beta',
]);

/**
 * Writes the values of trials so that floats stay floats: `values: [1.0, 2.0]` means `1.0` in a command, as it would in
 * params, and what a continuous distribution gives is a float.
 *
 * @param document the sweep file
 */
export function writerOf(document: MapNode, space: Space): WriteValue {
  const texts = new Map<string, Map<string, string>>();
  const note = (key: string, node: Node): void => {
    const known = texts.get(key) ?? new Map<string, string>();
    texts.set(key, known.set(JSON.stringify(toValue(node)), flowText(node)));
  };
  const noteParameters = (parameters: MapNode, prefix: string): void => {
    for (const [name, { value: parameter }] of parameters.entries) {
      if (parameter.kind !== 'map') continue;
      const at = (key: string): Node | undefined => parameter.entries.get(key)?.value;
      const inner = at('parameters');
      if (inner?.kind === 'map') noteParameters(inner, `${prefix}${name}.`);
      const [value, values] = [at('value'), at('values')];
      if (value !== undefined) note(prefix + name, value);
      if (values?.kind === 'list') for (const item of values.items) note(prefix + name, item);
    }
  };
  for (const [key, { value }] of mapAt(mapAt(document, 'pipeline'), 'set')?.entries ?? []) note(key, value);
  const parameters = mapAt(document, 'parameters');
  if (parameters !== null) noteParameters(parameters, '');
  const floats = new Set(space.flatMap(({ key, distribution }) => (continuous.has(distribution.kind) ? [key] : [])));
  return (key, value) => {
    if (typeof value === 'number' && floats.has(key)) return floatText(value);
    const json = JSON.stringify(value);
    return texts.get(key)?.get(json) ?? json;
  };
}

function mapAt(node: MapNode | null, key: string): MapNode | null {
  const found = node?.entries.get(key)?.value;
  return found?.kind === 'map' ? found : null;
}

/** YAML on one line. */
function flowText(node: Node): string {
  if (node.kind === 'list') return `[${node.items.map(flowText).join(', ')}]`;
  if (node.kind === 'map') {
    return `{${Array.from(node.entries, ([key, { value }]) => `${JSON.stringify(key)}: ${flowText(value)}`).join(', ')}}`;
  }
  return typeof node.value === 'number' ? scalarText(node) : JSON.stringify(node.value);
}
