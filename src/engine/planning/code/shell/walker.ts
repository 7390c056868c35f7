import { assignedName, isAssignment } from './assignments.ts';
import type { Expander } from './expansion.ts';
import { parseShell } from './parser.ts';
import {
  argumentsAfter,
  fedBy,
  firstCommand,
  forget,
  withoutBuiltin,
  withOuter,
  withVariable,
} from './simple-command.ts';
import { after, type Folders, isSame, join, type Outcome, type ShellState, unchanged } from './state.ts';
import { commandsIn, type Node, type SimpleCommand, type Word } from './syntax.ts';

/** Those that a walk through a shell text tells of what it meets. */
export interface ShellHost {
  /** A program is started. */
  start(words: readonly Word[], command: SimpleCommand, state: ShellState): void;
  /** Words that a command names, expanded. */
  mention(words: readonly Word[], state: ShellState): void;
  /** The script that `source` brings in, one for each folder that may be meant. */
  sourced(word: Word, command: SimpleCommand, state: ShellState): readonly { file: string; script: Node | null }[];
  /** A path of the project, from a folder of it. */
  pathOf(text: string, directory: string): string;
  /** The state after an assignment to a variable that means something to other programs. */
  assigned(name: string, value: Word, command: SimpleCommand, state: ShellState): ShellState;
  /** A command cannot be followed any further. */
  doubt(command: SimpleCommand, state: ShellState): void;
}

/** Commands that are looked at in one text, with all that it runs. */
const mostSteps = 20_000;
/** Texts and functions that run one another are followed to this depth. */
const deepest = 8;
/** A loop that has not come to rest after so many rounds ends anywhere. */
const rounds = 3;
/** Builtins that set the variables that they name to what nobody knows. */
const setters = new Set(['read', 'unset', 'mapfile', 'readarray', 'getopts', 'let', 'printf']);
const declarations = new Set(['export', 'declare', 'typeset', 'local', 'readonly']);

/** Goes the ways that a shell may take through a text, and keeps what it knows on each. */
export class ShellWalker {
  readonly #host: ShellHost;
  readonly #expander: Expander;
  readonly #defined = new Map<Node, ShellState>();
  readonly #called = new Set<Node>();
  /** Functions and texts that are being run. */
  readonly #running: string[] = [];
  #returns: ShellState[] = [];
  /** Variables that the running function declares as its own. */
  #locals: Word[] = [];
  #traps: { readonly text: string; readonly state: ShellState }[] = [];
  #steps = 0;

  constructor(host: ShellHost, expander: Expander) {
    this.#host = host;
    this.#expander = expander;
  }

  /** A shell of its own: nothing that it does reaches the one around it. */
  shell(node: Node, state: ShellState): void {
    const [traps, returns] = [this.#traps, this.#returns];
    [this.#traps, this.#returns] = [[], []];
    const end = after(this.#run(node, state));
    for (const trap of this.#traps) this.#run(parseShell(trap.text), join(trap.state, end) ?? state);
    [this.#traps, this.#returns] = [traps, returns];
  }

  /** The same for a text; `key` names it, so that one that runs itself is read once. */
  text(text: string, state: ShellState, command: SimpleCommand): void {
    this.#guarded(`text ${text}`, command, state, () => this.shell(parseShell(text), state));
  }

  script(file: string, script: Node, state: ShellState, command: SimpleCommand): void {
    this.#guarded(`script ${file}`, command, state, () => this.shell(script, state));
  }

  /** Functions that the text only defines may be called by what it runs. */
  leftovers(): void {
    for (const [body, state] of this.#defined) {
      if (!this.#called.has(body)) this.shell(body, { ...state, args: null });
    }
  }

  #guarded(key: string, command: SimpleCommand, state: ShellState, run: () => void): void {
    if (this.#running.includes(key)) return;
    if (this.#running.length >= deepest) {
      this.#host.doubt(command, state);
      return;
    }
    this.#running.push(key);
    run();
    this.#running.pop();
  }

  #run(node: Node, state: ShellState): Outcome {
    switch (node.kind) {
      case 'simple':
        return this.#simple(node, state);
      case 'list':
        return this.#list(node.items, state);
      case 'chain':
        return this.#chain(node, state);
      case 'not': {
        const { ok, fail, expected } = this.#run(node.body, state);
        return { ok: join(fail, expected), fail: ok, expected: ok };
      }
      case 'pipeline':
        for (const [at, part] of node.parts.entries()) this.shell(fedBy(node.parts[at - 1], part), state);
        return unchanged(state);
      case 'subshell':
        this.shell(node.body, state);
        return unchanged(state);
      case 'if':
        return this.#if(node, state);
      case 'loop':
        return this.#loop(node, state);
      case 'case':
        return this.#case(node, state);
      case 'function':
        this.#defined.set(node.body, state);
        return unchanged({ ...state, functions: new Map(state.functions).set(node.name, node.body) });
    }
  }

  #list(items: readonly Node[], state: ShellState): Outcome {
    let outcome = unchanged(state);
    let current = state;
    let isOver = false;
    for (const item of items) {
      outcome = this.#run(item, current);
      const next = after(outcome);
      // What stands behind `exit` is read as if it were reached: a jump may lead there.
      isOver ||= next === null;
      current = next ?? current;
    }
    return isOver ? nowhere : outcome;
  }

  #chain({ first, rest }: Extract<Node, { kind: 'chain' }>, state: ShellState): Outcome {
    let all = this.#run(first, state);
    for (const { after: when, node } of rest) {
      const before = when === 'success' ? all.ok : join(all.fail, all.expected);
      const next = before === null ? nowhere : this.#run(node, before);
      all =
        when === 'success'
          ? { ok: next.ok, fail: join(all.fail, next.fail), expected: join(all.expected, next.expected) }
          : { ok: join(all.ok, next.ok), fail: next.fail, expected: next.expected };
    }
    return all;
  }

  #if({ branches, otherwise }: Extract<Node, { kind: 'if' }>, state: ShellState): Outcome {
    let before: ShellState | null = state;
    let result: ShellState | null = null;
    for (const { condition, body } of branches) {
      const { ok, fail, expected } = this.#run(condition, before ?? state);
      result = join(result, after(this.#run(body, ok ?? state)));
      before = join(fail, expected);
    }
    const last = otherwise === null ? before : after(this.#run(otherwise, before ?? state));
    return all(join(result, last));
  }

  #case({ word, branches }: Extract<Node, { kind: 'case' }>, state: ShellState): Outcome {
    this.#inside([word], state);
    let result: ShellState | null = state;
    for (const branch of branches) result = join(result, after(this.#run(branch, state)));
    return all(result);
  }

  #loop(node: Extract<Node, { kind: 'loop' }>, state: ShellState): Outcome {
    const { condition, variable, body } = node;
    this.#inside(node.values ?? [], state);
    const values = node.values === null ? null : this.#expander.words(node.values, state);
    if (variable !== null && values?.every(({ literal }) => literal) === true) {
      let current = state;
      for (const { text } of values) {
        current = join(current, after(this.#run(body, withVariable(current, variable, text)))) ?? current;
      }
      return unchanged(current);
    }
    let current = variable === null ? state : withVariable(state, variable, null);
    for (let round = 0; ; round++) {
      const entered = condition === null ? current : (after(this.#run(condition, current)) ?? current);
      const next = join(current, after(this.#run(body, entered))) ?? current;
      if (isSame(current, next) || round > rounds) return unchanged(next);
      current = round === rounds ? { ...next, directories: null } : next;
    }
  }

  /** The commands inside of words. */
  #inside(words: readonly Word[], state: ShellState): void {
    for (const word of words) if (!word.literal) for (const node of commandsIn(word)) this.shell(node, state);
  }

  #simple(command: SimpleCommand, state: ShellState): Outcome {
    if (++this.#steps > mostSteps) {
      if (this.#steps === mostSteps + 1) this.#host.doubt(command, state);
      return unchanged(state);
    }
    this.#inside([...command.words, ...command.reads, ...command.inputs], state);
    const words = this.#expander.words(command.words, state);
    const reads = this.#expander.words(command.reads, state);
    const inputs = command.inputs.map((word) => this.#expander.word(word, state));
    this.#host.mention([...words, ...reads], state);
    const expanded = { ...command, reads, inputs };
    const own = words.slice(0, firstCommand(words));
    const inCommand = this.#assign(own, expanded, state, true);
    const rest = withoutBuiltin(words.slice(own.length));
    if (rest.length === 0) return unchanged(own.length === 0 ? state : this.#assign(own, expanded, state, false));
    return this.#builtin(rest, expanded, state, inCommand);
  }

  #builtin(words: readonly Word[], command: SimpleCommand, state: ShellState, inCommand: ShellState): Outcome {
    const [first, ...args] = words;
    const name = first?.literal === true ? first.text : '';
    const body = state.functions.get(name);
    if (body !== undefined) return this.#call(name, body, args, command, inCommand);
    if (declarations.has(name)) {
      if (name !== 'export' && name !== 'readonly') this.#locals.push(...args);
      const isExport = name === 'export' || args.some(({ text }) => /^-\w*x/.test(text));
      const names = args.filter(({ text }) => !text.startsWith('-'));
      return unchanged(this.#assign(names, command, state, isExport));
    }
    if (setters.has(name)) return unchanged(forget(state, args));
    switch (name) {
      case 'cd':
        return this.#change(args, state, false);
      case 'pushd':
        return this.#change(args, state, true);
      case 'popd': {
        const directories = state.stack.at(-1) ?? null;
        return unchanged({ ...state, directories, previous: state.directories, stack: state.stack.slice(0, -1) });
      }
      case 'set':
      case 'shift':
        return unchanged({ ...state, args: argumentsAfter(name, args, state.args) });
      case 'eval': {
        let outcome = unchanged(state);
        const text = args.map((word) => word.text).join(' ');
        const run = (): void => void (outcome = this.#run(parseShell(text), state));
        this.#guarded(`eval ${text}`, command, state, run);
        return outcome;
      }
      case '.':
      case 'source':
        return this.#source(args, command, inCommand);
      case 'trap':
        if (args[0] !== undefined && args.length > 1 && !/^(?:-.*)?$/.test(args[0].text))
          this.#traps.push({ text: args[0].text, state });
        return unchanged(state);
      case 'exit':
        return nowhere;
      case 'return':
        this.#returns.push(state);
        return nowhere;
      case 'exec':
        if (args.length > 0) this.#host.start(words, command, inCommand);
        return args.length > 0 ? nowhere : unchanged(state);
    }
    this.#host.start(words, command, inCommand);
    return unchanged(state);
  }

  #call(name: string, body: Node, args: readonly Word[], command: SimpleCommand, state: ShellState): Outcome {
    this.#called.add(body);
    const given = args.every(({ literal }) => literal) ? args.map(({ text }) => text) : null;
    const locals = this.#locals;
    this.#locals = [];
    const outcome = this.#framed(`function ${name}`, command, { ...state, args: given }, state.args, body);
    const own = this.#locals.flatMap((word) => assignedName(word) ?? word.text);
    this.#locals = locals;
    const restored = (one: ShellState | null): ShellState | null => one && withOuter(one, own, state);
    return { ok: restored(outcome.ok), fail: restored(outcome.fail), expected: restored(outcome.expected) };
  }

  #source(args: readonly Word[], command: SimpleCommand, state: ShellState): Outcome {
    const [first, ...more] = args;
    if (first === undefined) return unchanged(state);
    let result: ShellState | null = null;
    for (const { file, script } of this.#host.sourced(first, command, state)) {
      const given =
        more.length === 0 ? state.args : more.every(({ literal }) => literal) ? more.map(({ text }) => text) : null;
      const start = { ...state, args: given, source: file };
      const outcome =
        script === null ? unchanged(state) : this.#framed(`script ${file}`, command, start, state.args, script);
      const end = after(outcome);
      result = join(result, end === null ? null : { ...end, source: state.source });
    }
    return unchanged(result ?? state);
  }

  /** Runs what `return` leaves, in the same shell. */
  #framed(key: string, command: SimpleCommand, state: ShellState, args: ShellState['args'], body: Node): Outcome {
    const returns = this.#returns;
    let outcome = unchanged(state);
    this.#guarded(key, command, state, () => {
      this.#returns = [];
      outcome = this.#run(body, state);
      for (const end of this.#returns) outcome = all(join(after(outcome), end));
    });
    this.#returns = returns;
    const restored = (one: ShellState | null): ShellState | null => (one === null ? null : { ...one, args });
    return { ok: restored(outcome.ok), fail: restored(outcome.fail), expected: restored(outcome.expected) };
  }

  #change(args: readonly Word[], state: ShellState, push: boolean): Outcome {
    const target = args.find(({ text }) => !/^-(?:-|[LPe@n]*)$/.test(text) || text === '-');
    const directories = this.#target(target, state);
    const stack = push ? [...state.stack, state.directories] : state.stack;
    return { ok: { ...state, directories, previous: state.directories, stack }, fail: null, expected: state };
  }

  #target(target: Word | undefined, state: ShellState): Folders {
    if (target === undefined) return [this.#host.pathOf('~', '.')];
    if (!target.literal || /^[+-]\d+$/.test(target.text)) return null;
    const { text } = target;
    if (text === '-') return state.previous;
    if (/^(?:[/~]|$)/.test(text)) return [this.#host.pathOf(text === '' ? '.' : text, '.')];
    // By CDPATH a name may mean a folder elsewhere.
    if (state.directories === null || (state.variables.has('CDPATH') && !text.startsWith('.'))) return null;
    return [...new Set(state.directories.map((directory) => this.#host.pathOf(text, directory)))];
  }

  #assign(words: readonly Word[], command: SimpleCommand, state: ShellState, isExport: boolean): ShellState {
    let current = state;
    for (const word of words) {
      const name = assignedName(word) ?? (isExport ? word.text : null);
      if (name === null) continue;
      if (isExport) current = { ...current, exported: new Set(current.exported).add(name) };
      if (!isAssignment(word)) continue;
      const value = { ...word, text: word.text.slice(word.text.indexOf('=') + 1) };
      const isAdded = word.text.startsWith(`${name}+`);
      current = withVariable(current, name, word.literal && !isAdded ? value.text : null);
      current = this.#host.assigned(name, value, command, current);
    }
    return current;
  }
}

const nowhere: Outcome = { ok: null, fail: null, expected: null };

function all(state: ShellState | null): Outcome {
  return { ok: state, fail: state, expected: state };
}
