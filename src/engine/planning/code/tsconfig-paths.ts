import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseJsonc } from './jsonc.ts';

/** `paths` and `baseUrl` of one tsconfig.json, with what it extends. Folders are absolute. */
export interface PathMapping {
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** What the targets of `paths` are relative to. */
  readonly pathsBase: string;
  readonly baseUrl: string | null;
}

/** Options that change what TypeScript's code does. */
export type CompilerOptions = Readonly<Record<string, string | boolean>>;

const counted = [
  ...['experimentalDecorators', 'importsNotUsedAsValues', 'jsx', 'jsxFactory', 'jsxFragmentFactory'],
  ...['jsxImportSource', 'preserveValueImports', 'target', 'useDefineForClassFields', 'verbatimModuleSyntax'],
];

/** The options that count of a tsconfig.json (absolute), with what it extends, by their names; null when there are none. */
export function readCompilerOptions(file: string): CompilerOptions | null {
  const options = readSettings(file, path.dirname(file), new Set())?.options ?? {};
  return Object.keys(options).length === 0 ? null : options;
}

interface Settings {
  readonly options: CompilerOptions;
  readonly paths: { readonly targets: ReadonlyMap<string, readonly string[]>; readonly folder: string } | null;
  readonly baseUrl: string | null;
}

/** Reads a tsconfig.json (absolute); null when there is none, or none that maps names to files. */
export function readPathMapping(file: string): PathMapping | null {
  const settings = readSettings(file, path.dirname(file), new Set());
  if (settings === null || (settings.paths === null && settings.baseUrl === null)) return null;
  const { paths, baseUrl } = settings;
  return {
    paths: paths?.targets ?? new Map<string, readonly string[]>(),
    pathsBase: baseUrl ?? paths?.folder ?? path.dirname(file),
    baseUrl,
  };
}

/** Absolute paths, without endings, that the mapping gives a name; in the order in which they are tried. */
export function mappedPaths({ paths, pathsBase, baseUrl }: PathMapping, specifier: string): string[] {
  const found: string[] = [];
  let best = -1;
  for (const [pattern, targets] of paths) {
    const [before = '', after] = pattern.split('*');
    const matches =
      after === undefined
        ? pattern === specifier
        : specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after);
    // A name without a star beats every pattern, and a longer beginning a shorter one.
    const rank = after === undefined ? Infinity : before.length;
    if (!matches || rank <= best) continue;
    best = rank;
    const star = after === undefined ? '' : specifier.slice(before.length, specifier.length - after.length);
    found.splice(0, found.length, ...targets.map((target) => path.resolve(pathsBase, target.replace('*', star))));
  }
  return baseUrl === null ? found : [...found, path.resolve(baseUrl, specifier)];
}

function readSettings(file: string, leaf: string, seen: Set<string>): Settings | null {
  if (seen.has(file)) return null;
  seen.add(file);
  const document = readObject(file);
  if (document === null) return null;
  const folder = path.dirname(file);
  let inherited: Settings = { options: {}, paths: null, baseUrl: null };
  const { extends: parents } = document;
  for (const parent of (Array.isArray(parents) ? parents : [parents]) as unknown[]) {
    const found = typeof parent === 'string' ? extended(parent, file, leaf, seen) : null;
    if (found !== null)
      inherited = {
        options: { ...inherited.options, ...found.options },
        paths: found.paths ?? inherited.paths,
        baseUrl: found.baseUrl ?? inherited.baseUrl,
      };
  }
  const options = asObject(document['compilerOptions']) ?? {};
  const here = (text: string): string => path.resolve(folder, text.replace('${configDir}', leaf));
  const { baseUrl } = options;
  const paths = asObject(options['paths']);
  return {
    options: { ...inherited.options, ...countedIn(options) },
    baseUrl: typeof baseUrl === 'string' ? here(baseUrl) : inherited.baseUrl,
    paths: paths === null ? inherited.paths : { targets: targetsIn(paths, leaf), folder },
  };
}

function countedIn(options: Readonly<Record<string, unknown>>): CompilerOptions {
  const found = counted.map((name): readonly [string, unknown] => [name, options[name]]);
  const isUsable = (pair: readonly [string, unknown]): pair is readonly [string, string | boolean] =>
    typeof pair[1] === 'string' || typeof pair[1] === 'boolean';
  return Object.fromEntries(found.filter(isUsable));
}

function targetsIn(paths: Readonly<Record<string, unknown>>, leaf: string): Map<string, readonly string[]> {
  const targets = new Map<string, readonly string[]>();
  for (const [pattern, value] of Object.entries(paths)) {
    if (!Array.isArray(value)) continue;
    const texts = value.filter((one): one is string => typeof one === 'string');
    targets.set(
      pattern,
      texts.map((text) => text.replace('${configDir}', leaf)),
    );
  }
  return targets;
}

/** What a tsconfig extends: a file beside it, or one of a package. */
function extended(name: string, file: string, leaf: string, seen: Set<string>): Settings | null {
  if (/^\.{0,2}\//.test(name) || name === '.' || name === '..') {
    const base = path.resolve(path.dirname(file), name);
    for (const candidate of [base, `${base}.json`, path.join(base, 'tsconfig.json')]) {
      const found = readSettings(candidate, leaf, seen);
      if (found !== null) return found;
    }
    return null;
  }
  const require = createRequire(file);
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      return readSettings(require.resolve(candidate), leaf, seen);
    } catch {
      // Not installed, or under another of the names.
    }
  }
  return null;
}

function readObject(file: string): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(parseJsonc(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
