import { isAssignment } from './assignments.ts';
import type { ShellState } from './state.ts';
import { literalWord, type Node, type Part, type Word } from './syntax.ts';

/** Sets a variable; null: to what nobody knows. */
export function withVariable(state: ShellState, name: string, value: string | null): ShellState {
  return { ...state, variables: new Map(state.variables).set(name, value) };
}

/** The variables that a function declares as its own are what they were before, once it has ended. */
export function withOuter(state: ShellState, names: readonly string[], before: ShellState): ShellState {
  if (names.length === 0) return state;
  const variables = new Map(state.variables);
  for (const name of names) {
    const value = before.variables.get(name);
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  return { ...state, variables };
}

/** `$1` and on after `shift` and `set -- a b`. */
export function argumentsAfter(
  name: 'set' | 'shift',
  words: readonly Word[],
  before: ShellState['args'],
): ShellState['args'] {
  if (name === 'shift') {
    const count = Number(words[0]?.text ?? 1);
    return before === null || !Number.isInteger(count) ? null : before.slice(count);
  }
  const start = words.findIndex(({ text }) => !/^[-+]\w/.test(text));
  if (start < 0) return before;
  const given = words.slice(words[start]?.text === '--' ? start + 1 : start);
  return given.every(({ literal }) => literal) ? given.map(({ text }) => text) : null;
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
  if (name === undefined || !/^(?:echo|printf)$/.test(name.text) || plain.length === 0) return node;
  const written = name.text === 'printf' && plain.length > 1 ? plain.slice(1) : plain;
  const spaced = written.flatMap((word, at) => (at === 0 ? [word] : [literalWord(' '), word]));
  const parts = spaced.flatMap((word): readonly Part[] =>
    word.literal ? [{ kind: 'text', text: word.text.replaceAll('\\n', '\n') }] : word.parts,
  );
  const text = parts.map((part) => part.text).join('');
  const literal = written.every((word) => word.literal);
  return { ...node, inputs: [...node.inputs, literal ? literalWord(text) : { text, literal, parts }] };
}
