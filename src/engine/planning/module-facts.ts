import { isBuiltin } from 'node:module';
import path from 'node:path';
import { type Digest, hashBytes } from '../store/digest.ts';

/** What a fingerprint needs to know of one source file. */
export interface ModuleFacts {
  /** Digest of the code without comments, formatting and types; of the bytes where the file is not JavaScript or TypeScript. */
  readonly digest: Digest;
  /** Specifiers that name files: `./losses.ts`, `../data/faces.bin`. */
  readonly relative: readonly string[];
  /** Names of imported packages. */
  readonly packages: readonly string[];
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

/** Reads a module's facts. A file with a syntax error counts by its bytes: running it will tell. */
export async function readModule(file: string, bytes: Buffer): Promise<ModuleFacts> {
  const loader = loaders[path.extname(file)];
  if (loader === undefined) return { digest: hashBytes(bytes), relative: [], packages: [] };
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
    return { digest: hashBytes(code), ...namesIn(code, lexer.parse(code)[0]) };
  } catch {
    return { digest: hashBytes(bytes), relative: [], packages: [] };
  }
}

function namesIn(
  code: string,
  imports: readonly { readonly type: string; readonly specifier: string | null | undefined }[],
): Pick<ModuleFacts, 'relative' | 'packages'> {
  const relative = new Set<string>();
  const packages = new Set<string>();
  for (const { specifier } of imports) {
    if (specifier === null || specifier === undefined || specifier.includes('*') || isBuiltin(specifier)) continue;
    if (specifier.startsWith('.')) relative.add(specifier);
    else packages.add(packageName(specifier));
  }
  for (const [, reference] of code.matchAll(literalReferences)) {
    if (reference !== undefined && !reference.endsWith('/')) relative.add(reference);
  }
  return { relative: [...relative].sort(), packages: [...packages].sort() };
}

/** `@scope/name/inner` is of package `@scope/name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
