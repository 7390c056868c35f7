/** A piece of a word. */
export type Part =
  /** Text that means itself. */
  | { readonly kind: 'text'; readonly text: string }
  /** `$NAME` and `${NAME}`; a quoted one is never split into several words. */
  | { readonly kind: 'variable'; readonly name: string; readonly text: string; readonly quoted: boolean }
  /** `$(...)` and backquotes. */
  | { readonly kind: 'command'; readonly body: Node; readonly text: string; readonly quoted: boolean }
  /** Wildcards, `${NAME:-...}`, `$((...))`, `<(...)`, a tilde; with the commands that are written inside. */
  | { readonly kind: 'other'; readonly text: string; readonly inner: readonly Node[] };

/** A word of a shell command. */
export interface Word {
  /** Quotes and backslashes are taken away; what the shell would expand stands as it is written. */
  readonly text: string;
  /** False when the shell would expand it (a variable, a substitution, a wildcard). */
  readonly literal: boolean;
  /** Of a word that is not literal, its pieces; of others, none. */
  readonly parts: readonly Part[];
}

/** A command with its words, without redirections. */
export interface SimpleCommand {
  readonly kind: 'simple';
  readonly words: readonly Word[];
  /** Files that it reads by `<`. */
  readonly reads: readonly Word[];
  /** Texts that it reads: bodies of here-documents, and here-strings. */
  readonly inputs: readonly Word[];
  /** As it is written. */
  readonly text: string;
}

/** A shell text, as far as it decides which commands run where. */
export type Node =
  | SimpleCommand
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  /** `a && b || c`: each after what was said before it. */
  | { readonly kind: 'chain'; readonly first: Node; readonly rest: readonly Link[] }
  | { readonly kind: 'not'; readonly body: Node }
  /** Several commands whose output flows into the next; each in a shell of its own. */
  | { readonly kind: 'pipeline'; readonly parts: readonly Node[] }
  /** `( ... )`, and what runs in the background. */
  | { readonly kind: 'subshell'; readonly body: Node }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Node | null }
  | {
      readonly kind: 'loop';
      readonly condition: Node | null;
      /** Of `for` and `select`: the variable and its values; null values are the arguments. */
      readonly variable: string | null;
      readonly values: readonly Word[] | null;
      readonly body: Node;
    }
  | { readonly kind: 'case'; readonly word: Word; readonly branches: readonly Node[] }
  | { readonly kind: 'function'; readonly name: string; readonly body: Node };

export interface Link {
  readonly after: 'success' | 'failure';
  readonly node: Node;
}

export interface Branch {
  readonly condition: Node;
  readonly body: Node;
}

const noParts: readonly Part[] = [];

/** A word that means what it says. */
export function literalWord(text: string): Word {
  return { text, literal: true, parts: noParts };
}

/** The commands that are written inside of a word. */
export function commandsIn({ parts }: Word): readonly Node[] {
  return parts.flatMap((part) => (part.kind === 'command' ? [part.body] : part.kind === 'other' ? part.inner : []));
}
