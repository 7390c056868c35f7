import { spawnSync } from 'node:child_process';
import { accessSync, constants, type Dirent, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { stateFolder } from '../../../base/state-place.ts';
import { type DirectoryRules, ignoreFile, IgnoreRules } from '../../files/ignore-rules.ts';
import { adviceWhenRefused, isRefused, shortened, whyUnreadable } from '../../files/read-error.ts';
import { readRegularFile } from '../../files/regular-file.ts';

/** The lock files cannot all be read, so nothing may be removed. The message says why. */
export class ReferencesError extends Error {
  override readonly name = 'ReferencesError';
}

const lockName = 'pipeline.lock';
const digestsInText = /(?<![0-9a-f])[0-9a-f]{64}(?:\.dir|\.exe)?/g;

/**
 * Every digest in any lock file of the workspace, of any git branch (remote ones, too), tag or stash, and of git's index.
 * The texts are not parsed: a lock with a merge conflict or of another version protects what it names just as well.
 * Throws ReferencesError when there is a repository and git cannot read it.
 */
export function lockReferences(root: string): { readonly digests: ReadonlySet<string>; readonly lockFiles: number } {
  const rules = new IgnoreRules(root).at('.');
  const texts = [...locksBelow(root, '', rules), ...locksInGit(root)];
  return { digests: new Set(texts.flatMap((text) => text.match(digestsInText) ?? [])), lockFiles: texts.length };
}

/** The texts of all lock files below a folder of the project. */
function locksBelow(root: string, folder: string, outerRules: DirectoryRules): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    return nothingOf(folder, error);
  }
  const rules = entries.some(({ name }) => name === ignoreFile) ? outerRules.withFileOf(folder) : outerRules;
  return entries.flatMap((entry) => {
    const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      // What a run left in the pipeline's own folder is no lock of the project.
      if (['.git', 'node_modules'].includes(entry.name) || inside === stateFolder) return [];
      // A lock protects what it names also where it does not count as an input; what cannot be searched must not count.
      if (rules.ignores(inside, entry.name, true) && !isOpen(path.join(root, inside))) return [];
      return locksBelow(root, inside, rules);
    }
    return isLock(entry.name) ? textOf(root, inside) : [];
  });
}

function textOf(root: string, file: string): string[] {
  try {
    return [readRegularFile(path.join(root, file)).toString('utf8')];
  } catch (error) {
    return nothingOf(file, error);
  }
}

/** What went away meanwhile holds no lock; what cannot be read may name any object. */
function nothingOf(shown: string, error: unknown): [] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  const why = whyUnreadable(error);
  if (why === null) throw error;
  throw new ReferencesError(
    `${shown === '' ? 'the project' : shortened(shown)} ${why}. A lock file there may need what is in the cache, so nothing was ` +
      `removed.${isRefused(error) ? ` ${adviceWhenRefused}` : ''}`,
  );
}

function isOpen(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function locksInGit(root: string): string[] {
  if (!insideRepository(root)) return [];
  const commits = new Set([
    ...lines(git(root, ['for-each-ref', '--format=%(objectname)'])),
    ...lines(git(root, ['reflog', 'show', '--format=%H', '--ignore-missing', 'refs/stash'], true)),
    ...lines(git(root, ['rev-parse', '--verify', '--quiet', 'HEAD'], true)),
  ]);
  const blobs = new Set(indexedLocks(git(root, ['ls-files', '--stage', '-z', '--full-name', ':/'])));
  for (const commit of commits) {
    // A tag may name a blob or a tree; what is no tree holds no lock file.
    for (const blob of treeLocks(git(root, ['ls-tree', '-r', '-z', '--full-tree', commit], true))) blobs.add(blob);
  }
  return blobs.size === 0 ? [] : [git(root, ['cat-file', '--batch'], false, `${[...blobs].join('\n')}\n`)];
}

/** `mode type object<TAB>path`, ended by NUL. */
function treeLocks(listing: string): string[] {
  return listing.split('\0').flatMap((line) => {
    const [facts = '', file = ''] = line.split('\t');
    const [, type, object] = facts.split(' ');
    return type === 'blob' && object !== undefined && isLock(path.posix.basename(file)) ? [object] : [];
  });
}

/** `mode object stage<TAB>path`, ended by NUL. */
function indexedLocks(listing: string): string[] {
  return listing.split('\0').flatMap((line) => {
    const [facts = '', file = ''] = line.split('\t');
    const object = facts.split(' ')[1];
    return object !== undefined && isLock(path.posix.basename(file)) ? [object] : [];
  });
}

function isLock(name: string): boolean {
  return name.endsWith(lockName);
}

function insideRepository(root: string): boolean {
  for (let directory = path.resolve(root); ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, '.git'))) return true;
    if (directory === path.dirname(directory)) return false;
  }
}

/** @param mayFail true: no answer is an empty answer */
function git(root: string, args: readonly string[], mayFail = false, input = ''): string {
  const { error, status, stdout, stderr } = spawnSync('git', [...args], {
    cwd: root,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error === undefined && (status === 0 || mayFail)) return status === 0 ? stdout : '';
  throw new ReferencesError(
    `git cannot say which lock files there are, so nothing was removed: git ${args[0] ?? ''}: ` +
      (error?.message ?? stderr.trim()),
  );
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
