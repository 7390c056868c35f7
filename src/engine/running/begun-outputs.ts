import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import { insideOf } from '../../base/real-place.ts';
import type { Output, StageInstance } from '../stages/types.ts';
import { CodeReader } from '../planning/code/code-closure.ts';
import { closuresOf } from '../planning/code/stage-code.ts';
import { type LockBlock, own } from '../planning/lock-format.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import { ArtifactError } from '../store/contents/directory-listing.ts';
import { readText } from '../store/read-text.ts';
import type { Workspace } from '../store/workspace.ts';
import { fileNameOf, begunFile, replacedFolder } from './paths.ts';
import { statePlace } from '../../base/state-place.ts';

/** What an instance is about to replace its outputs with, and what is known of those that are there. */
export interface Replacement {
  readonly instance: StageInstance;
  /** What the lock says of the instance's last run. */
  readonly block: LockBlock | undefined;
  readonly lockFile: string;
  readonly invocation: string;
  readonly workspace: Workspace;
}

/**
 * Makes way for an instance's outputs before anything is removed. What the pipeline made itself may go. What was there
 * before it ever made the output is somebody's: files that git tracks are refused (ArtifactError), anything else is moved
 * to a folder for replaced things. So is what a person has made of an output since it was recorded. Returns what was moved,
 * and where to, a sentence each.
 *
 * From then on the outputs count as the instance's own, also after a kill, until `forgetBegun`.
 */
export async function beginOutputs(replacement: Replacement): Promise<string[]> {
  const { instance, lockFile, workspace } = replacement;
  refuseCache(replacement);
  const begun = begunFile(lockFile, instance.name);
  const unfinished = new Set(readBegun(workspace.root, begun));
  const recorded = replacement.block?.outs ?? {};
  const present = instance.outs.filter((out) => {
    return !out.persist && !unfinished.has(out.path) && isThere(workspace.root, out);
  });
  const strange = present.filter((out) => own(recorded, out.path) === undefined);
  if (strange.length > 0) await refuseCode(replacement, strange);
  refuseTracked(strange, workspace.root);
  const edited: Output[] = [];
  for (const out of present) {
    const artifact = own(recorded, out.path);
    if (artifact !== undefined && (await isNowhereElse(out, artifact, workspace))) edited.push(out);
  }
  const told = [
    ...asideOf(strange, `${instance.name} had not made what was there before it`, replacement),
    ...asideOf(edited, `${instance.name} replaces what was changed since it was recorded`, replacement),
  ];
  writeFileAtomic(statePlace(workspace.root, begun), JSON.stringify(instance.outs.map((out) => out.path)));
  return told;
}

/** Whether an output is no longer what was recorded, and the cache does not have what it is now: somebody's own work. */
async function isNowhereElse({ path: output }: Output, recorded: Artifact, workspace: Workspace): Promise<boolean> {
  if (await workspace.holds(output, recorded)) return false;
  const now = await workspace.digestWhole(output);
  return now !== null && !workspace.objects.hasAll(now);
}

function asideOf(outs: readonly Output[], why: string, replacement: Replacement): string[] {
  const moved = outs.map((out) => setAside(out, replacement));
  return moved.length === 0 ? [] : [`${why}; kept aside: ${moved.join(', ')}`];
}

/** The outputs are recorded, or gone: what lies there later is nobody's work under way. */
export function forgetBegun(root: string, lockFile: string, instance: string): void {
  rmSync(statePlace(root, begunFile(lockFile, instance)), { force: true });
}

function readBegun(root: string, file: string): string[] {
  try {
    const paths: unknown = JSON.parse(readText(statePlace(root, file)) ?? '[]');
    return Array.isArray(paths) ? paths.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

function isThere(root: string, { path: output }: Output): boolean {
  return lstatSync(path.join(root, output), { throwIfNoEntry: false }) !== undefined;
}

/** Code that the command names and pipeline.yaml does not; as an output it would not count as code any more. */
async function refuseCode({ instance, workspace }: Replacement, outs: readonly Output[]): Promise<void> {
  const closures = await closuresOf(instance, new CodeReader(workspace.root));
  const files = new Set([...closures.values()].flatMap(({ parts }) => [...parts.keys()]));
  for (const { path: output } of outs) {
    const needed = files.has(output) ? output : [...files].find((file) => file.startsWith(`${output}/`));
    if (needed === undefined) continue;
    throw new ArtifactError(
      `output ${output} holds ${needed}, the code of the stage itself; nothing was touched. ` +
        'An output is removed before its stage runs: give it a folder of its own.',
    );
  }
}

/** Where this machine keeps its cache is known only now. */
function refuseCache({ instance, workspace }: Replacement): void {
  const cache = workspace.objects.directory;
  for (const { path: output } of instance.outs) {
    const place = path.join(workspace.root, output);
    if (insideOf(place, cache) === null && insideOf(cache, place) === null) continue;
    throw new ArtifactError(`output ${output} and the cache (${cache}) lie in one another; nothing was touched.`);
  }
}

/** As in DVC. Metrics, plots and what the cache does not keep are meant for git. */
function refuseTracked(outs: readonly Output[], root: string): void {
  for (const { path: output } of outs.filter(({ kind, cache }) => kind === 'out' && cache)) {
    const [tracked] = trackedFiles(root, output);
    if (tracked === undefined) continue;
    throw new ArtifactError(
      `output ${output} is there already${tracked === output ? '' : ` with ${tracked}`}, which git tracks; nothing was ` +
        'touched. An output is removed before its stage runs: give it another place, or, if the stage may replace it, ' +
        `git rm -r --cached ${output} (or cache: false, if git is to keep it).`,
    );
  }
}

function trackedFiles(root: string, output: string): string[] {
  try {
    const args = ['--literal-pathspecs', 'ls-files', '-z', '--', output];
    const text = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.split('\0').filter((file) => file !== '');
  } catch {
    // No repository, or no git: what is there is kept aside all the same.
    return [];
  }
}

function setAside({ path: output }: Output, { instance, invocation, workspace }: Replacement): string {
  const folder = path.posix.join(replacedFolder, invocation, fileNameOf(instance.name));
  statePlace(workspace.root, folder);
  let target = path.posix.join(folder, output);
  for (let copy = 2; existsSync(path.join(workspace.root, target)); copy++) {
    target = path.posix.join(folder, `${copy}`, output);
  }
  workspace.setAside(output, path.join(workspace.root, target));
  return `${output} (now ${target})`;
}
