import path from 'node:path';
import {
  environmentHooks,
  inert,
  plans,
  type Prefix,
  prefixes,
  pythonLaunchers,
  textOptions,
} from '../command-prefixes.ts';
import { type Interpreter, interpreterOf, type Invocation, readInvocation } from '../interpreters.ts';
import { javaScriptNames } from '../javascript-names.ts';
import { isAssignment } from './assignments.ts';
import { directoryOf, plainWords, valueOf, withoutPlaces, withSplitString, wordsAfter } from './prefix-words.ts';
import type { ShellState } from './state.ts';
import { literalWord, type SimpleCommand, type Word } from './syntax.ts';

const codeFile = /\.[cm]?[jt]sx?$/;
const asksOnly = /^(?:-[vVh]|-?-version|--help|--v8-options)$/;
/** Names with a path in the text of a JavaScript program: `from "./a.mjs"`, `import("./a.mjs")`. */
const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'`])(\.{0,2}\/[^"'`$]+)\1/g;
/** The same of R, Julia, Ruby and Perl. */
const includes = /\b(?:source|include|require_relative|require|load|do)\b\s*\(?\s*(["'])([^"'$]*[./][^"'$]*)\1/g;
const programFile = /\.(?:pyw?|sh|bash|[rR]|jl|rb|pl|[cm]?[jt]sx?)$/;
/** Modules that nobody has in a folder of his own, so that an unknown folder does not matter. */
const installed = new Set(['pip', 'venv', 'http', 'json', 'timeit', 'zipfile', 'compileall', 'ensurepip', 'site']);
const javascriptEndings = ['', '.js', '.ts', '.mjs', '.cjs', '/index.js'];

/** A language that a command says a file is in, by the interpreter that it names. */
export type Language = 'javascript' | 'python' | 'shell';

export interface FileOptions {
  /** Endings that the word may lack, in the order in which they are tried. */
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
  /** Adds what the text of a Python program imports and starts. */
  addImports(source: string, command: SimpleCommand, state: ShellState): void;
  /** Words that the command names without writing them. */
  mention(words: readonly Word[], state: ShellState): void;
  /** The files that a path means from the folders that may be meant. */
  filesAt(text: string, state: ShellState): readonly string[];
  /** Whether a word tells the one place that it means, so that a file which is not there is none. */
  isTold(word: Word, state: ShellState): boolean;
  /** Reads a script, or a text, that a shell of its own runs. */
  runScript(file: string, args: readonly Word[], isSure: boolean, command: SimpleCommand, state: ShellState): void;
  runText(text: string, args: readonly Word[], command: SimpleCommand, state: ShellState): void;
  assigned(name: string, value: Word, command: SimpleCommand, state: ShellState): ShellState;
  pathOf(text: string, directory: string): string;
  /** Notes a command that cannot be followed any further. */
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
    const text = textOptions.has(name) ? valueOf(args, textOptions.get(name) ?? []) : null;
    if (!first.literal) this.#unknown(first, args, command, state);
    else if (text !== null) this.#reader.runText(text.text, [], command, state);
    else if (interpreter !== null) this.#interpret(interpreter, args, command, state);
    else if (/^(?:pytest|py\.test)$/.test(name)) this.#tests(args, command, state);
    else if (pythonLaunchers.has(name)) this.#launch(args, pythonLaunchers.get(name) ?? null, command, state);
    else if (prefix !== undefined && this.#behind(name, prefix, words, command, state)) return;
    else if (name === 'find') {
      const exec = args.findIndex(({ text: word }) => /^-(?:exec|execdir|ok|okdir)$/.test(word));
      if (exec >= 0) this.start(args.slice(exec + 1), command, state);
    } else if (first.text.includes('/') || /\.pyw?$/.test(first.text)) {
      // `uv run train.py` needs no slash; a shell would look for such a name in its PATH, and so names no file.
      const files = this.#reader.addFile(first, state);
      for (const file of files) this.#reader.runScript(file, args, false, command, state);
      if (files.length === 0 && !this.#reader.isTold(first, state)) this.#reader.doubt(command, state);
    } else if (!inert.has(name)) this.#other(name, args, command, state);
  }

  /** Loads what NODE_OPTIONS names. */
  preload(options: string, command: SimpleCommand, state: ShellState): void {
    this.start([literalWord('node'), ...plainWords(options), literalWord('--version')], command, state);
  }

  /** A program whose name the text does not tell. One of its arguments may be what is run. */
  #unknown(first: Word, args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const [part] = first.parts;
    const hook = part?.kind === 'command' && part.body.kind === 'simple' ? part.body.words[0]?.text : undefined;
    if (hook !== undefined && environmentHooks.test(path.posix.basename(hook))) return;
    const isTold = args.some(({ literal, text }) => literal && this.#reader.filesAt(text, state).length > 0);
    if (!isTold || state.source !== null) this.#reader.doubt(command, state);
  }

  /** A program that nobody knows may run what it is given, as words or as a text, or what a file of its own says. */
  #other(name: string, args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const isManager = /^(?:npm|pnpm|yarn)$/.test(name);
    const runs = !isManager || /^(?:run|run-script|test|start|t)$/.test(args[0]?.text ?? '');
    const plan = runs ? (plans.get(name) ?? []) : [];
    const own = plan.find((file) => this.#reader.filesAt(file, state).length > 0);
    const inner = args.findIndex(({ literal, text }) => literal && isStarter(text));
    if (inner >= 0 && inner < args.length - 1) this.start(args.slice(inner), command, state);
    const texts = args.filter(({ literal, text }) => literal && /\s/.test(text));
    const words = texts.flatMap(({ text }) => text.split(/[\s;&|()<>"'`=]+/)).filter((word) => programFile.test(word));
    const named = [...(own === undefined ? [] : [own]), ...words];
    if (state.source === null) this.#reader.mention(named.map(literalWord), state);
    else if (named.some((file) => this.#reader.filesAt(file, state).length > 0)) this.#reader.doubt(command, state);
  }

  /** Reads the command among a program's arguments; false where the program is not used in that way. */
  #behind(name: string, prefix: Prefix, words: readonly Word[], command: SimpleCommand, state: ShellState): boolean {
    const [first, ...written] = words;
    const args = name === 'env' ? withSplitString(written) : written;
    const inner = wordsAfter(prefix, args);
    if (inner === null || first === undefined) return false;
    const own = args.slice(0, args.length - inner.length);
    const directory = directoryOf(name, own, state.directories, (text, from) => this.#reader.pathOf(text, from));
    let inCommand: ShellState = { ...state, directories: directory };
    for (const word of own.filter(isAssignment)) {
      const equals = word.text.indexOf('=');
      const value = { ...word, text: word.text.slice(equals + 1) };
      inCommand = this.#reader.assigned(word.text.slice(0, equals), value, command, inCommand);
    }
    const [program] = inner;
    const isText =
      program !== undefined && /\s/.test(program.text) && this.#reader.filesAt(program.text, state).length === 0;
    // `watch "python3 a.py"`, `parallel "python3 {}" ::: a b`
    if (isText) this.#reader.runText(inner.map(({ text }) => text).join(' '), [], command, inCommand);
    else this.start(withoutPlaces(own, inner), command, inCommand);
    // Several programs of one MPI job: `mpirun -n 1 a : -n 3 b`.
    const colon = inner.findIndex(({ text }) => text === ':');
    if (colon >= 0) this.start([first, ...inner.slice(colon + 1)], command, state);
    return true;
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
    else if (readsInput(interpreter, args, invocation)) {
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
    else if (text.parts.length === 1) this.#reader.doubt(command, state);
    if (language === 'python') this.#reader.addImports(text.text, command, state);
    if (language === 'javascript') {
      const { relative, starts, computed } = javaScriptNames(text.text, []);
      const imported = [...text.text.matchAll(imports)].map(([, , specifier]) => specifier ?? '');
      for (const name of new Set([...relative, ...starts, ...imported]))
        this.#addTold(literalWord(name), command, state, { endings: javascriptEndings });
      if (computed.length > 0) this.#reader.doubt(command, state);
    }
    if (language === 'other') {
      for (const [, , name] of text.text.matchAll(includes))
        this.#addTold(literalWord(name ?? ''), command, state, { endings: ['', '.rb'] });
    }
  }

  /** Adds a file that the text names; a doubt where its folder is not known. */
  #addTold(word: Word, command: SimpleCommand, state: ShellState, options: FileOptions): void {
    const files = this.#reader.addFile(word, state, options);
    if (files.length === 0 && !this.#reader.isTold(word, state)) this.#reader.doubt(command, state);
  }

  #module(module: Word, rest: readonly Word[], command: SimpleCommand, state: ShellState): void {
    if (!module.literal || (state.directories === null && !installed.has(module.text.split('.')[0] ?? '')))
      this.#reader.doubt(command, state);
    else if (module.text === 'pytest' || module.text === 'unittest') this.#tests(rest, command, state);
    // A module of a package may be what runs ours: `python -m torch.distributed.run train.py`.
    else if (!this.#reader.addModule(module.text, state)) this.#launch(rest, null, command, state);
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
  #launch(args: readonly Word[], verb: string | null, command: SimpleCommand, state: ShellState): void {
    const [first] = args;
    if (verb !== null && first?.text !== verb) return;
    for (const [at, word] of args.entries()) {
      const next = args[at + 1];
      if ((word.text === '-m' || word.text === '--module') && next !== undefined) {
        this.#module(next, [], command, state);
        return;
      }
      const isProgram = /\.pyw?$/.test(word.text);
      if (isProgram && this.#reader.addFile(word, state).length > 0) return;
      if (isProgram && !this.#reader.isTold(word, state)) {
        this.#reader.doubt(command, state);
        return;
      }
    }
  }

  /** Test programs: each file that is named, with what is loaded for it; which ones a folder has is not followed. */
  #tests(args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    if (args.some(({ text }) => asksOnly.test(text))) return;
    const words = args.map((word) => ({ ...word, text: word.text.replace(/::.*$/s, '') }));
    const named = words.filter(({ text }) => /\.pyw?$/.test(text) && !text.startsWith('-'));
    for (const word of named) {
      this.#addTold(word, command, state, {});
      for (let folder = path.posix.dirname(word.text); ; folder = path.posix.dirname(folder)) {
        this.#reader.addFile(literalWord(path.posix.join(folder, 'conftest.py')), state);
        if (folder === path.posix.dirname(folder)) break;
      }
    }
    if (named.length === 0) this.#reader.doubt(command, state);
  }
}

/** Whether the program comes from the standard input. */
function readsInput({ language }: Interpreter, args: readonly Word[], { candidates }: Invocation<Word>): boolean {
  const first = candidates[0]?.word.text;
  if (first === undefined || first === '-' || first === '/dev/stdin' || first === '/dev/fd/0') return true;
  return language === 'shell' && args.some(({ text }) => /^-[a-z]*s[a-z]*$/.test(text));
}

function isStarter(text: string): boolean {
  const name = path.posix.basename(text);
  return interpreterOf(name) !== null || pythonLaunchers.has(name);
}
