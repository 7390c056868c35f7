import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.ts';
import { packageName } from './module-facts.ts';
import { targetsOf } from './package-exports.ts';
import { PackageFinder, type PackageManifest } from './package-files.ts';
import type { RealFolders } from './real-folders.ts';
import {
  type CompilerOptions,
  mappedPaths,
  type PathMapping,
  readCompilerOptions,
  readPathMapping,
} from './tsconfig-paths.ts';

/** What an import of JavaScript or TypeScript leads to. */
export interface Resolved {
  /** Files of the project, or of a package that is linked into it; relative to the root. */
  readonly files: readonly string[];
  /** Parts of a closure that are no files: packages with their versions, and what is missing. */
  readonly others: readonly (readonly [name: string, state: string])[];
}

const extensions = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.cts', '.jsx'];

/** Finds the files that specifiers mean, by the rules of Node and, for `paths` and endings, of tsx. */
export class ModuleResolver {
  readonly #root: string;
  readonly #isFile: (file: string) => boolean;
  readonly #packages = new PackageFinder();
  readonly #mappings = new Map<string, PathMapping | null>();
  readonly #folders: RealFolders;
  readonly #options = new Map<string, { readonly options: CompilerOptions; readonly at: string } | null>();

  /** @param isFile whether a path, relative to the root, is a regular file */
  constructor(root: string, folders: RealFolders, isFile: (file: string) => boolean) {
    this.#root = root;
    this.#folders = folders;
    this.#isFile = isFile;
  }

  /** `./x`, `../x`: null when there is no such file. */
  relative(importer: string, specifier: string): string | null {
    const written = path.posix.dirname(importer);
    const folder = this.#folders.ofModule(importer);
    const found = this.#file(path.posix.join(folder, specifier));
    if (folder === written || found === null) return found;
    // One file under two names counts under the one that the project uses.
    const other = this.#file(path.posix.join(written, specifier));
    return other !== null && this.#folders.real(other) === this.#folders.real(found) ? other : found;
  }

  /** The compiler options that the nearest tsconfig.json above a file gives; null where none of them counts. */
  options(file: string): { readonly options: CompilerOptions; readonly at: string } | null {
    const start = path.posix.dirname(file);
    const known = this.#options.get(start);
    if (known !== undefined) return known;
    const at = path.posix.join(start, 'tsconfig.json');
    const isTop = start === '.' || /^\/$|(?:^|\/)\.\.$/.test(start);
    const own = this.#isFile(at) ? readCompilerOptions(path.resolve(this.#root, at)) : null;
    const found = this.#isFile(at) ? own && { options: own, at } : isTop ? null : this.options(start);
    this.#options.set(start, found);
    return found;
  }

  /** The module system that package.json says a file is in, and where it says so; null where it says nothing. */
  declaredSystem(file: string): string | null {
    return this.#packages.scopeOf(path.resolve(this.#root, this.#folders.ofModule(file)))?.type ?? null;
  }

  /** Anything but a relative specifier. */
  bare(importer: string, specifier: string): Resolved {
    const directory = path.resolve(this.#root, this.#folders.ofModule(importer));
    const found = specifier.startsWith('#')
      ? this.#imported(importer, directory, specifier)
      : this.#inProject(directory, specifier);
    if (found !== null) return found;
    if (specifier.startsWith('#')) return { files: [], others: [missing(importer, specifier)] };
    const name = packageName(specifier);
    const installed = this.#packages.installed(directory, name);
    const version: readonly [string, string] = [`package ${name}`, installed?.manifest.version ?? 'missing'];
    if (installed === null || installed.linked === null) return { files: [], others: [version] };
    const inside = this.#inPackage({ ...installed.manifest, directory: installed.linked }, specifier);
    return { files: inside, others: inside.length > 0 ? [version] : [version, missing(importer, specifier)] };
  }

  /** What a `require` of the project's own files leads to; of installed packages nothing. */
  required(importer: string, specifier: string): Resolved {
    const { files, others } = this.bare(importer, specifier);
    const isOurs = files.length > 0 || specifier.startsWith('#');
    return isOurs ? { files, others } : { files: [], others: [] };
  }

  /** Files that need no `node_modules`: null when the specifier is none of those. */
  #inProject(directory: string, specifier: string): Resolved | null {
    const absolute = absolutePath(specifier);
    if (absolute !== null) {
      const file = this.#fromRoot(absolute);
      // One outside keeps its absolute name, which is the same wherever the project lies.
      const found = this.#file(file.startsWith('../') ? absolute : file);
      return foundFile(found !== null && isInstalled(found, this.#isFile) ? null : found);
    }
    const mapped = this.#mapped(directory, specifier);
    if (mapped !== null) return foundFile(mapped);
    const scope = this.#packages.scopeOf(directory);
    // A package knows itself by its name only where it has `exports`.
    if (scope?.name !== packageName(specifier) || scope.exports === undefined) return null;
    const files = this.#inPackage(scope, specifier);
    return files.length === 0 ? null : { files, others: [] };
  }

  /** `#name`: by `paths` of a tsconfig.json, else by `imports` of the package around the importer. */
  #imported(importer: string, directory: string, specifier: string): Resolved | null {
    const mapped = this.#mapped(directory, specifier);
    if (mapped !== null) return foundFile(mapped);
    const scope = this.#packages.scopeOf(directory);
    if (scope === null) return null;
    const all = targetsOf(scope.imports, specifier).flatMap((target): readonly Resolved[] => {
      if (target.startsWith('#') || isBuiltin(target)) return [{ files: [], others: [] }];
      if (!target.startsWith('.')) return [this.bare(importer, target)];
      return [foundFile(this.#file(this.#fromRoot(path.join(scope.directory, target))))].filter(isPresent);
    });
    if (all.length === 0) return null;
    return { files: all.flatMap(({ files }) => files), others: all.flatMap(({ others }) => others) };
  }

  #inPackage({ directory, main, exports }: PackageManifest, specifier: string): string[] {
    const subpath = `.${specifier.slice(packageName(specifier).length)}`;
    const targets =
      exports === undefined || exports === null
        ? [subpath === '.' ? (main ?? 'index.js') : subpath]
        : targetsOf(exports, subpath);
    return [...new Set(targets.flatMap((target) => this.#file(this.#fromRoot(path.join(directory, target))) ?? []))];
  }

  /** By `paths` and `baseUrl` of the nearest tsconfig.json that leads to a file. */
  #mapped(start: string, specifier: string): string | null {
    for (let directory = start; ; directory = path.dirname(directory)) {
      const mapping = this.#mapping(directory);
      for (const absolute of mapping === null ? [] : mappedPaths(mapping, specifier)) {
        const found = this.#file(this.#fromRoot(absolute));
        if (found !== null) return found;
      }
      if (directory === this.#root || directory === path.dirname(directory)) return null;
    }
  }

  #mapping(directory: string): PathMapping | null {
    const known = this.#mappings.get(directory);
    if (known !== undefined) return known;
    const mapping = readPathMapping(path.join(directory, 'tsconfig.json'));
    this.#mappings.set(directory, mapping);
    return mapping;
  }

  #file(base: string): string | null {
    // As imports are mostly written: asked before the other names are made up.
    if (this.#isFile(base)) return base;
    const swapped = /\.[cm]?jsx?$/.test(base) ? [base.replace(/js(x?)$/, 'ts$1')] : [];
    return this.#first([...swapped, ...extensions.map((extension) => base + extension)]) ?? this.#inFolder(base);
  }

  /** The module that a folder stands for: what its package.json names, else its index. */
  #inFolder(folder: string): string | null {
    const main = this.#isFile(`${folder}/package.json`)
      ? (this.#packages.at(path.resolve(this.#root, folder))?.main ?? null)
      : null;
    const named = main === null ? null : path.posix.join(folder, main);
    // A folder that names itself would go round.
    const found = named === null || named === folder ? null : this.#file(named);
    return found ?? this.#first(extensions.map((extension) => `${folder}/index${extension}`));
  }

  #first(candidates: readonly string[]): string | null {
    return candidates.find((candidate) => this.#isFile(candidate)) ?? null;
  }

  /** Relative to the root, which may itself be reached through a link. */
  #fromRoot(absolute: string): string {
    const direct = path.relative(this.#root, absolute);
    const real = path.relative(this.#folders.real('.'), absolute);
    return (direct.startsWith('..') ? real : direct).replaceAll(path.sep, '/');
  }
}

function foundFile(file: string | null): Resolved | null {
  return file === null ? null : { files: [file], others: [] };
}

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}

function missing(importer: string, specifier: string): readonly [string, string] {
  return [`${specifier} of ${importer}`, 'missing'];
}

function absolutePath(specifier: string): string | null {
  if (specifier.startsWith('/')) return specifier;
  if (!specifier.startsWith('file:')) return null;
  try {
    return fileURLToPath(specifier);
  } catch {
    return null;
  }
}
