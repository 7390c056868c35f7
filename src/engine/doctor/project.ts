import { constants, copyFileSync, existsSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { holderName, type SeenHolder, wayOut } from '../../base/locks/holder.ts';
import { ProcessLockError } from '../../base/locks/holder-file.ts';
import { runningProcesses } from '../../base/locks/holders.ts';
import { GitError, GitReader } from '../comparing/git.ts';
import { uniqueName } from '../../base/atomic-file.ts';
import { ownFolder, stateFolder } from '../../base/state-place.ts';
import { makeStateFolder, trackedState, untrackState } from '../store/state-folder.ts';
import { type Check, note, ok, problem } from './check.ts';

/** A clock may be off by this much (ms); file systems may round times to two seconds. */
const tolerated = 3000;

/** Can the cache be written, and how do its files come into the workspace? Tried with real files. */
export function cacheChecks(root: string, cache: string): Check[] {
  const folder = ownFolder(path.join(cache, 'tmp'));
  const shown = path.relative(root, cache).startsWith('..') ? cache : path.relative(root, cache);
  const inCache = path.join(folder, uniqueName('doctor'));
  const inWorkspace = path.join(root, uniqueName('.pipeline-doctor'));
  makeStateFolder(root);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(inCache, 'probe');
    const written = Date.now();
    return [
      ok('cache', `${shown} can be written`),
      linksFound(worksFor(inCache, inWorkspace)),
      clockCheck(written, statSync(inCache).mtimeMs),
    ];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      problem(
        'cache',
        `${shown} cannot be written: ${detail.split(',', 1)[0] ?? ''}`,
        'give this user the right to write there, or make room',
      ),
    ];
  } finally {
    for (const file of [inCache, inWorkspace]) if (existsSync(file)) rmSync(file);
  }
}

export interface LinkKinds {
  readonly reflink: boolean;
  readonly hardlink: boolean;
}

function worksFor(source: string, target: string): LinkKinds {
  const works = (attempt: () => void): boolean => {
    try {
      attempt();
      return true;
    } catch {
      return false;
    } finally {
      rmSync(target, { force: true });
    }
  };
  return {
    reflink: works(() => copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE)),
    hardlink: works(() => linkSync(source, target)),
  };
}

export function linksFound({ reflink, hardlink }: LinkKinds): Check {
  const words = `reflink ${reflink ? 'works' : 'does not work'}, hardlink ${hardlink ? 'works' : 'does not work'}, copy works`;
  if (reflink) return ok('links', `${words}: restored files share their blocks with the cache`);
  return note(
    'links',
    `${words}: an output takes its space twice, in the workspace and in the cache`,
    hardlink
      ? 'to save it, at the price of read-only outputs: cache.links: [hardlink, copy] in .pipeline/config.yaml'
      : null,
  );
}

/**
 * Unchanged files are told by their times, so the clock of the file system must be the machine's own.
 *
 * @param now ms since 1970, the machine's
 * @param modified ms since 1970, of a file written at that moment
 */
export function clockCheck(now: number, modified: number): Check {
  const off = Math.abs(now - modified);
  if (off <= tolerated) return ok('clock', 'the file system and this machine agree');
  return problem(
    'clock',
    `the file system's clock differs from this machine's by ${Math.round(off / 1000)} s`,
    'set both by a time server: "timedatectl set-ntp true" on Linux',
  );
}

/** Git, the repository, and whether it leaves the pipeline's own files alone. */
export function gitCheck(root: string): Check {
  const name = 'git';
  try {
    const git = GitReader.open(root);
    const tracked = git.tracked(stateFolder);
    if (tracked.length > 0) return problem(name, trackedState(tracked), `run "${untrackState}"`);
    // The folder's own .gitignore speaks of what is in it, not of the folder.
    const inside = `${stateFolder}/config.yaml`;
    if (!existsSync(path.join(root, stateFolder)) || git.ignored([inside]).has(inside)) {
      return ok(name, `repository found; ${stateFolder} stays out of it`);
    }
    return note(name, `git would commit ${stateFolder}`, `add to .gitignore: ${stateFolder}`);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return note(
      name,
      error.message.split('. ', 1)[0] ?? error.message,
      '"pipeline diff REV" and "gc" need git: install it, "git init", commit',
    );
  }
}

/** Who runs here. What a dead runner left needs nobody: the next run takes its locks over. */
export function lockCheck(root: string): Check {
  let holders: SeenHolder[];
  try {
    holders = runningProcesses(root);
  } catch (error) {
    if (!(error instanceof ProcessLockError)) throw error;
    return problem('locks', error.message, 'until then no stage can run here');
  }
  if (holders.length === 0) return ok('locks', 'nobody else is running here');
  const named = holders.map((holder) => `${holderName(holder)}, running here since ${holder.since}`);
  const advice = holders.map(wayOut).find((text) => text !== '');
  return note(
    'locks',
    `stages are locked by ${named.join('; ')}`,
    advice ?? 'other stages go on; to have these, wait or stop it with Ctrl-C where it runs',
  );
}
