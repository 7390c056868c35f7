import type { Node } from '../yaml/node.ts';
import { scalarText } from '../yaml/number-text.ts';

/** A scalar's part of an instance name; null for lists and maps, which are named by their index. */
export function labelOf(node: Node): string | null {
  return node.kind === 'scalar' ? safeLabel(scalarText(node)) : null;
}

/** Names become names of files, so what is not safe there, and `@`, becomes an underscore. */
export function safeLabel(text: string): string {
  return text === '' ? '_' : text.replace(/[^\p{L}\p{N}._+=,-]/gu, '_');
}
