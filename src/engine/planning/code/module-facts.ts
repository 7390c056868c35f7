import { isBuiltin } from 'node:module';
import path from 'node:path';
import { type Digest, hashBytes, isDigest } from '../../store/contents/digest.ts';
import type { Language } from './shell/program-starter.ts';
import { type PythonImport, pythonImports } from './python-imports.ts';

/** What a fingerprint needs to know of one source file. */
export interface ModuleFacts {
  /** Digest of the code without comments, formatting and types; of the bytes where the file is not JavaScript or TypeScript. */
  readonly digest: Digest;
  /** Specifiers that name files: `./losses.ts`, `../data/faces.bin`. */
  readonly relative: readonly string[];
  /** Specifiers of packages, of names like `#losses`, and whatever else is imported without a path. */
  readonly bare: readonly string[];
  /** Those that only `require` names. */
  readonly required: readonly string[];
  /** Import statements of a Python program. */
  readonly python: readonly PythonImport[];
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
  const { digest, relative, bare, required, python, unfollowed } = value as Partial<ModuleFacts>;
  const isList = Array.isArray(python) && python.every(isPythonImport);
  return isDigest(digest) && isList && [relative, bare, required, unfollowed].every(isTexts);
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

/** Calls and URLs that name a file as a literal, which a lexer of imports does not report. */
const literalReferences = /(?:\brequire\(|\bnew URL\()\s*["'](\.[^"']*)["']/g;

/** Names without a path, in the same places. */
const bareRequires = /\brequire\(\s*["']([^."'][^"']*)["']/g;

/** Lines by which programs in other languages run a file as part of themselves: R, Julia, Ruby, fish. */
const otherIncludes =
  /^[^#\n]*?(?:(?:\b(?:sys\.)?source|\binclude|\brequire_relative|\bload)[ \t]*\(?[ \t]*["']([^"'$\n]+)["']|(?:^|[;&|{][ \t]*|\b(?:then|do|else)[ \t]+)[ \t]*(?:\.|source)[ \t]+["']?([^\s"'$;&|]+))/gm;

const nothing: Omit<ModuleFacts, 'digest'> = { relative: [], bare: [], required: [], python: [], unfollowed: [] };

/** Reads a module's facts. A file with a syntax error counts by its bytes: running it will tell. */
export async function readModule(file: string, bytes: Buffer, language: Language | null = null): Promise<ModuleFacts> {
  const loader = loaders[path.extname(file)];
  if (loader === undefined) return readOther(file, bytes, language);
  // Loaded here because both take tens of ms, and a run in which no code changed needs neither.
  const [{ transform }, lexer] = await Promise.all([import('esbuild'), import('es-module-lexer')]);
  await lexer.init();
  try {
    const { code } = await transform(bytes.toString(), {
      loader,
      minifyWhitespace: true,
      legalComments: 'none',
      // The project's own settings (decorators, JSX) would make the digest depend on a file outside the closure.
      tsconfigRaw: {},
      logLevel: 'silent',
    });
    return { ...nothing, digest: hashBytes(code), ...namesIn(code, lexer.parse(code)[0]) };
  } catch {
    return { ...nothing, digest: hashBytes(bytes) };
  }
}

/** A program in another language counts by its bytes. */
function readOther(file: string, bytes: Buffer, language: Language | null): ModuleFacts {
  const digest = hashBytes(bytes);
  // Data and compiled programs are not text.
  if (bytes.includes(0)) return { ...nothing, digest };
  const shebang = /^#![^\n]*/.exec(bytes.subarray(0, 200).toString('latin1'))?.[0] ?? '';
  if (language === 'python' || /\.pyw?$/.test(file) || /\bpython[\d.]*\b/.test(shebang)) {
    return { ...nothing, digest, python: pythonImports(bytes.toString()) };
  }
  // Shell scripts are read as the commands that they are.
  if (!/\.(?:[rR]|jl|rb|fish|csh)$/.test(file) && !/\b(?:Rscript|julia|ruby|fish|t?csh)\b/.test(shebang)) {
    return { ...nothing, digest };
  }
  const included = [...bytes.toString().matchAll(otherIncludes)].flatMap(([, call, word]) => call ?? word ?? []);
  return { ...nothing, digest, unfollowed: [...new Set(included)].sort() };
}

function namesIn(
  code: string,
  imports: readonly { readonly type: string; readonly specifier: string | null | undefined }[],
): Pick<ModuleFacts, 'relative' | 'bare' | 'required'> {
  const relative = new Set<string>();
  const bare = new Set<string>();
  for (const { specifier } of imports) {
    if (specifier === null || specifier === undefined || specifier.includes('*') || isBuiltin(specifier)) continue;
    if (specifier.startsWith('.')) relative.add(specifier);
    else bare.add(specifier);
  }
  for (const [, reference] of code.matchAll(literalReferences)) {
    if (reference !== undefined && !reference.endsWith('/')) relative.add(reference);
  }
  const required = new Set<string>();
  for (const [, specifier] of code.matchAll(bareRequires)) {
    if (specifier !== undefined && !isBuiltin(specifier) && !bare.has(specifier)) required.add(specifier);
  }
  return { relative: [...relative].sort(), bare: [...bare].sort(), required: [...required].sort() };
}

/** `@scope/name/inner` is of package `@scope/name`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
