import { homedir } from 'node:os';
import { posix, sep } from 'node:path';
import { insideOf } from '../../base/real-place.ts';

/** A path with forward slashes, whatever the platform's separator is. */
export function toSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}

/** True for `..`, `../x` and absolute paths: what lies outside the project's root. */
export function isOutside(path: string): boolean {
  return path === '..' || path.startsWith('../') || posix.isAbsolute(path);
}

/** `~` and `~/x`, which no shell has seen when they come out of a file, as the user's home; other paths as they are. */
export function expandHome(path: string): string {
  return isOfHome(path) ? `${withoutTrailingSlash(toSlashes(homedir()))}${path.slice(1)}` : path;
}

function isOfHome(path: string): boolean {
  return path === '~' || path.startsWith('~/');
}

/** Empty, `.` or `..` segments, a leading or trailing slash. Most paths have none, and there may be many of them. */
const UNTIDY = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * A path as a stage gives it (relative to its working directory, absolute, or below `~`) as a path relative to the
 * project's root, normalised, without a trailing slash. An absolute path that lies in the project, be it through a link
 * to the project, becomes relative; others stay absolute or begin with `..`.
 */
export function toProjectPath(root: string, workingDirectory: string, path: string): string {
  if (workingDirectory === '.' && !UNTIDY.test(path) && !isOfHome(path)) return path;
  const given = expandHome(path);
  if (!posix.isAbsolute(given)) return withoutTrailingSlash(posix.normalize(posix.join(workingDirectory, given)));
  const normal = withoutTrailingSlash(posix.normalize(given));
  const base = withoutTrailingSlash(toSlashes(root));
  if (normal === base) return '.';
  if (normal.startsWith(`${base}/`)) return normal.slice(base.length + 1);
  const inside = insideOf(root, normal);
  return inside === null ? normal : inside === '' ? '.' : inside;
}

/**
 * The same for a path that still carries `${run}`: `.` and empty segments go, and `..` takes a segment away only where
 * that segment is literal, because a variable may stand for several.
 */
export function toCanonicalPath(workingDirectory: string, path: string): string {
  if (workingDirectory === '.' && !UNTIDY.test(path)) return path;
  const kept: string[] = [];
  const joined = posix.isAbsolute(path) || isOfHome(path) ? path : `${workingDirectory}/${path}`;
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
