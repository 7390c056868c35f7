import { execFile } from 'node:child_process';
import { publicRemote } from '../../base/remote-address.ts';
import type { Pipeline, StageInstance } from '../stages/types.ts';
import type { Digest } from '../store/contents/digest.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { journalPath } from './paths.ts';
import { statePlace } from '../../base/state-place.ts';

/** The state of the working copy when a run began. */
export interface GitFacts {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly dirty: boolean;
  /** Without anything that could be a secret; null where nothing can be told apart from one. */
  readonly remote: string | null;
}

/** The trial of a sweep that a run of the pipeline carries out. */
export interface SweepTrial {
  readonly id: string;
  readonly trial: string;
}

/** What all instances of one run of the pipeline share. */
export interface InvocationFacts {
  readonly pipeline: Pipeline;
  readonly lockFile: string;
  readonly sweep: SweepTrial | null;
  /** Asked once; instances wait for it only if they start sooner than git answers. */
  readonly git: Promise<GitFacts | null>;
}

/**
 * Writes what a stage does not know of itself, but what a person asks of its run later, beside its journal
 * (`<name>.run.json`): all params, not only the declared ones, the commit, the fingerprint, the sweep.
 */
export async function writeRunFacts(
  instance: StageInstance,
  fingerprint: Digest,
  { root, invocation, facts }: { readonly root: string; readonly invocation: string; readonly facts: InvocationFacts },
): Promise<void> {
  const file = statePlace(root, journalPath(invocation, instance.name).replace(/\.jsonl$/, '.run.json'));
  const { pipeline, lockFile, sweep, git } = facts;
  const known = { stage: instance.stage, fingerprint, params: pipeline.params, lockFile, sweep, git: await git };
  writeFileAtomic(file, JSON.stringify(known));
}

/** Null where the project is not in a git repository, or there is no git. */
export async function gitFacts(root: string): Promise<GitFacts | null> {
  const [status, remote] = await Promise.all([
    askGit(root, ['status', '--porcelain=v2', '--branch', '--untracked-files=no']),
    askGit(root, ['config', '--get', 'remote.origin.url']),
  ]);
  const commit = /^# branch\.oid ([0-9a-f]{40,})$/m.exec(status ?? '')?.[1];
  if (status === null || commit === undefined) return null;
  return { commit, dirty: /^[^#\n]/m.test(status), remote: remote === null ? null : publicRemote(remote) };
}

/** What git prints, or null where it fails or takes longer than ten seconds. Git takes no locks for it. */
export function askGit(root: string, words: readonly string[]): Promise<string | null> {
  const options = { cwd: root, timeout: 10_000, env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' }, maxBuffer: 2 ** 24 };
  return new Promise((resolve) => {
    execFile('git', words, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}
