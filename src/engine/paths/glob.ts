import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import { IgnoreRules, ignoreFile, type DirectoryRules } from '../files/ignore-rules.ts';
import { asReadError, notUtf8, shownPath } from '../files/read-error.ts';
import { hasWildcard, MAX_ALTERNATIVES, segmentMatcher } from './wildcards.ts';

/**
 * A pattern for paths: `*`, `?`, `[abc]` and `{a,b}` within a segment, `**` for any number of directories. Wildcards do
 * not match names that begin with a dot, and never enter `node_modules`, unless the pattern says so.
 */
export interface Glob {
  /** As the user wrote it, with templates resolved. */
  readonly text: string;
  /** The directory above the first wildcard, as a project path. */
  readonly base: string;
  /** The same with location variables left in place. */
  readonly canonicalBase: string;
  /** The rest, at least one segment. */
  readonly segments: readonly string[];
}

/** Text for a pattern that matches exactly itself. */
export function escapeWildcards(text: string): string {
  return text.replace(/[\\*?[\]{}!()|+@]/g, '\\$&');
}

/** A pattern without wildcards as the path that it means. */
export function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** Divides a pattern into the directory where it begins and the segments to match below. */
export function splitPattern(text: string): { readonly base: string; readonly segments: readonly string[] } {
  const parts = text.split('/').filter((part, index) => part !== '.' && (part !== '' || index === 0));
  const wild = parts.findIndex(hasWildcard);
  const from = wild === -1 ? parts.length - 1 : wild;
  const base = parts.slice(0, from).map(unescape).join('/');
  return { base: base === '' ? (text.startsWith('/') ? '/' : '.') : base, segments: parts.slice(from) };
}

/** How far a walk down the directories has come: positions in the segments that may be matched next. */
export type GlobState = readonly number[];

/** Matches paths segment by segment, so that a walk can leave out what no continuation can match. */
export class GlobWalk {
  readonly start: GlobState;
  readonly #segments: readonly string[];
  readonly #entersPackages: boolean;

  constructor(segments: readonly string[]) {
    this.#segments = segments;
    this.#entersPackages = segments.includes('node_modules');
    this.start = this.#closure([0]);
  }

  /** The state after one more name; empty when nothing below can match. */
  step(state: GlobState, name: string): GlobState {
    if (name === 'node_modules' && !this.#entersPackages) return [];
    const next: number[] = [];
    for (const at of state) {
      const segment = this.#segments[at];
      if (segment === undefined) continue;
      if (segment === '**') {
        if (!name.startsWith('.')) next.push(at);
      } else if (matcher(segment)(name)) next.push(at + 1);
    }
    return this.#closure(next);
  }

  /** Whether the names so far are a match by themselves. */
  accepts(state: GlobState): boolean {
    return state.includes(this.#segments.length);
  }

  /** Whether more names could follow. */
  goesOn(state: GlobState): boolean {
    return state.some((at) => at < this.#segments.length);
  }

  /** `**` may stand for no directory at all, except at the end, where it needs a name. */
  #closure(state: readonly number[]): GlobState {
    const all = new Set<number>();
    for (let at of state) {
      all.add(at);
      while (this.#segments[at] === '**' && at + 1 < this.#segments.length) all.add(++at);
    }
    // A final `**` that has taken a name is a match, and may take more.
    return [...all];
  }
}

const matchers = new Map<string, (name: string) => boolean>();

function matcher(segment: string): (name: string) => boolean {
  const known = matchers.get(segment);
  if (known !== undefined) return known;
  const match = segmentMatcher(segment) ?? ((): boolean => false);
  matchers.set(segment, match);
  return match;
}

/** Longest pattern or path: no file system has longer ones. */
export const MAX_PATH = 4_096;

/** Why a pattern cannot be used, and what to write instead; null for one that can. */
export function patternFault(text: string): { readonly message: string; readonly hint?: string } | null {
  if (text === '') return { message: 'a pattern must not be empty' };
  if (hasSlashInBraces(text)) {
    return { message: `"${text}" has a slash inside braces`, hint: 'write two patterns instead' };
  }
  if (text.split('/').some((segment) => segmentMatcher(segment) === null)) {
    const message = `the braces of "${text}" stand for more than ${MAX_ALTERNATIVES} names`;
    return { message, hint: 'put * in their place, or write several patterns' };
  }
  return null;
}

function hasSlashInBraces(text: string): boolean {
  const open: boolean[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '{') open.push(false);
    else if (character === '/') open.fill(true);
    else if (character === '}' && open.pop() === true) return true;
  }
  return false;
}

/** Whether a path, or a directory that it lies in, matches. */
export function covers(glob: Pick<Glob, 'base' | 'segments'>, path: string): boolean {
  const inside = below(path, glob.base);
  if (inside === null) return false;
  const walk = new GlobWalk(withAnyEnd(glob.segments));
  let state = walk.start;
  for (const name of inside.split('/')) {
    state = walk.step(state, name);
    if (walk.accepts(state)) return true;
  }
  return false;
}

/** `**` at the end of a pattern is any name and whatever is below it. */
function withAnyEnd(segments: readonly string[]): readonly string[] {
  return segments.at(-1) === '**' ? [...segments, '*'] : segments;
}

/** The path relative to a directory around it, or null. */
export function below(path: string, directory: string): string | null {
  if (directory === '.') return path === '.' ? null : path;
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** The walk of a pattern. */
export function walkOf(glob: Pick<Glob, 'segments'>): GlobWalk {
  return new GlobWalk(withAnyEnd(glob.segments));
}

/**
 * Files on disk that match and count, relative to the pattern's base, sorted.
 *
 * @throws ArtifactError for a folder that matches so far and cannot be read, and for a name that is not UTF-8
 */
export function filesMatching(
  root: string,
  glob: Pick<Glob, 'base' | 'segments'>,
  rules: DirectoryRules = new IgnoreRules(root).at(glob.base),
): readonly string[] {
  const walk = walkOf(glob);
  const base = resolve(root, glob.base);
  const found: string[] = [];
  const visit = (inside: string, state: GlobState, outerRules: DirectoryRules): void => {
    const place = join(base, inside);
    const entries = entriesOf(place, root);
    const inner = entries.some(({ name }) => name === ignoreFile) ? outerRules.withFileOf(inside) : outerRules;
    for (const entry of entries) {
      const next = walk.step(state, entry.name);
      if (next.length === 0) continue;
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (inner.ignores(path, entry.name, entry.isDirectory())) continue;
      const kind = kindOfEntry(entry, place, root);
      const matches = kind === 'file' && walk.accepts(next);
      const mayHold = kind === 'directory' && walk.goesOn(next);
      if (matches || mayHold) requireUtf8(entry.name, join(place, entry.name), root);
      if (matches) found.push(path);
      else if (mayHold) visit(path, next, inner);
    }
  };
  visit('', walk.start, rules);
  return found.sort();
}

function entriesOf(directory: string, root: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    // Not there, or not a directory: no match, which is told as such. What cannot be read might match.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw asReadError(root, directory, error);
  }
}

function requireUtf8(name: string, file: string, root: string): void {
  if (!name.includes('\ufffd') || lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
  throw notUtf8(shownPath(root, file));
}

function kindOfEntry(entry: Dirent, directory: string, root: string): 'file' | 'directory' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (!entry.isSymbolicLink()) return 'other';
  const link = join(directory, entry.name);
  try {
    const target = statSync(link, { throwIfNoEntry: false });
    if (target?.isFile() === true) return 'file';
    // A link to a directory around it would never end.
    const ends = target?.isDirectory() === true && !`${realpathSync(directory)}/`.startsWith(`${realpathSync(link)}/`);
    return ends ? 'directory' : 'other';
  } catch (error) {
    throw asReadError(root, link, error);
  }
}
