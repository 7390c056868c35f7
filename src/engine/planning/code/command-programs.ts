import path from 'node:path';
import { toProjectPath } from '../../paths/paths.ts';
import { type CommandPlace, type Doubt, environmentFolders, type NamedFiles, type Program } from './command-files.ts';
import { isInstalled } from './installed.ts';
import { pythonNames } from './python-imports.ts';
import { changedFolder } from './python-paths.ts';
import { resolvePythonImport } from './python-resolver.ts';
import { type Collector, type FileOptions, type Language, ProgramStarter } from './shell/program-starter.ts';
import { Expander } from './shell/expansion.ts';
import { parseShell } from './shell/parser.ts';
import { childState, type ShellState, startState } from './shell/state.ts';
import { literalWord, type Node, type SimpleCommand, type Word } from './shell/syntax.ts';
import { type ShellHost, ShellWalker } from './shell/walker.ts';

/** Modules that a text on the command line mostly imports. */
const common = new Set([
  ...[
    'sys',
    'os',
    'io',
    're',
    'json',
    'csv',
    'math',
    'time',
    'random',
    'pathlib',
    'shutil',
    'subprocess',
    'glob',
    'itertools',
  ],
  ...[
    'functools',
    'collections',
    'datetime',
    'string',
    'hashlib',
    'base64',
    'pickle',
    'gzip',
    'zipfile',
    'tempfile',
    'uuid',
  ],
  ...[
    'socket',
    'urllib',
    'platform',
    'statistics',
    'textwrap',
    'numpy',
    'pandas',
    'torch',
    'scipy',
    'matplotlib',
    'yaml',
  ],
]);

/** The files that a shell text names, and those that scripts of the project run for it, as far as the texts tell. */
export function filesOfCommand(text: string, place: CommandPlace): NamedFiles {
  const key = `${place.wdir}\n${text}`;
  const known = place.known?.get(key);
  if (known !== undefined) return known;
  const reader = new CommandReader(place);
  reader.readCommand(text);
  place.known?.set(key, reader);
  return reader;
}

/** The same of a script of the project that a stage names as its code. */
export function filesOfScript(file: string, place: CommandPlace): NamedFiles {
  const reader = new CommandReader(place);
  reader.readScript(file);
  return reader;
}

/** Collects the files that one command names. */
class CommandReader implements NamedFiles, ShellHost, Collector {
  readonly #programs = new Map<string, Program>();
  readonly #mentioned: { readonly texts: readonly string[]; readonly state: ShellState }[] = [];
  readonly #doubts = new Map<string, Doubt>();
  readonly #place: CommandPlace;
  readonly #walker: ShellWalker;
  readonly #starter: ProgramStarter;

  constructor(place: CommandPlace) {
    this.#place = place;
    this.#walker = new ShellWalker(this, new Expander(place.root));
    this.#starter = new ProgramStarter(this);
  }

  readCommand(text: string): void {
    this.#walker.shell(parseShell(text), this.#start());
    this.#walker.leftovers();
  }

  readScript(file: string): void {
    const script = this.#place.readScript?.(file, false) ?? null;
    if (script === null) return;
    this.#walker.shell(script, { ...this.#start(), script: file, source: file });
    this.#walker.leftovers();
    this.#programs.delete(file);
  }

  get programs(): readonly Program[] {
    return [...this.#programs.values()];
  }

  get doubts(): readonly Doubt[] {
    return [...this.#doubts.values()];
  }

  get others(): readonly string[] {
    const found = this.#mentioned.flatMap(({ texts, state }) => texts.flatMap((text) => this.filesAt(text, state)));
    return [...new Set(found)].filter((file) => !this.#programs.has(file));
  }

  start(words: readonly Word[], command: SimpleCommand, state: ShellState): void {
    this.#starter.start(words, command, state);
  }

  mention(words: readonly Word[], state: ShellState): void {
    // Every word would be looked for on disk, so it waits until that is asked.
    const texts = words.flatMap(({ literal, text }) => {
      const equals = text.indexOf('=');
      // Also as the value of an option: `--config=conf.yaml`.
      return !literal ? [] : equals < 0 ? [text] : [text, text.slice(equals + 1)];
    });
    if (state.source === null) this.#mentioned.push({ texts, state });
  }

  sourced(word: Word, command: SimpleCommand, state: ShellState): { file: string; script: Node | null }[] {
    const files = this.addFile(word, state, { language: 'shell' });
    if (files.length === 0 && !this.isTold(word, state)) this.doubt(command, state);
    return files.map((file) => ({ file, script: this.#place.readScript?.(file, true) ?? null }));
  }

  assigned(name: string, value: Word, command: SimpleCommand, state: ShellState): ShellState {
    // The modules that every Node below will load first.
    if (name === 'NODE_OPTIONS') this.#starter.preload(value.text, command, state);
    if (name !== 'PYTHONPATH') return state;
    const before = /\$\{?PYTHONPATH\b(?:[^}:]*:?\+?:?\$\{?PYTHONPATH\}?)?[^}:]*\}?/g;
    const isKept = /PYTHONPATH/.test(value.text);
    const folders = value.text
      .replaceAll(before, '')
      .split(':')
      .filter((folder) => folder !== '');
    if (folders.some((folder) => /[$`]/.test(folder)) || state.directories === null) this.doubt(command, state);
    const known = folders.filter((folder) => !/[$`]/.test(folder));
    const from = state.directories ?? [];
    const own = known.flatMap((folder) => from.map((directory) => this.pathOf(folder, directory)));
    return { ...state, pythonPath: isKept ? [...own, ...state.pythonPath] : own };
  }

  doubt({ text }: SimpleCommand, state: ShellState): void {
    const [line = ''] = text.split('\n');
    const shown = line.length > 60 ? `${line.slice(0, 57)}...` : line;
    const words = line.split(/[\s;&|()<>"'`=]+/);
    const names = words
      .map((word) => path.posix.basename(word))
      .filter((name) => /^[^.$*?{}[\]][^$*?{}[\]]*$/.test(name));
    this.#doubts.set(`${state.source ?? ''}\n${shown}`, { script: state.source, text: shown, names });
  }

  /** Whether the folder that a word's path starts from is known, and the word, so that a file which is not found is none. */
  isTold({ literal, text }: Word, { directories }: ShellState): boolean {
    return literal && !text.includes('{}') && (directories !== null || /^[/~]/.test(text));
  }

  /** Adds the first of the files that the word may mean, in each folder that may be meant; those that were added. */
  addFile({ literal, text }: Word, state: ShellState, options: FileOptions = {}): readonly string[] {
    if (!literal) return [];
    const { endings = [''], searchFrom = null, language = null } = options;
    const { folderOf = (file: string): string => path.posix.dirname(file) } = this.#place;
    const found = new Set<string>();
    for (const directory of state.directories ?? [null]) {
      const file = endings.map((ending) => this.#fileOf(text + ending, directory)).find((one) => one !== null);
      if (file === undefined) continue;
      this.add(file, [...(searchFrom ?? [folderOf(file)]), ...state.pythonPath], language, directory ?? '.');
      found.add(file);
    }
    return [...found];
  }

  /** Reads a script that a shell of its own runs. */
  runScript(file: string, args: readonly Word[], isSure: boolean, command: SimpleCommand, state: ShellState): void {
    const script = this.#place.readScript?.(file, isSure) ?? null;
    if (script === null) return;
    const given = args.every(({ literal }) => literal) ? args.map(({ text }) => text) : null;
    this.#walker.script(file, script, childState(state, { args: given, script: file, source: file }), command);
  }

  /** Reads a text that a shell of its own runs. */
  runText(text: string, args: readonly Word[], command: SimpleCommand, state: ShellState): void {
    const given = args.every(({ literal }) => literal) ? args.slice(1).map((word) => word.text) : null;
    this.#walker.text(text, childState(state, { args: given, script: null, source: state.source }), command);
  }

  /** Adds the file of a module, with the packages around it, which are imported before it; false when it is none of ours. */
  addModule(name: string, { directories, pythonPath }: ShellState): boolean {
    if (directories === null || !/^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name)) return false;
    const searchPath = [...directories, ...pythonPath];
    const segments = name.split('.');
    for (const from of searchPath) {
      const base = path.posix.join(from, ...segments);
      const file = [`${base}/__main__.py`, `${base}.py`].find((candidate) => this.#place.isFile(candidate));
      if (file === undefined) continue;
      for (let length = 1; length <= segments.length; length++) {
        const around = path.posix.join(from, ...segments.slice(0, length), '__init__.py');
        if (this.#place.isFile(around)) this.add(around, searchPath, null, directories[0] ?? '.');
      }
      this.add(file, searchPath, null, directories[0] ?? '.');
      return true;
    }
    return false;
  }

  /** Adds what the text of a Python program imports from the project, and what it starts. */
  addImports(source: string, command: SimpleCommand, state: ShellState): void {
    const { python, paths, starts, computed } = pythonNames(source);
    if (computed.length > 0) this.doubt(command, state);
    for (const name of starts) this.addFile(literalWord(name), state);
    const { directories, pythonPath } = state;
    if (directories === null) {
      // Only what Python and common packages bring is sure to be none of ours.
      if (python.some(({ module }) => !common.has(module.split('.')[0] ?? ''))) this.doubt(command, state);
      return;
    }
    for (const directory of directories) {
      const folders = (texts: readonly string[]): string[] =>
        texts.map((text) => changedFolder(text, path.posix.join(directory, '-c'), directory));
      const from = [...folders(paths.before), ...directories, ...pythonPath, ...folders(paths.behind)];
      for (const one of python) {
        const { files } = resolvePythonImport(one, path.posix.join(directory, '-c'), from, this.#place.isFile);
        for (const file of files) this.add(file, from, null, directory);
      }
    }
  }

  add(file: string, searchPath: readonly string[], language: Language | null, directory: string): void {
    const known = this.#programs.get(file);
    const all = [...new Set([...(known?.searchPath ?? []), ...searchPath])];
    this.#programs.set(file, { directory, ...known, file, searchPath: all, language: known?.language ?? language });
  }

  filesAt(text: string, { directories }: ShellState): string[] {
    const found = (directories ?? [null]).map((directory) => this.#fileOf(text, directory));
    return found.filter((file) => file !== null);
  }

  /** Relative to the root, also for a way that leaves the project and comes back. */
  pathOf(text: string, directory: string): string {
    const { root } = this.#place;
    if (text.startsWith(`${root}/`)) return this.pathOf(text.slice(root.length + 1), '.');
    const file = toProjectPath(root, directory, text);
    return file.startsWith('../') ? toProjectPath(root, '.', path.relative(root, path.resolve(root, file))) : file;
  }

  /** The file that a path means, in the project or beside it; null where there is none, or an installed one. */
  #fileOf(text: string, directory: string | null): string | null {
    if (text === '' || text.includes('\0') || (directory === null && !/^[/~]/.test(text))) return null;
    const { isFile } = this.#place;
    const file = this.pathOf(text, directory ?? '.');
    return isFile(file) && !isInstalled(file, isFile) ? file : null;
  }

  #start(): ShellState {
    return startState(this.#place.wdir, environmentFolders(this.#place));
  }
}
