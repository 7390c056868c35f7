import { type BigIntStats, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Digest, hashBytes } from '../../store/contents/digest.ts';
import { writeSpare } from '../../store/spare-file.ts';
import { StatIndex } from '../../store/contents/stat-index.ts';
import type { NamedFiles } from './command-files.ts';
import { type Circumstances, isModuleFacts, type ModuleFacts, readModule, saysItself } from './module-facts.ts';
import { ModuleResolver } from './module-resolver.ts';
import type { PythonImport } from './python-imports.ts';
import { changedFolder } from './python-paths.ts';
import { type ResolvedImport, resolvePythonImport } from './python-resolver.ts';
import { RealFolders } from './real-folders.ts';
import { statePlace } from '../../../base/state-place.ts';
import { readScript } from './shell/script-file.ts';
import type { Language } from './shell/program-starter.ts';
import type { Node } from './shell/syntax.ts';

/** An entry file with everything it imports, from the project and from packages. */
export interface CodeClosure {
  readonly digest: Digest;
  /** Project files to the digest of their code, and `package NAME` to an installed version. */
  readonly parts: ReadonlyMap<string, string>;
  /** Files that it starts as programs of their own, named from the working directory. */
  readonly starts: readonly string[];
}

/** A file of code that cannot be read; told to the user in one message. */
export class CodeError extends Error {
  override readonly name = 'CodeError';
}

/** A file of a closure, its imports resolved. */
interface Module {
  readonly digest: Digest;
  /** Project files that it imports. */
  readonly files: readonly string[];
  /** Parts of the closure that are not files of the project: packages with their versions, and what is missing. */
  readonly others: readonly (readonly [name: string, state: string])[];
  readonly starts: readonly string[];
  readonly paths: ModuleFacts['paths'];
}

/**
 * Follows imports from entry files. Of JavaScript and TypeScript the code counts after comments, formatting and types
 * are stripped, so an edit that changes nothing at run time changes no closure; of Python and all else, the bytes.
 * Imports that code computes cannot be followed; name such files in `deps` or `code`.
 */
export class CodeReader {
  /** Absolute path of the project. */
  readonly root: string;
  readonly #index: StatIndex<ModuleFacts>;
  readonly #modules = new Map<string, Promise<Module>>();
  readonly #closures = new Map<string, Promise<CodeClosure>>();
  readonly #isFile = new Map<string, boolean>();
  readonly #scripts = new Map<string, Node | null>();
  readonly #folders: RealFolders;
  readonly #resolver: ModuleResolver;
  readonly #isMade: (file: string) => boolean;

  /** Commands that were read since the last refresh. */
  readonly commands = new Map<string, NamedFiles>();
  /** PYTHONPATH of the environment that stages get. */
  readonly pythonPath: string;

  /**
   * @param isMade whether a stage makes a file: then it is no code, but what a dependency is there for
   * @param env the environment that stages get
   */
  constructor(root: string, isMade: (file: string) => boolean = () => false, env: NodeJS.ProcessEnv = process.env) {
    this.root = root;
    this.pythonPath = env['PYTHONPATH'] ?? '';
    this.#isMade = isMade;
    this.#index = StatIndex.load(statePlace(root, '.pipeline/code-index.json'), 'modules-6', isModuleFacts);
    this.#folders = new RealFolders(root);
    this.#resolver = new ModuleResolver(root, this.#folders, (file) => this.hasFile(file));
  }

  /**
   * The closure of one entry file (relative to the root). Throws CodeError when a file of it cannot be read.
   *
   * @param searchPath where the imports of Python programs are looked for; by default in the entry's own folder
   * @param language of an entry that does not say so itself
   * @param directory where the program is started
   */
  closure(
    entry: string,
    searchPath: readonly string[] = [this.folderOf(entry)],
    language: Language | null = null,
    directory = '.',
  ): Promise<CodeClosure> {
    const key = [entry, language, directory, ...searchPath].join('\n');
    const known = this.#closures.get(key);
    if (known !== undefined) return known;
    const answer = this.#follow(entry, searchPath, language, directory);
    this.#closures.set(key, answer);
    return answer;
  }

  /** True for a regular file of the project that no stage makes. */
  isCode(file: string): boolean {
    return this.hasFile(file) && !this.#isMade(file);
  }

  /** The folder in which Python looks first for what a program imports: that of the file that a link leads to. */
  folderOf(file: string): string {
    return this.#folders.beside(file);
  }

  /**
   * The commands of a shell script; null for any other file, and for one that a stage makes.
   *
   * @param isSure whether a shell is told to run it: else its name or first line has to say what it is
   */
  script(file: string, isSure: boolean): Node | null {
    const key = `${isSure ? 'sure ' : ''}${file}`;
    const known = this.#scripts.get(key);
    if (known !== undefined) return known;
    const script = this.isCode(file) ? readScript(path.resolve(this.root, file), isSure) : null;
    this.#scripts.set(key, script);
    return script;
  }

  /** Files that a program runs and nobody follows, as it names them, and calls that compute a name; of one file alone. */
  async unfollowed(file: string): Promise<{ readonly files: readonly string[]; readonly calls: readonly string[] }> {
    const { unfollowed, computed } = await this.#facts(file);
    return { files: unfollowed, calls: computed };
  }

  /** Looks at all files afresh when they are asked for next. */
  refresh(): void {
    this.#modules.clear();
    this.#closures.clear();
    this.#isFile.clear();
    this.#folders.refresh();
    this.#scripts.clear();
    this.commands.clear();
  }

  /** Keeps the closure's parts, so that a later change can name the file. */
  remember(closure: CodeClosure): void {
    const file = this.#partsFile(closure.digest);
    if (!existsSync(file)) writeSpare(file, JSON.stringify([...closure.parts]));
  }

  /** The parts that differ between an earlier closure and this one; null when the earlier one is not known here. */
  changedParts(earlier: Digest, now: CodeClosure): string[] | null {
    try {
      const before = new Map(JSON.parse(readFileSync(this.#partsFile(earlier), 'utf8')) as [string, string][]);
      const names = new Set([...before.keys(), ...now.parts.keys()]);
      return [...names]
        .filter((name) => typeof name === 'string')
        .filter((name) => before.get(name) !== now.parts.get(name));
    } catch {
      return null;
    }
  }

  save(): void {
    this.#index.save();
  }

  #partsFile(digest: Digest): string {
    return statePlace(this.root, `.pipeline/closures/${digest}.json`);
  }

  async #follow(
    entry: string,
    searchPath: readonly string[],
    language: Language | null,
    directory: string,
  ): Promise<CodeClosure> {
    const parts = new Map<string, string>();
    const started = new Set<string>();
    const before = new Set<string>();
    const behind = new Set<string>();
    const waiting = [entry];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (parts.has(file)) continue;
      const module = await this.#module(file, searchPath, file === entry ? language : null);
      const { digest, files, others, starts, paths } = module;
      parts.set(file, digest);
      for (const [name, state] of others) parts.set(name, state);
      for (const name of starts) started.add(name);
      for (const text of paths.before) before.add(changedFolder(text, file, directory));
      for (const text of paths.behind) behind.add(changedFolder(text, file, directory));
      for (const target of files) if (!parts.has(target)) waiting.push(target);
    }
    // What one module of a program adds to sys.path holds for the imports of all of them.
    const all = [...new Set([...[...before].filter((one) => !searchPath.includes(one)), ...searchPath, ...behind])];
    if (all.length > searchPath.length) return this.#follow(entry, all, language, directory);
    const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
    return { digest: hashBytes(JSON.stringify(sorted)), parts: new Map(sorted), starts: [...started] };
  }

  #module(file: string, searchPath: readonly string[], language: Language | null): Promise<Module> {
    // Only of a Python program it matters where the program began.
    const key = /\.[cm]?[jt]sx?$/.test(file) ? file : [file, language, ...searchPath].join('\n');
    const known = this.#modules.get(key);
    if (known !== undefined) return known;
    const answer = this.#facts(file, language).then((facts) => this.#resolveImports(file, facts, searchPath));
    this.#modules.set(key, answer);
    return answer;
  }

  async #facts(file: string, language: Language | null = null): Promise<ModuleFacts> {
    const options = /\.[cm]?tsx?$/.test(file) ? (this.#resolver.options(file)?.options ?? null) : null;
    const told = language === null || saysItself(file) ? null : language;
    const key = told === null && options === null ? file : `${file}\n${told ?? JSON.stringify(options)}`;
    try {
      const stat = statSync(path.resolve(this.root, file), { bigint: true });
      // Anything but a regular file would be waited for, or has no bytes.
      if (!stat.isFile())
        throw new CodeError(`the code file ${file} is ${stat.isDirectory() ? 'a directory' : 'no regular file'}`);
      return this.#index.lookup(key, stat) ?? (await this.#read(file, key, stat, { language: told, options }));
    } catch (error) {
      throw error instanceof CodeError ? error : asCodeError(error, file);
    }
  }

  async #read(file: string, key: string, stat: BigIntStats, more: Circumstances): Promise<ModuleFacts> {
    const readAt = Date.now();
    const facts = await readModule(file, readFileSync(path.resolve(this.root, file)), more);
    this.#index.record(key, stat, readAt, facts);
    return facts;
  }

  async #resolveImports(file: string, facts: ModuleFacts, searchPath: readonly string[]): Promise<Module> {
    const { digest, relative, bare, required, python, starts, paths } = facts;
    const files: string[] = [];
    const others = this.#settings(file, facts);
    for (const specifier of relative) {
      const target = this.#resolver.relative(file, specifier);
      if (target === null) others.push([`${specifier} of ${file}`, 'missing']);
      else files.push(target);
    }
    const resolved = [
      ...bare.map((specifier) => this.#resolver.bare(file, specifier)),
      ...required.map((specifier) => this.#resolver.required(file, specifier)),
    ];
    for (const one of resolved) {
      files.push(...one.files);
      others.push(...one.others);
    }
    for (const statement of python) {
      const found = await this.#resolvePython(statement, file, searchPath);
      files.push(...found.files);
      if (found.missing !== null) others.push([`${found.missing} of ${file}`, 'missing']);
    }
    return { digest, files, others, starts, paths };
  }

  async #resolvePython(one: PythonImport, file: string, searchPath: readonly string[]): Promise<ResolvedImport> {
    const resolve = (names: readonly string[]): ResolvedImport =>
      resolvePythonImport({ ...one, names }, file, searchPath, (candidate) => this.isCode(candidate));
    const found = resolve(one.names);
    const module = found.files.at(-1);
    // `from package import *` brings in the modules that the package lists in `__all__`.
    if (module?.endsWith('/__init__.py') !== true || !one.names.includes('*')) return found;
    return resolve((await this.#facts(module)).exported);
  }

  /** Settings outside of the file that change what its code does. */
  #settings(file: string, { compiled, system }: ModuleFacts): (readonly [string, string])[] {
    const found: (readonly [string, string])[] = [];
    const at = compiled === null ? null : this.#resolver.options(file);
    if (compiled !== null && at !== null) found.push([`compilerOptions of ${at.at} in ${file}`, compiled]);
    if (system === null) return found;
    const declared = this.#resolver.declaredSystem(file);
    // Where both say the same, or nothing is said of a module, there is one way to read the file.
    const isUsual = system === 'module' ? declared !== 'commonjs' : declared !== 'module';
    return isUsual ? found : [...found, [`module system of ${file}`, declared ?? 'none']];
  }

  /** Whether a folder itself holds a file with such a name. */
  holds(folder: string, name: RegExp): boolean {
    if (this.hasFile(folder)) return false;
    try {
      return readdirSync(path.resolve(this.root, folder)).some((one) => name.test(one));
    } catch {
      return false;
    }
  }

  /** True for a regular file, by a path relative to the root. */
  hasFile(file: string): boolean {
    const known = this.#isFile.get(file);
    if (known !== undefined) return known;
    const answer = isRegularFile(path.resolve(this.root, file));
    this.#isFile.set(file, answer);
    return answer;
  }
}

function isRegularFile(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Below a file, in a closed folder, too long for a name: no file that a program could have.
    return false;
  }
}

/** An error of the system in words; anything else is our own. */
function asCodeError(error: unknown, file: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  const why = code === 'ENOENT' ? 'does not exist any more' : `cannot be read (${code})`;
  const advice = code === 'EACCES' ? '. Give this user the right to read it' : '';
  return new CodeError(`the code file ${file} ${why}${advice}`);
}
