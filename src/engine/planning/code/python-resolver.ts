import path from 'node:path';
import type { PythonImport } from './python-imports.ts';

/** What of the project an import statement loads. */
export interface ResolvedImport {
  readonly files: readonly string[];
  /** The name of a relative import that leads nowhere: only a file of the project could have been meant. */
  readonly missing: string | null;
}

/**
 * The files of the project that an import loads, packages around a module included. What is found nowhere comes from
 * Python itself or from an installed package.
 *
 * @param importer relative to the root
 * @param searchPath folders in which absolute imports are looked for, in order, relative to the root
 */
export function resolvePythonImport(
  { level, module, names }: PythonImport,
  importer: string,
  searchPath: readonly string[],
  isFile: (file: string) => boolean,
): ResolvedImport {
  const segments = module === '' ? [] : module.split('.');
  if (level === 0) {
    const [first = ''] = segments;
    // A package or module that one folder has hides folders of its name without `__init__.py`, which lie in several.
    const isThere = (from: string): boolean =>
      isFile(path.posix.join(from, first, '__init__.py')) || isFile(path.posix.join(from, `${first}.py`));
    const owner = searchPath.length === 1 ? undefined : searchPath.find(isThere);
    const places = owner === undefined ? searchPath : [owner];
    return { files: places.flatMap((from) => filesBelow(from, segments, names, isFile)), missing: null };
  }
  const start = path.posix.join(path.posix.dirname(importer), ...Array<string>(level - 1).fill('..'));
  const own = path.posix.join(start, '__init__.py');
  const around = isFile(own) ? [own] : [];
  const files = filesBelow(start, segments, names, isFile);
  const isMissing = files.length === 0 && segments.length > 0;
  return { files: [...around, ...files], missing: isMissing ? `${'.'.repeat(level)}${module}` : null };
}

/** The files of `from a.b import c` below a folder: the packages' `__init__.py`, the module and its submodules. */
function filesBelow(
  from: string,
  segments: readonly string[],
  names: readonly string[],
  isFile: (file: string) => boolean,
): string[] {
  const files: string[] = [];
  let base = from;
  for (const segment of segments) {
    base = path.posix.join(base, segment);
    const [init, module] = [`${base}/__init__.py`, `${base}.py`];
    if (isFile(init)) files.push(init);
    else if (isFile(module)) {
      // What stands behind a module is an attribute of it.
      files.push(module);
      return files;
    }
  }
  return [...files, ...submodules(base, names, isFile)];
}

function submodules(base: string, names: readonly string[], isFile: (file: string) => boolean): string[] {
  return names.flatMap((name) => {
    const inner = path.posix.join(base, name);
    return [`${inner}/__init__.py`, `${inner}.py`].find(isFile) ?? [];
  });
}
