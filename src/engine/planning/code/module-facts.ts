import path from 'node:path';
import { type Digest, hashBytes, isDigest } from '../../store/contents/digest.ts';
import { type JavaScriptNames, javaScriptNames } from './javascript-names.ts';
import type { Language } from './shell/program-starter.ts';
import { type PythonImport, type PythonNames, pythonNames } from './python-imports.ts';
import type { CompilerOptions } from './tsconfig-paths.ts';

/** What a fingerprint needs to know of one source file. */
export interface ModuleFacts extends JavaScriptNames, PythonNames {
  /** Files that it starts as programs of their own, and what it brings in by a name that it computes. */
  readonly starts: readonly string[];
  readonly computed: readonly string[];
  /** Digest of the code without comments, formatting and types; of the bytes where the file is not JavaScript or TypeScript. */
  readonly digest: Digest;
  /** Digest of the code as compiler options of a tsconfig.json make it; null where they make no difference. */
  readonly compiled: Digest | null;
  /** The module system that the code is written for, by its `import` and `export` or their absence; null where its name tells, or it is no JavaScript. */
  readonly system: 'module' | 'commonjs' | null;
  /** Files that a program in another language names as something to run, and that are not followed. */
  readonly unfollowed: readonly string[];
}

/** Whether a file's name says which language it is in. */
export function saysItself(file: string): boolean {
  return loaders[path.extname(file)] !== undefined || /\.pyw?$/.test(file);
}

/** Whether a kept answer is one, before it is believed. */
export function isModuleFacts(value: unknown): value is ModuleFacts {
  if (typeof value !== 'object' || value === null) return false;
  const { digest, compiled, system, python, ...lists } = value as Partial<ModuleFacts>;
  const isList = Array.isArray(python) && python.every(isPythonImport);
  const isKnown = system === null || system === 'module' || system === 'commonjs';
  const { relative, bare, required, starts, computed, unfollowed, exported, paths } = lists;
  const areTexts = [
    relative,
    bare,
    required,
    starts,
    computed,
    unfollowed,
    exported,
    paths?.before,
    paths?.behind,
  ].every(isTexts);
  return isDigest(digest) && (compiled === null || isDigest(compiled)) && isKnown && isList && areTexts;
}

function isPythonImport(value: unknown): value is PythonImport {
  if (typeof value !== 'object' || value === null) return false;
  const { level, module, names } = value as Partial<PythonImport>;
  return typeof level === 'number' && typeof module === 'string' && isTexts(names);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

const loaders: Readonly<Record<string, 'ts' | 'tsx' | 'js' | 'jsx'>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
};

/** Lines by which programs in other languages run a file as part of themselves: R, Julia, Ruby, fish. */
const otherIncludes =
  /^[^#\n]*?(?:(?:\b(?:sys\.)?source|\binclude|\brequire_relative|\bload)[ \t]*\(?[ \t]*["']([^"'$\n]+)["']|(?:^|[;&|{][ \t]*|\b(?:then|do|else)[ \t]+)[ \t]*(?:\.|source)[ \t]+["']?([^\s"'$;&|]+))/gm;

const nothing: Omit<ModuleFacts, 'digest'> = {
  ...{ relative: [], bare: [], required: [], starts: [], computed: [] },
  ...{ python: [], exported: [], paths: { before: [], behind: [] } },
  ...{ compiled: null, system: null, unfollowed: [] },
};

/** Facts about a file that stand elsewhere. */
export interface Circumstances {
  /** The language that a command says it is in. */
  readonly language: Language | null;
  /** Compiler options of TypeScript that change what code does. */
  readonly options: CompilerOptions | null;
}

/** Reads a module's facts. A file with a syntax error counts by its bytes: running it will tell. */
export async function readModule(
  file: string,
  bytes: Buffer,
  { language, options }: Circumstances = { language: null, options: null },
): Promise<ModuleFacts> {
  const loader = loaders[path.extname(file)];
  if (loader === undefined) return readOther(file, bytes, language);
  try {
    const plain = await readJavaScript(bytes.toString(), loader, {});
    const digest = hashBytes(plain.code);
    const system = /\.[jt]sx?$/.test(file) ? plain.system : null;
    // The project's own settings (decorators, JSX) count where they make a difference, and nowhere else.
    const own = options === null ? plain : await readJavaScript(bytes.toString(), loader, options);
    if (own.code === plain.code) return { ...nothing, ...plain.names, digest, system };
    return { ...nothing, ...own.names, digest, system, compiled: hashBytes(own.code) };
  } catch {
    return { ...nothing, digest: hashBytes(bytes) };
  }
}

async function readJavaScript(
  text: string,
  loader: 'ts' | 'tsx' | 'js' | 'jsx',
  compilerOptions: CompilerOptions,
): Promise<{ code: string; names: JavaScriptNames; system: 'module' | 'commonjs' }> {
  // Loaded here because both take tens of ms, and a run in which no code changed needs neither.
  const [{ transform }, lexer] = await Promise.all([import('esbuild'), import('es-module-lexer')]);
  await lexer.init();
  const { code } = await transform(text, {
    loader,
    minifyWhitespace: true,
    legalComments: 'none',
    tsconfigRaw: { compilerOptions },
    logLevel: 'silent',
  });
  const [imports, , , hasModuleSyntax] = lexer.parse(code);
  return { code, names: javaScriptNames(code, imports), system: hasModuleSyntax ? 'module' : 'commonjs' };
}

/** A program in another language counts by its bytes. */
async function readOther(file: string, bytes: Buffer, language: Language | null): Promise<ModuleFacts> {
  const digest = hashBytes(bytes);
  // Data and compiled programs are not text.
  if (bytes.includes(0)) return { ...nothing, digest };
  const shebang = /^#![^\n]*/.exec(bytes.subarray(0, 200).toString('latin1'))?.[0] ?? '';
  if (language === 'python' || /\.pyw?$/.test(file) || /\bpython[\d.]*\b/.test(shebang)) {
    return { ...nothing, ...pythonNames(bytes.toString()), digest };
  }
  if (language === 'javascript' || /\b(?:node|tsx|ts-node|deno|bun)\b/.test(shebang)) {
    try {
      const { names } = await readJavaScript(bytes.toString(), /\bts|deno|bun/.test(shebang) ? 'ts' : 'js', {});
      return { ...nothing, ...names, digest };
    } catch {
      return { ...nothing, digest };
    }
  }
  // Shell scripts are read as the commands that they are.
  if (!/\.(?:[rR]|jl|rb|fish|csh)$/.test(file) && !/\b(?:Rscript|julia|ruby|fish|t?csh)\b/.test(shebang)) {
    return { ...nothing, digest };
  }
  const included = [...bytes.toString().matchAll(otherIncludes)].flatMap(([, call, word]) => call ?? word ?? []);
  return { ...nothing, digest, unfollowed: [...new Set(included)].sort() };
}

/** `@scope/name/inner` is of package `@scope/name`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
