import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** As many links in a row as Linux follows. */
const mostLinks = 40;

/**
 * Where a path (absolute) really lies: every link on the way followed, also where the last part of the way does not
 * exist yet, and also where a link leads to nothing. Null when links go round, or when the way cannot be looked at.
 */
export function realPlace(file: string): string | null {
  return follow(path.resolve(file), 0);
}

function follow(file: string, links: number): string | null {
  try {
    return realpathSync.native(file);
  } catch (error) {
    if (!isMissing(error) || links > mostLinks) return null;
  }
  const above = path.dirname(file);
  const folder = above === file ? above : follow(above, links);
  if (folder === null) return null;
  const place = path.join(folder, path.basename(file));
  const target = linkTarget(place);
  if (target === undefined) return null;
  return target === null ? place : follow(path.resolve(folder, target), links + 1);
}

/** What a link says; null when there is no link there, undefined when one cannot look. */
function linkTarget(place: string): string | null | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(place) : null;
  } catch (error) {
    return isMissing(error) ? null : undefined;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * The way from a folder to what lies in it, with forward slashes; empty for the folder itself. Null when the path really
 * lies outside, whatever its text says, or when that cannot be found out. This is the one place that decides what is
 * inside: of a project, of a run's directory, of a folder that an archive is unpacked into.
 *
 * @param file absolute, or relative to the folder; need not exist
 */
export function insideOf(folder: string, file: string): string | null {
  if (file.includes('\0')) return null;
  const [around, place] = [realPlace(folder), realPlace(path.resolve(folder, file))];
  return around === null || place === null ? null : between(around, place);
}

/** The way between two real places, without asking the disk; null when the second is not in the first. */
export function between(folder: string, place: string): string | null {
  const way = path.relative(folder, place);
  if (way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way)) return null;
  return path.sep === '/' ? way : way.split(path.sep).join('/');
}
