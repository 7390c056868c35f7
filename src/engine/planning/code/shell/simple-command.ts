import { isAssignment } from './assignments.ts';
import type { ShellState } from './state.ts';
import { literalWord, type Node, type Part, type Word } from './syntax.ts';

/** Sets a variable; null: to what nobody knows. */
export function withVariable(state: ShellState, name: string, value: string | null): ShellState {
  return { ...state, variables: new Map(state.variables).set(name, value) };
}

/** The state after a builtin that sets the variables it names. */
export function forget(state: ShellState, args: readonly Word[]): ShellState {
  let current = state;
  for (const { text } of args) {
    const name = /^[A-Za-z_]\w*/.exec(text)?.[0];
    if (name !== undefined) current = withVariable(current, name, null);
  }
  return current;
}

/** The number of words before the command, which set variables. */
export function firstCommand(words: readonly Word[]): number {
  const at = words.findIndex((word) => !isAssignment(word));
  return at < 0 ? words.length : at;
}

/** `command cd x` and `builtin cd x` are `cd x`; `command -v x` only asks. */
export function withoutBuiltin(words: readonly Word[]): readonly Word[] {
  const [name, next] = words;
  if (name?.literal !== true || (name.text !== 'command' && name.text !== 'builtin')) return words;
  if (next !== undefined && /^-\w*[vV]/.test(next.text)) return [literalWord(':')];
  return withoutBuiltin(words.slice(next?.text === '-p' ? 2 : 1));
}

/** The reader of a pipe, with what the command before it writes where the text tells that. */
export function fedBy(before: Node | undefined, node: Node): Node {
  if (before?.kind !== 'simple' || node.kind !== 'simple') return node;
  const [name, ...args] = before.words;
  const plain = args.filter(({ text }) => !text.startsWith('-'));
  if (name?.text === 'cat' && args.length > 0) return { ...node, reads: [...node.reads, ...plain] };
  if ((name?.text !== 'echo' && name?.text !== 'printf') || plain.length === 0) return node;
  const spaced = plain.flatMap((word, at) => (at === 0 ? [word] : [literalWord(' '), word]));
  const parts = spaced.flatMap((word): readonly Part[] =>
    word.literal ? [{ kind: 'text', text: word.text }] : word.parts,
  );
  const text = parts.map((part) => part.text).join('');
  const literal = plain.every((word) => word.literal);
  return { ...node, inputs: [...node.inputs, literal ? literalWord(text) : { text, literal, parts }] };
}
