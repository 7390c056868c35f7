import { lstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type ignore from 'ignore';
import { ArtifactError } from './artifact-error.ts';
import { ignoreDefaults, isIgnoredByDefault } from './ignore-defaults.ts';
import { shownPath, whyUnreadable } from './read-error.ts';
import { readRegularFile } from './regular-file.ts';

/** Says, in .gitignore's syntax, what in its folder and below does not count as content. */
export const ignoreFile = '.pipelineignore';

/** Which entries below one directory do not count. Paths are relative to that directory, with forward slashes. */
export interface DirectoryRules {
  /** Whether an entry is left out, given that none of the folders on the way to it is. */
  readonly ignores: (inside: string, name: string, isDirectory: boolean) => boolean;
  /** The rules with those of a folder's own `.pipelineignore`; `folder` is empty for the directory itself. */
  readonly withFileOf: (folder: string) => DirectoryRules;
}

/**
 * What counts as content in a project: everything but `ignoreDefaults` and what `.pipelineignore` files name, in the
 * root and in folders below, as git reads .gitignore: the last pattern that matches decides, `!` takes back, and nothing
 * comes back of a folder that is left out. Files are read whenever they are asked for, so an edit counts at once.
 */
export class IgnoreRules {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The rules below a directory that was named as such: if it is itself left out, naming it means all of it.
   *
   * @param directory a project path; one outside the project knows no rules but the defaults and its own
   */
  at(directory: string): DirectoryRules {
    const outside = directory === '..' || directory.startsWith('../') || path.isAbsolute(directory);
    const base = outside ? path.resolve(this.#root, directory) : this.#root;
    const names = outside || directory === '.' ? [] : directory.split('/');
    let rules: DirectoryRules = byDefault(base);
    for (const [depth, name] of names.entries()) {
      const folder = names.slice(0, depth).join('/');
      if (isThere(path.join(base, folder, ignoreFile))) rules = rules.withFileOf(folder);
      if (rules.ignores(folder === '' ? name : `${folder}/${name}`, name, true)) return everythingCounts;
    }
    return names.length === 0 ? rules : below(rules, directory);
  }
}

/** The path below the directory, or the outermost folder on the way to it, that is left out; null when it counts. */
export function leftOutAt(rules: DirectoryRules, inside: string, isDirectory: boolean): string | null {
  for (let slash = inside.indexOf('/'); slash !== -1; slash = inside.indexOf('/', slash + 1)) {
    const folder = inside.slice(0, slash);
    if (rules.ignores(folder, path.posix.basename(folder), true)) return folder;
  }
  return rules.ignores(inside, path.posix.basename(inside), isDirectory) ? inside : null;
}

/** Where nothing is left out. */
export const everythingCounts: DirectoryRules = { ignores: () => false, withFileOf: () => everythingCounts };

/** The rules of a directory around `directory`, asked with paths inside that one. */
function below(rules: DirectoryRules, directory: string): DirectoryRules {
  return {
    ignores: (inside, name, isDirectory) => rules.ignores(`${directory}/${inside}`, name, isDirectory),
    withFileOf: (folder) => below(rules.withFileOf(folder === '' ? directory : `${directory}/${folder}`), directory),
  };
}

/** Most projects have no `.pipelineignore`: then a name decides, and no package is loaded. */
function byDefault(base: string): DirectoryRules {
  return {
    ignores: (_inside, name, isDirectory) => isIgnoredByDefault(name, isDirectory),
    withFileOf: (folder) => byPatterns(base, readPatterns(base, folder)),
  };
}

function byPatterns(base: string, patterns: readonly string[]): DirectoryRules {
  const matcher = matcherOf(patterns);
  return {
    ignores: (inside, _name, isDirectory) => matcher.ignores(isDirectory ? `${inside}/` : inside),
    withFileOf: (folder) => byPatterns(base, [...patterns, ...readPatterns(base, folder)]),
  };
}

/** Matchers by their patterns: the same few files are asked for again and again. */
const matchers = new Map<string, ignore.Ignore>();

function matcherOf(patterns: readonly string[]): ignore.Ignore {
  const key = patterns.join('\n');
  const known = matchers.get(key);
  if (known !== undefined) return known;
  // The runner's own folder comes last, so that nothing takes it back: it changes with every run.
  const matcher = newMatcher().add([...ignoreDefaults, ...patterns, '/.pipeline/']);
  matchers.set(key, matcher);
  return matcher;
}

function newMatcher(): ignore.Ignore {
  // Loaded with the first file, not before: most projects have none.
  const create = createRequire(import.meta.url)('ignore') as typeof ignore;
  return create({ ignorecase: false });
}

/** The patterns of a folder's file, as they are written in the file of the directory at the top. */
function readPatterns(base: string, folder: string): string[] {
  const file = path.join(base, folder, ignoreFile);
  return textOf(file, base)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      if (line.trim() === '' || line.startsWith('#')) return [];
      requirePattern(line, `${shownPath(base, file)}:${index + 1}`);
      return [moved(line, folder)];
    });
}

function textOf(file: string, base: string): string {
  try {
    return readRegularFile(file).toString('utf8');
  } catch (error) {
    const why = whyUnreadable(error);
    if (why === null) throw error;
    throw new ArtifactError(`${shownPath(base, file)} says what does not count, but ${why}`);
  }
}

/** Each `**` may stand for any number of folders: of many in one pattern there are too many ways to match a path. */
const mostGlobstars = 3;

function requirePattern(line: string, where: string): void {
  if (line.split('**').length - 1 > mostGlobstars) {
    throw new ArtifactError(`${where}: ${JSON.stringify(line)} has more than ${mostGlobstars} times "**"`);
  }
  try {
    newMatcher().add(line).ignores('name');
  } catch {
    throw new ArtifactError(`${where}: ${JSON.stringify(line)} is not a pattern as of .gitignore`);
  }
}

/** A pattern that is written in a folder's file, for the directory at the top: with a slash it means a path there. */
function moved(line: string, folder: string): string {
  if (folder === '') return line;
  const negated = line.startsWith('!');
  const pattern = negated ? line.slice(1) : line;
  const anchored = /\/(?=.*[^\s])/.test(pattern.trimEnd());
  const place = folder.replace(/[\\*?[\]!# ]/g, '\\$&');
  const rest = pattern.replace(/^\//, '');
  return `${negated ? '!' : ''}/${place}/${anchored ? '' : '**/'}${rest}`;
}

/** Asked first, because most folders hold none and an exception costs more than the question. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A folder that may not be entered is told when it is read.
    return false;
  }
}
