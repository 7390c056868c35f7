import type { Node } from './syntax.ts';

/** Folders of which one is meant, relative to the root or as they stand outside; null where only running would tell. */
export type Folders = readonly string[] | null;

/** The facts about a shell where a command stands. */
export interface ShellState {
  readonly directories: Folders;
  /** Where `cd -` leads. */
  readonly previous: Folders;
  /** Folders for `popd`, the last on top. */
  readonly stack: readonly Folders[];
  readonly pythonPath: readonly string[];
  /** Variables that the text sets; null where their value is not known. */
  readonly variables: ReadonlyMap<string, string | null>;
  readonly exported: ReadonlySet<string>;
  readonly functions: ReadonlyMap<string, Node>;
  /** `$1` and on; null where they are not known. */
  readonly args: readonly string[] | null;
  /** The script that `$0` means, and the one that the text stands in; relative to the root. */
  readonly script: string | null;
  readonly source: string | null;
}

/** The states that a command may leave: after success, after failure, and after a failure that the text reckons with. */
export interface Outcome {
  /** Null: it does not come to that. */
  readonly ok: ShellState | null;
  readonly fail: ShellState | null;
  /** `cd` is taken to succeed, unless something is said for the case that it does not. */
  readonly expected: ShellState | null;
}

/** More folders than these are as good as unknown. */
const most = 8;

export function startState(directory: string, pythonPath: readonly string[]): ShellState {
  return {
    directories: [directory],
    previous: null,
    stack: [],
    pythonPath,
    variables: new Map(),
    exported: new Set(),
    functions: new Map(),
    args: null,
    script: null,
    source: null,
  };
}

/** The state of a shell that this one starts as a program of its own. */
export function childState(state: ShellState, more: Pick<ShellState, 'args' | 'script' | 'source'>): ShellState {
  const variables = new Map([...state.variables].filter(([name]) => state.exported.has(name)));
  return { ...state, ...more, previous: null, stack: [], variables, functions: new Map() };
}

export function unchanged(state: ShellState): Outcome {
  return { ok: state, fail: state, expected: state };
}

/** The state after a command, whether it succeeded or not; null when nothing comes after it. */
export function after({ ok, fail }: Outcome): ShellState | null {
  return join(ok, fail);
}

/** The facts that hold in both states. */
export function join(one: ShellState | null, other: ShellState | null): ShellState | null {
  if (one === other || other === null) return one;
  if (one === null) return other;
  const directories = joinFolders(one.directories, other.directories);
  const previous = joinFolders(one.previous, other.previous);
  const isSameStack = JSON.stringify(one.stack) === JSON.stringify(other.stack);
  return {
    ...one,
    directories,
    previous,
    stack: one.stack === other.stack || isSameStack ? one.stack : [],
    pythonPath: one.pythonPath === other.pythonPath ? one.pythonPath : union(one.pythonPath, other.pythonPath),
    variables: joinVariables(one.variables, other.variables),
    exported: one.exported === other.exported ? one.exported : new Set([...one.exported, ...other.exported]),
    functions: one.functions === other.functions ? one.functions : new Map([...other.functions, ...one.functions]),
    args: JSON.stringify(one.args) === JSON.stringify(other.args) ? one.args : null,
  };
}

/** Whether two states say the same of folders and variables, which is all that a loop may go on changing. */
export function isSame(one: ShellState, other: ShellState): boolean {
  if (one === other) return true;
  const texts = [one, other].map(({ directories, variables }) => JSON.stringify([directories, [...variables]]));
  return texts[0] === texts[1];
}

function joinFolders(one: Folders, other: Folders): Folders {
  if (one === other) return one;
  if (one === null || other === null) return null;
  const all = union(one, other);
  return all.length > most ? null : all;
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])];
}

function joinVariables(one: ShellState['variables'], other: ShellState['variables']): ShellState['variables'] {
  if (one === other) return one;
  const names = new Set([...one.keys(), ...other.keys()]);
  const value = (name: string): string | null => (one.get(name) === other.get(name) ? (one.get(name) ?? null) : null);
  return new Map([...names].map((name) => [name, value(name)]));
}
