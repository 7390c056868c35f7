import { posix, sep } from 'node:path';

/** A path with forward slashes, whatever the platform's separator is. */
export function toSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}

/** True for `..`, `../x` and absolute paths: what lies outside the project's root. */
export function isOutside(path: string): boolean {
  return path === '..' || path.startsWith('../') || posix.isAbsolute(path);
}

/** Empty, `.` or `..` segments, a leading or trailing slash. Most paths have none, and there may be many of them. */
const UNTIDY = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * A path as a stage gives it (relative to its working directory) as a path relative to the project's root, normalised,
 * without a trailing slash. An absolute path below the root becomes relative; others stay absolute or begin with `..`.
 */
export function toProjectPath(root: string, workingDirectory: string, path: string): string {
  if (workingDirectory === '.' && !UNTIDY.test(path)) return path;
  const joined = posix.isAbsolute(path) ? path : posix.join(workingDirectory, path);
  if (!posix.isAbsolute(joined)) return withoutTrailingSlash(posix.normalize(joined));
  const normal = withoutTrailingSlash(posix.normalize(joined));
  const base = withoutTrailingSlash(toSlashes(root));
  if (normal === base) return '.';
  return normal.startsWith(`${base}/`) ? normal.slice(base.length + 1) : normal;
}

/**
 * The same for a path that still carries `${run}`: `.` and empty segments go, and `..` takes a segment away only where
 * that segment is literal, because a variable may stand for several.
 */
export function toCanonicalPath(workingDirectory: string, path: string): string {
  if (workingDirectory === '.' && !UNTIDY.test(path)) return path;
  const kept: string[] = [];
  const joined = posix.isAbsolute(path) ? path : `${workingDirectory}/${path}`;
  for (const segment of joined.split('/')) {
    const last = kept.at(-1);
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && last !== undefined && last !== '..' && !last.includes('${')) kept.pop();
    else kept.push(segment);
  }
  const text = kept.join('/');
  return posix.isAbsolute(joined) ? `/${text}` : text === '' ? '.' : text;
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
