import path from 'node:path';
import { type Prefix, prefixes, pythonLaunchers } from '../command-prefixes.ts';
import { type Interpreter, interpreterOf, type Invocation, readInvocation } from '../interpreters.ts';
import { isAssignment } from './assignments.ts';
import type { ShellState } from './state.ts';
import { literalWord, type SimpleCommand, type Word } from './syntax.ts';

const codeFile = /\.[cm]?[jt]sx?$/;
const asksOnly = /^(?:-[vVh]|-?-version|--help|--v8-options)$/;
const javascriptEndings = ['', '.js', '.ts', '.mjs', '.cjs', '/index.js'];

/** A language that a command says a file is in, by the interpreter that it names. */
export type Language = 'javascript' | 'python' | 'shell';

export interface FileOptions {
  /** What may stand behind the word, in the order in which it is tried. */
  readonly endings?: readonly string[];
  /** Where Python looks first for imports; by default beside the file. */
  readonly searchFrom?: readonly string[] | null;
  readonly language?: Language | null;
}

/** Takes what is found, and knows the files of the project. */
export interface Collector {
  /** Adds the first of the files that the word may mean, in each folder that may be meant; those that were added. */
  addFile(word: Word, state: ShellState, options?: FileOptions): readonly string[];
  /** Adds the file of a module; false when it is none of ours. */
  addModule(name: string, state: ShellState): boolean;
  /** Adds what the text of a Python program imports. */
  addImports(source: string, state: ShellState): void;
  /** The files that a path means from the folders that may be meant. */
  filesAt(text: string, state: ShellState): readonly string[];
  /** Whether a word tells the one place that it means, so that a file which is not there is none. */
  isTold(word: Word, state: ShellState): boolean;
  /** Reads a script, or a text, that a shell of its own runs. */
  runScript(file: string, args: readonly Word[], isSure: boolean, command: SimpleCommand, state: ShellState): void;
  runText(text: string, args: readonly Word[], command: SimpleCommand, state: ShellState): void;
  assigned(name: string, value: Word, command: SimpleCommand, state: ShellState): ShellState;
  pathOf(text: string, directory: string): string;
  /** What cannot be followed any further. */
  doubt(command: SimpleCommand, state: ShellState): void;
}

/** Finds the files that a program's arguments make it run. */
export class ProgramStarter {
  readonly #reader: Collector;

  constructor(reader: Collector) {
    this.#reader = reader;
  }

  start(words: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const [first, ...args] = words;
    if (first === undefined) return;
    const name = path.posix.basename(first.text);
    const interpreter = interpreterOf(name);
    const prefix = prefixes.get(name);
    if (!first.literal) this.#unknown(args, command, state);
    else if (interpreter !== null) this.#interpret(interpreter, args, command, state);
    else if (pythonLaunchers.has(name)) this.#launch(args, pythonLaunchers.get(name) ?? null, state);
    else if (prefix !== undefined) this.#behind(name, prefix, words, command, state);
    else if (name === 'find') {
      const exec = args.findIndex(({ text }) => /^-(?:exec|execdir|ok)$/.test(text));
      if (exec >= 0) this.start(args.slice(exec + 1), command, state);
    } else if (first.text.includes('/') || /\.pyw?$/.test(first.text)) {
      // `uv run train.py` needs no slash; a shell would look for such a name in its PATH, and so names no file.
      const files = this.#reader.addFile(first, state);
      for (const file of files) this.#reader.runScript(file, args, false, command, state);
      if (files.length === 0 && !this.#reader.isTold(first, state)) this.#reader.doubt(command, state);
    }
  }

  /** Loads what NODE_OPTIONS names. */
  preload(options: string, command: SimpleCommand, state: ShellState): void {
    this.start([literalWord('node'), ...plainWords(options), literalWord('--version')], command, state);
  }

  /** A program whose name the text does not tell. One of its arguments may be what is run. */
  #unknown(args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const isTold = args.some(({ literal, text }) => literal && this.#reader.filesAt(text, state).length > 0);
    if (!isTold) this.#reader.doubt(command, state);
  }

  /** What a program starts that takes a command for its arguments. */
  #behind(name: string, prefix: Prefix, words: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const [first, ...args] = words;
    const inner = wordsAfter(prefix, args);
    if (inner === null || first === undefined) return;
    const own = args.slice(0, args.length - inner.length);
    const directory = directoryOf(name, own, state.directories, (text, from) => this.#reader.pathOf(text, from));
    let inCommand: ShellState = { ...state, directories: directory };
    for (const word of own.filter(isAssignment)) {
      const equals = word.text.indexOf('=');
      const value = { ...word, text: word.text.slice(equals + 1) };
      inCommand = this.#reader.assigned(word.text.slice(0, equals), value, command, inCommand);
    }
    this.start(inner, command, inCommand);
    // Several programs of one MPI job: `mpirun -n 1 a : -n 3 b`.
    const colon = inner.findIndex(({ text }) => text === ':');
    if (colon >= 0) this.start([first, ...inner.slice(colon + 1)], command, state);
  }

  #interpret(interpreter: Interpreter, args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const invocation = readInvocation(interpreter, args, (text, { literal, parts }): Word => ({
      text,
      literal,
      parts,
    }));
    const { language } = interpreter;
    for (const file of invocation.loads) this.#reader.addFile(file, state, { endings: javascriptEndings });
    if (invocation.text !== null) this.#inline(interpreter, invocation.text, invocation.rest, command, state);
    else if (invocation.module !== null) this.#module(invocation.module, invocation.rest, command, state);
    else if (invocation.candidates.length === 0 || invocation.candidates[0]?.word.text === '-') {
      this.#standardInput(interpreter, args, command, state);
    } else if (language === 'javascript') this.#javascript(invocation, args, command, state);
    else this.#file(interpreter, invocation, command, state);
  }

  /** A program's text on the command line. */
  #inline(
    { language }: Interpreter,
    text: Word,
    args: readonly Word[],
    command: SimpleCommand,
    state: ShellState,
  ): void {
    // Text in double quotes holds what the shell expands; its other words are what they are.
    if (language === 'shell') this.#reader.runText(text.text, args, command, state);
    else if (/^\S*$/.test(text.text) && !text.literal) this.#reader.doubt(command, state);
    if (language === 'python') this.#reader.addImports(text.text, state);
  }

  #module(module: Word, rest: readonly Word[], command: SimpleCommand, state: ShellState): void {
    if (!module.literal || state.directories === null) this.#reader.doubt(command, state);
    // A module of a package may be what runs ours: `python -m torch.distributed.run train.py`.
    else if (!this.#reader.addModule(module.text, state)) this.#launch(rest, null, state);
  }

  /** A program on the standard input has the working directory for its folder. */
  #standardInput(interpreter: Interpreter, args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const { reads, inputs } = command;
    const language = interpreter.language === 'other' ? null : interpreter.language;
    for (const word of reads) {
      const files = this.#reader.addFile(word, state, { searchFrom: state.directories ?? [], language });
      if (language === 'shell') for (const file of files) this.#reader.runScript(file, [], true, command, state);
    }
    for (const text of inputs) this.#inline(interpreter, text, [], command, state);
    const isToldNothing = reads.length + inputs.length === 0 && !args.some(({ text }) => asksOnly.test(text));
    if (isToldNothing || reads.some((word) => !this.#reader.isTold(word, state))) this.#reader.doubt(command, state);
  }

  #javascript(
    { candidates }: Invocation<Word>,
    args: readonly Word[],
    command: SimpleCommand,
    state: ShellState,
  ): void {
    const isAll = args.some(({ text }) => text === '--test' || text === 'test');
    for (const { word, certain } of candidates) {
      if (!certain && !codeFile.test(word.text)) continue;
      const files = this.#reader.addFile(word, state, { endings: javascriptEndings, language: 'javascript' });
      if (files.length === 0 && !this.#reader.isTold(word, state)) this.#reader.doubt(command, state);
      if (!isAll && (certain || files.length > 0)) return;
    }
  }

  #file({ language }: Interpreter, { candidates }: Invocation<Word>, command: SimpleCommand, state: ShellState): void {
    const endings = language === 'python' ? ['', '/__main__.py'] : [''];
    for (const [at, { word, certain }] of candidates.entries()) {
      const told = language === 'other' ? null : language;
      const files = this.#reader.addFile(word, state, { endings, language: told });
      const args = candidates.slice(at + 1).map((one) => one.word);
      if (language === 'shell') for (const file of files) this.#reader.runScript(file, args, true, command, state);
      if (files.length === 0 && !this.#reader.isTold(word, state)) this.#reader.doubt(command, state);
      if (certain || files.length > 0) return;
    }
  }

  /** The arguments of a program that runs a Python file after options that nobody lists. */
  #launch(args: readonly Word[], verb: string | null, state: ShellState): void {
    const [first] = args;
    if (verb !== null && first?.text !== verb) return;
    for (const [at, word] of args.entries()) {
      const next = args[at + 1];
      if ((word.text === '-m' || word.text === '--module') && next !== undefined) {
        this.#reader.addModule(next.text, state);
        return;
      }
      if (/\.pyw?$/.test(word.text) && this.#reader.addFile(word, state).length > 0) return;
    }
  }
}

function plainWords(text: string): Word[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '' && !word.includes('$'))
    .map(literalWord);
}

/** The command behind a prefix's own options and words; null when it is not used in that way. */
function wordsAfter(
  { verb, valued = [], twice = [], words = 0 }: Prefix,
  args: readonly Word[],
): readonly Word[] | null {
  let toSkip = words;
  let verbSeen = verb === undefined;
  for (let at = 0; at < args.length; at++) {
    const { text = '' } = args[at] ?? {};
    if (!verbSeen && !text.startsWith('-')) {
      if (text !== verb) return null;
      verbSeen = true;
    } else if (text === '-m' && verb === 'run') {
      // `uv run -m package.module`
      return [literalWord('python'), ...args.slice(at)];
    } else if (twice.includes(text)) at += 2;
    else if (valued.includes(text)) at++;
    else if (/^-./.test(text) || text === '' || isAssignment(literalWord(text))) continue;
    else if (toSkip > 0) toSkip--;
    else return verbSeen ? args.slice(at) : null;
  }
  return null;
}

/** `env -C DIR` and `uv --directory DIR` change it; anything that cannot be told makes it unknown. */
function directoryOf(
  name: string,
  own: readonly Word[],
  directories: readonly string[] | null,
  pathOf: (text: string, directory: string) => string,
): readonly string[] | null {
  const at = own.findIndex(
    ({ text }) => (text === '-C' && name === 'env') || /^(?:--chdir|--directory|--cwd|--?wdir)(?:=|$)/.test(text),
  );
  if (at < 0) return directories;
  const [, attached] = (own[at]?.text ?? '').split('=');
  const word = attached === undefined ? own[at + 1] : own[at];
  const target = attached ?? word?.text;
  if (target === undefined || word?.literal !== true) return null;
  if (path.isAbsolute(target)) return [pathOf(target, '.')];
  return directories?.map((directory) => pathOf(target, directory)) ?? null;
}
