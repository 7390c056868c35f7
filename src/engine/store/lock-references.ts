import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

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
  const texts = [...locksBelow(root).map((file) => readFileSync(file, 'utf8')), ...locksInGit(root)];
  return { digests: new Set(texts.flatMap((text) => text.match(digestsInText) ?? [])), lockFiles: texts.length };
}

function locksBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return ['.git', 'node_modules'].includes(entry.name) ? [] : locksBelow(file);
    return isLock(entry.name) ? [file] : [];
  });
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
