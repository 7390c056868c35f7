import { type BigIntStats, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type Digest, hashBytes } from '../store/digest.ts';
import { StatIndex } from '../store/stat-index.ts';
import { readModule, type ModuleFacts } from './module-facts.ts';

/** An entry file with everything it imports, from the project and from packages. */
export interface CodeClosure {
  readonly digest: Digest;
  /** Project files to the digest of their code, and `package NAME` to an installed version. */
  readonly parts: ReadonlyMap<string, string>;
}

/** A file of a closure, its imports resolved. */
interface Module {
  readonly digest: Digest;
  /** Project files that it imports. */
  readonly files: readonly string[];
  /** Parts of the closure that are not files of the project: packages with their versions, and what is missing. */
  readonly others: readonly (readonly [name: string, state: string])[];
}

const extensions = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs', '.json'];

/**
 * Follows imports from entry files. What counts is the code after comments, formatting and types are stripped, so an
 * edit that changes nothing at run time changes no closure. Imports that code computes cannot be followed; name such
 * files in `deps` or `code`.
 */
export class CodeReader {
  readonly #root: string;
  readonly #index: StatIndex<ModuleFacts>;
  readonly #modules = new Map<string, Promise<Module>>();
  readonly #closures = new Map<string, Promise<CodeClosure>>();
  readonly #versions = new Map<string, string | null>();
  readonly #isFile = new Map<string, boolean>();

  constructor(root: string) {
    this.#root = root;
    this.#index = StatIndex.load(path.join(root, '.pipeline', 'code-index.json'), 'modules-2');
  }

  /** The closure of one entry file (relative to the root). Throws an Error when the file cannot be read. */
  closure(entry: string): Promise<CodeClosure> {
    const known = this.#closures.get(entry);
    if (known !== undefined) return known;
    const answer = this.#follow(entry);
    this.#closures.set(entry, answer);
    return answer;
  }

  /** Looks at all files afresh when they are asked for next. */
  refresh(): void {
    this.#modules.clear();
    this.#closures.clear();
    this.#isFile.clear();
  }

  /** Keeps the closure's parts, so that a later change can name the file. */
  remember(closure: CodeClosure): void {
    const file = this.#partsFile(closure.digest);
    if (!existsSync(file)) writeFileAtomic(file, JSON.stringify([...closure.parts]));
  }

  /** The parts that differ between an earlier closure and this one; null when the earlier one is not known here. */
  changedParts(earlier: Digest, now: CodeClosure): string[] | null {
    try {
      const before = new Map(JSON.parse(readFileSync(this.#partsFile(earlier), 'utf8')) as [string, string][]);
      const names = new Set([...before.keys(), ...now.parts.keys()]);
      return [...names].filter((name) => before.get(name) !== now.parts.get(name));
    } catch {
      return null;
    }
  }

  save(): void {
    this.#index.save();
  }

  #partsFile(digest: Digest): string {
    return path.join(this.#root, '.pipeline', 'closures', `${digest}.json`);
  }

  async #follow(entry: string): Promise<CodeClosure> {
    const parts = new Map<string, string>();
    const waiting = [entry];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (parts.has(file)) continue;
      const { digest, files, others } = await this.#module(file);
      parts.set(file, digest);
      for (const [name, state] of others) parts.set(name, state);
      for (const target of files) if (!parts.has(target)) waiting.push(target);
    }
    const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
    return { digest: hashBytes(JSON.stringify(sorted)), parts: new Map(sorted) };
  }

  #module(file: string): Promise<Module> {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const answer = this.#facts(file).then((facts) => this.#resolveImports(file, facts));
    this.#modules.set(file, answer);
    return answer;
  }

  async #facts(file: string): Promise<ModuleFacts> {
    const stat = statSync(path.resolve(this.#root, file), { bigint: true });
    return this.#index.lookup(file, stat) ?? this.#read(file, stat);
  }

  async #read(file: string, stat: BigIntStats): Promise<ModuleFacts> {
    const readAt = Date.now();
    const facts = await readModule(file, readFileSync(path.resolve(this.#root, file)));
    this.#index.record(file, stat, readAt, facts);
    return facts;
  }

  #resolveImports(file: string, { digest, relative, packages }: ModuleFacts): Module {
    const files: string[] = [];
    const others: [string, string][] = [];
    for (const specifier of relative) {
      const target = this.#resolve(file, specifier);
      if (target === null) others.push([`${specifier} of ${file}`, 'missing']);
      else files.push(target);
    }
    for (const name of packages) others.push([`package ${name}`, this.#installedVersion(file, name) ?? 'missing']);
    return { digest, files, others };
  }

  #resolve(importer: string, specifier: string): string | null {
    const base = path.posix.join(path.posix.dirname(importer), specifier);
    // As imports are mostly written: asked before the other names are made up.
    if (this.#hasFile(base)) return base;
    const swapped = /\.[cm]?jsx?$/.test(base) ? [base.replace(/js(x?)$/, 'ts$1')] : [];
    const candidates = [
      ...swapped,
      ...extensions.map((extension) => base + extension),
      ...extensions.map((extension) => `${base}/index${extension}`),
    ];
    return candidates.find((candidate) => this.#hasFile(candidate)) ?? null;
  }

  #hasFile(file: string): boolean {
    const known = this.#isFile.get(file);
    if (known !== undefined) return known;
    const answer = statSync(path.resolve(this.#root, file), { throwIfNoEntry: false })?.isFile() === true;
    this.#isFile.set(file, answer);
    return answer;
  }

  #installedVersion(importer: string, name: string): string | null {
    for (let directory = path.resolve(this.#root, path.dirname(importer)); ; directory = path.dirname(directory)) {
      const file = path.join(directory, 'node_modules', name, 'package.json');
      const known = this.#versions.get(file);
      if (known !== undefined && known !== null) return known;
      if (known === undefined) {
        const version = readVersion(file);
        this.#versions.set(file, version);
        if (version !== null) return version;
      }
      if (directory === path.dirname(directory)) return null;
    }
  }
}

function readVersion(packageFile: string): string | null {
  // Asked first, because most folders on the way up hold none and an exception costs more than the question.
  if (!existsSync(packageFile)) return null;
  try {
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
