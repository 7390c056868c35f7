import type { DiagnosticList } from './diagnostics.ts';
import type { Node } from './node.ts';
import type { Position } from './values.ts';

/** With every alias in the place where it stands: a few lines of aliases of aliases can mean billions. */
const MAX_VALUES = 1_000_000;

/** Whether a document stands for a bearable number of values; false after a diagnostic at the innermost that does not. */
export function hasBearableSize(document: Node, diagnostics: DiagnosticList): boolean {
  const sizes = new Map<Node, number>();
  const tooLarge: (Position | null)[] = [];
  const sizeOf = (node: Node): number => {
    if (node.kind === 'scalar') return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    if (node.kind === 'list') for (const item of node.items) size += sizeOf(item);
    else for (const { value } of node.entries.values()) size += sizeOf(value);
    sizes.set(node, size);
    if (size > MAX_VALUES) tooLarge.push(node.at);
    return size;
  };
  if (sizeOf(document) <= MAX_VALUES) return true;
  diagnostics.add('document-size', tooLarge[0] ?? null, `this stands for more than ${MAX_VALUES} values`, {
    hint: 'aliases (*name) count at every place where they stand; write out what is needed',
  });
  return false;
}
