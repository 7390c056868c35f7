import path from 'node:path';
import { toProjectPath } from '../../paths/paths.ts';
import { type Prefix, prefixes, pythonLaunchers } from './command-prefixes.ts';
import { isInstalled } from './installed.ts';
import { type Interpreter, interpreterOf, readInvocation } from './interpreters.ts';
import { pythonImports } from './python-imports.ts';
import { resolvePythonImport } from './python-resolver.ts';
import { type ShellCommand, shellCommands, type Word } from './shell-reader.ts';

/** A file that a command runs, in the project or beside it. */
export interface Program {
  /** Relative to the project's root; one outside as the command names it, absolute or with `..`. */
  readonly file: string;
  /** Where its imports are looked for, if it is in Python: folders in their order, relative to the root. */
  readonly searchPath: readonly string[];
}

/** The files that a command names, without what is installed. */
export interface NamedFiles {
  /** Each once. */
  readonly programs: readonly Program[];
  /** Words that name files and are no programs: data, configurations. */
  readonly others: readonly string[];
}

export interface CommandPlace {
  /** Absolute. */
  readonly root: string;
  /** Directory in which the command starts, relative to the root. */
  readonly wdir: string;
  /** Whether a path, relative to the root or absolute, is a regular file. */
  readonly isFile: (file: string) => boolean;
  /** The folder that a Python program at such a path imports from first; by default the one that it is named in. */
  readonly folderOf?: (file: string) => string;
}

const assignment = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;
const codeFile = /\.[cm]?[jt]sx?$/;
/** A shell that calls itself in its own text goes no deeper than this. */
const deepest = 8;

/** What a shell knows where a command stands. */
interface ShellState {
  /** Relative to the root, or as it stands outside; null where only running it would tell. */
  readonly directory: string | null;
  readonly pythonPath: readonly string[];
}

/** The programs that a shell text runs, as far as the text tells. */
export function programsOfCommand(text: string, place: CommandPlace): readonly Program[] {
  return [...read(text, place, false).programs.values()];
}

/** The same with the other files that it names, for which every one of its words is looked for. */
export function filesOfCommand(text: string, place: CommandPlace): NamedFiles {
  const { programs, others } = read(text, place, true);
  return { programs: [...programs.values()], others: [...others].filter((file) => !programs.has(file)) };
}

function read(text: string, place: CommandPlace, mentions: boolean): ProgramReader {
  const reader = new ProgramReader(place, mentions);
  reader.readText(text, { directory: place.wdir, pythonPath: [] });
  return reader;
}

class ProgramReader {
  readonly programs = new Map<string, Program>();
  readonly others = new Set<string>();
  readonly #place: CommandPlace;
  readonly #mentions: boolean;
  #depth = 0;

  constructor(place: CommandPlace, mentions: boolean) {
    this.#place = place;
    this.#mentions = mentions;
  }

  readText(text: string, start: ShellState): void {
    if (this.#depth >= deepest) return;
    this.#depth++;
    const states = new Map<string, ShellState>([['', start]]);
    for (const command of shellCommands(text)) {
      const state = stateIn(states, command.shells);
      const next = this.#readCommand(command, state);
      if (next !== state) states.set(command.shells.join(' '), next);
    }
    this.#depth--;
  }

  /** Returns the state of the shell after the command. */
  #readCommand({ words, reads }: ShellCommand, state: ShellState): ShellState {
    if (this.#mentions) for (const word of [...words, ...reads]) this.#mention(word, state);
    const own = assignments(words);
    const inCommand = this.#assigned(own, state);
    const rest = words.slice(own.length);
    const [name, ...args] = rest;
    if (name === undefined) return inCommand;
    switch (name.text) {
      case 'cd':
      case 'pushd':
        return { ...state, directory: this.#directoryAfter(args, state) };
      case 'popd':
        return { ...state, directory: null };
      case 'export':
        return this.#assigned(assignments(args), state);
      case 'eval':
        this.readText(args.map(({ text }) => text).join(' '), state);
        return state;
      case '.':
      case 'source':
        if (args[0] !== undefined) this.#addFile(args[0], inCommand);
        return state;
    }
    this.#run(rest, reads, inCommand);
    return state;
  }

  #run(words: readonly Word[], reads: readonly Word[], state: ShellState): void {
    const [first, ...args] = words;
    if (first === undefined) return;
    const name = path.posix.basename(first.text);
    const interpreter = interpreterOf(name);
    const prefix = prefixes.get(name);
    if (interpreter !== null) this.#interpret(interpreter, args, reads, state);
    else if (pythonLaunchers.has(name)) this.#launch(args, pythonLaunchers.get(name) ?? null, state);
    else if (prefix !== undefined) {
      const inner = wordsAfter(prefix, args);
      if (inner === null) return;
      const own = args.slice(0, args.length - inner.length);
      const set = this.#assigned(own, state);
      this.#run(inner, reads, { ...set, directory: directoryOf(name, own, state.directory) });
      // Several programs of one MPI job: `mpirun -n 1 a : -n 3 b`.
      const colon = inner.findIndex(({ text }) => text === ':');
      if (colon >= 0) this.#run([first, ...inner.slice(colon + 1)], reads, state);
    } else if (name === 'find') {
      const exec = args.findIndex(({ text }) => /^-(?:exec|execdir|ok)$/.test(text));
      if (exec >= 0) this.#run(args.slice(exec + 1), reads, state);
    } else if (first.text.includes('/') || /\.pyw?$/.test(first.text)) {
      // `uv run train.py` needs no slash; a shell would look for such a name in its PATH, and so names no file.
      this.#addFile(first, state);
    }
  }

  #interpret(interpreter: Interpreter, args: readonly Word[], reads: readonly Word[], state: ShellState): void {
    const invocation = readInvocation(interpreter, args, (text, { literal }): Word => ({ text, literal }));
    const { language } = interpreter;
    for (const file of invocation.loads) this.#addFile(file, state, ['', '.js', '.cjs', '/index.js']);
    if (invocation.text !== null) {
      // Text in double quotes holds what the shell expands; its other words are what they are.
      if (language === 'shell') this.readText(invocation.text.text, state);
      if (language === 'python') this.#addImports(invocation.text.text, state);
      return;
    }
    if (invocation.module !== null) {
      const isOurs = this.#addModule(invocation.module.text, state);
      // A module of a package may be what runs ours: `python -m torch.distributed.run train.py`.
      if (!isOurs) this.#launch(invocation.rest, null, state);
      return;
    }
    const [first] = invocation.candidates;
    if (first === undefined || first.word.text === '-') {
      // A program on the standard input has the working directory for its folder.
      for (const file of reads) this.#addFile(file, state, [''], state.directory);
      return;
    }
    if (language === 'javascript') {
      const all = args.some(({ text }) => text === '--test' || text === 'test');
      for (const { word, certain } of invocation.candidates) {
        const known = codeFile.test(word.text) || (certain && word === first.word);
        if (known && this.#addFile(word, state, ['', '.js', '/index.js']) && !all) return;
      }
      return;
    }
    for (const { word, certain } of invocation.candidates) {
      const kinds = language === 'python' ? ['', '/__main__.py'] : [''];
      if (this.#addFile(word, state, kinds) || certain) return;
    }
  }

  /** The arguments of a program that runs a Python file after options that nobody lists. */
  #launch(args: readonly Word[], verb: string | null, state: ShellState): void {
    const [first] = args;
    if (verb !== null && first?.text !== verb) return;
    for (const [at, word] of args.entries()) {
      const next = args[at + 1];
      if ((word.text === '-m' || word.text === '--module') && next !== undefined) {
        this.#addModule(next.text, state);
        return;
      }
      if (/\.pyw?$/.test(word.text) && this.#addFile(word, state)) return;
    }
  }

  /** Adds the first of the files that the word may mean; false when there is none. */
  #addFile(
    word: Word,
    state: ShellState,
    endings: readonly string[] = [''],
    searchFrom: string | null = null,
  ): boolean {
    if (!word.literal) return false;
    for (const ending of endings) {
      const file = this.#fileOf(word.text + ending, state);
      if (file === null) continue;
      const folder = this.#place.folderOf?.(file) ?? path.posix.dirname(file);
      this.#add(file, [searchFrom ?? folder, ...state.pythonPath]);
      return true;
    }
    return false;
  }

  /** Adds the file of a module, with the packages around it, which are imported before it; false when it is none of ours. */
  #addModule(name: string, state: ShellState): boolean {
    const { directory, pythonPath } = state;
    if (directory === null || !/^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name)) return false;
    const searchPath = [directory, ...pythonPath];
    const segments = name.split('.');
    for (const from of searchPath) {
      const base = path.posix.join(from, ...segments);
      const file = [`${base}/__main__.py`, `${base}.py`].find((candidate) => this.#place.isFile(candidate));
      if (file === undefined) continue;
      for (let length = 1; length <= segments.length; length++) {
        const around = path.posix.join(from, ...segments.slice(0, length), '__init__.py');
        if (this.#place.isFile(around)) this.#add(around, searchPath);
      }
      this.#add(file, searchPath);
      return true;
    }
    return false;
  }

  /** Adds what the text of a program on the command line imports from the project. */
  #addImports(source: string, { directory, pythonPath }: ShellState): void {
    if (directory === null) return;
    const from = [directory, ...pythonPath];
    for (const one of pythonImports(source)) {
      const { files } = resolvePythonImport(one, path.posix.join(directory, '-c'), from, this.#place.isFile);
      for (const file of files) this.#add(file, from);
    }
  }

  #add(file: string, searchPath: readonly string[]): void {
    if (!this.programs.has(file)) this.programs.set(file, { file, searchPath: [...new Set(searchPath)] });
  }

  /** Notes the file that a word names, also as the value of an option: `--config=conf.yaml`. */
  #mention(word: Word, state: ShellState): void {
    if (!word.literal) return;
    const equals = word.text.indexOf('=');
    for (const text of equals < 0 ? [word.text] : [word.text, word.text.slice(equals + 1)]) {
      const file = this.#fileOf(text, state);
      if (file !== null) this.others.add(file);
    }
  }

  /** The file that a path means, in the project or beside it; null where there is none, or an installed one. */
  #fileOf(text: string, { directory }: ShellState): string | null {
    if (text === '' || text.includes('\0') || (directory === null && !path.isAbsolute(text))) return null;
    const { isFile } = this.#place;
    const file = this.#pathOf(text, directory ?? '.');
    return isFile(file) && !isInstalled(file, isFile) ? file : null;
  }

  #directoryAfter(args: readonly Word[], { directory }: ShellState): string | null {
    const target = args.find(({ text }) => !/^-[LPe@]*$/.test(text) || text === '-');
    if (target === undefined || !target.literal || target.text === '-') return null;
    if (directory === null && !path.isAbsolute(target.text)) return null;
    return this.#pathOf(target.text, directory ?? '.');
  }

  /** Relative to the root, also for a way that leaves the project and comes back. */
  #pathOf(text: string, directory: string): string {
    const { root } = this.#place;
    const file = toProjectPath(root, directory, text);
    return file.startsWith('../') ? toProjectPath(root, '.', path.relative(root, path.resolve(root, file))) : file;
  }

  #assigned(words: readonly Word[], state: ShellState): ShellState {
    let { pythonPath } = state;
    for (const { text } of words) {
      const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
      if (name === 'PYTHONPATH') pythonPath = this.#foldersIn(value, state);
      // The modules that every Node below will load first.
      if (name === 'NODE_OPTIONS') this.#run([{ text: 'node', literal: true }, ...plainWords(value)], [], state);
    }
    return pythonPath === state.pythonPath ? state : { ...state, pythonPath };
  }

  #foldersIn(value: string, { directory }: ShellState): string[] {
    const known = value.split(':').filter((folder) => folder !== '' && !folder.includes('$'));
    if (directory === null) return [];
    return known.map((folder) => this.#pathOf(folder, directory));
  }
}

function stateIn(states: ReadonlyMap<string, ShellState>, shells: readonly number[]): ShellState {
  for (let length = shells.length; length > 0; length--) {
    const state = states.get(shells.slice(0, length).join(' '));
    if (state !== undefined) return state;
  }
  return states.get('') as ShellState;
}

/** The words at the beginning that set variables. */
function assignments(words: readonly Word[]): readonly Word[] {
  const end = words.findIndex(({ text }) => !assignment.test(text));
  return end < 0 ? words : words.slice(0, end);
}

function plainWords(text: string): Word[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word, literal: !word.includes('$') }));
}

/** The command behind a prefix's own options and words; null when it is not used in that way. */
function wordsAfter(
  { verb, valued = [], twice = [], words = 0 }: Prefix,
  args: readonly Word[],
): readonly Word[] | null {
  let toSkip = words;
  let verbSeen = verb === undefined;
  for (let at = 0; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (!verbSeen && !text.startsWith('-')) {
      if (text !== verb) return null;
      verbSeen = true;
    } else if (text === '-m' && verb === 'run') {
      // `uv run -m package.module`
      return [{ text: 'python', literal: true }, ...args.slice(at)];
    } else if (twice.includes(text)) at += 2;
    else if (valued.includes(text)) at++;
    else if (/^-./.test(text) || text === '' || assignment.test(text)) continue;
    else if (toSkip > 0) toSkip--;
    else return verbSeen ? args.slice(at) : null;
  }
  return null;
}

/** `env -C DIR` and `uv --directory DIR` change it; anything that cannot be told makes it unknown. */
function directoryOf(name: string, own: readonly Word[], directory: string | null): string | null {
  const at = own.findIndex(
    ({ text }) => (text === '-C' && name === 'env') || /^(?:--chdir|--directory|--cwd|--?wdir)(?:=|$)/.test(text),
  );
  if (at < 0) return directory;
  const [, attached] = (own[at]?.text ?? '').split('=');
  const target = attached ?? own[at + 1]?.text;
  if (target === undefined || directory === null || path.isAbsolute(target)) return null;
  return path.posix.join(directory, target);
}
