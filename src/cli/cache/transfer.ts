import { existsSync } from 'node:fs';
import { holderName, wayOut } from '../../base/locks/holder.ts';
import { runningProcesses } from '../../base/locks/holders.ts';
import { showBytes } from '../../base/bytes.ts';
import { isKept } from '../../engine/stages/kept-outputs.ts';
import { isSharedBlock } from '../../engine/planning/inputs.ts';
import type { LockBlock } from '../../engine/planning/lock-format.ts';
import { Lockfile } from '../../engine/planning/lockfile.ts';
import type { Artifact } from '../../engine/store/contents/artifact.ts';
import { isUnrestorable } from '../../engine/store/objects/restoring.ts';
import { Remote } from '../../engine/store/remotes/remote.ts';
import type { Transfer } from '../../engine/store/remotes/tally.ts';
import { Workspace } from '../../engine/store/workspace.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRoot } from '../find-root.ts';
import { cacheOptions, openProject, type ProjectOptions, remoteOf } from '../project.ts';
import { visible } from '../../engine/console/visible.ts';
import { statePlace } from '../../base/state-place.ts';

export interface TransferOptions extends ProjectOptions {
  readonly json?: boolean;
  /** Of push: read all that is in the remote, also what was found right before and has not changed since. */
  readonly verify?: boolean;
}

/** `pipeline push`: copies what the profile's lock file says of the pipeline's stages into the remote. */
export async function push(options: TransferOptions): Promise<ExitCode> {
  const { workspace, remote, blocks, outs } = open(options);
  const transfer = await remote.push(outs.values(), workspace.objects, { verify: options.verify ?? false });
  // Runs come last: an entry in the remote says that what it names is there.
  let runs = 0;
  if (transfer.missing.length === 0 && transfer.corrupt.length === 0) {
    for (const { fingerprint } of blocks.filter(isSharedBlock)) {
      if (await remote.pushRun(fingerprint, workspace.runs)) runs++;
    }
  }
  return tell('pushed', { ...summary(transfer), runs, restored: [], different: [] }, options);
}

/** `pipeline pull`: fetches what the lock file refers to, and puts outputs in place that are not there. */
export async function pull(options: TransferOptions): Promise<ExitCode> {
  const { workspace, remote, blocks, outs, inGit } = open(options);
  const [holder] = runningProcesses(workspace.root);
  if (holder !== undefined) {
    const advice = wayOut(holder) || 'pull when it is done';
    throw new UsageError(`${holderName(holder)} has been running stages here since ${holder.since}; ${advice}`);
  }
  const needed = await remote.pull(outs.values(), workspace.objects);
  // Of what git has as well, a remote has what was in the cache of those who pushed.
  const besides = await remote.pull(inGit.values(), workspace.objects);
  const transfer = {
    ...needed,
    copied: needed.copied + besides.copied,
    bytes: needed.bytes + besides.bytes,
    present: needed.present + besides.present,
    corrupt: [...needed.corrupt, ...besides.corrupt],
  };
  for (const [path, artifact] of inGit) {
    if (!workspace.exists(path) && workspace.objects.hasAll(artifact)) outs.set(path, artifact);
  }
  let runs = 0;
  for (const { fingerprint } of blocks.filter(isSharedBlock)) {
    if (workspace.runs.get(fingerprint) !== null || (await remote.pullRun(fingerprint, workspace.runs))) runs++;
  }
  const restored: string[] = [];
  const different: string[] = [];
  const corrupt = new Set(transfer.corrupt);
  for (const [path, artifact] of outs) {
    if (await workspace.holds(path, artifact)) continue;
    if (workspace.exists(path)) different.push(path);
    else if (workspace.objects.hasAll(artifact)) {
      try {
        await workspace.restore(path, artifact);
        restored.push(path);
      } catch (error) {
        if (!isUnrestorable(error)) throw error;
        corrupt.add(artifact.digest);
      }
      // All objects are there, but they are not as large or as many as the lock file says.
    } else if (transfer.missing.length === 0 && corrupt.size === 0) corrupt.add(artifact.digest);
  }
  await workspace.close();
  return tell('pulled', { ...summary(transfer), corrupt: [...corrupt], runs, restored, different }, options);
}

function open(options: TransferOptions): {
  readonly workspace: Workspace;
  readonly remote: Remote;
  readonly blocks: readonly LockBlock[];
  /** What is to be in the remote. */
  readonly outs: Map<string, Artifact>;
  /** What git has as well, and this cache has not. */
  readonly inGit: ReadonlyMap<string, Artifact>;
} {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const { root } = pipeline;
  if (!existsSync(`${root}/${lockFile}`)) {
    throw new UsageError(`${lockFile} does not exist, so there is nothing to transfer. Run the pipeline first.`);
  }
  const lock = Lockfile.open(root, lockFile);
  const workspace = Workspace.open(root, cacheOptions(root));
  const blocks: LockBlock[] = [];
  const outs = new Map<string, Artifact>();
  const inGit = new Map<string, Artifact>();
  // A lock file may come from anybody: where things are put is for pipeline.yaml to say.
  for (const instance of pipeline.instances.values()) {
    const block = lock.get(instance.name);
    if (block === undefined) continue;
    blocks.push(block);
    for (const out of instance.outs) {
      const artifact = Object.hasOwn(block.outs, out.path) ? block.outs[out.path] : undefined;
      if (artifact === undefined) continue;
      // What git has as well need not be in the cache: it may be there as another branch left it.
      if (out.cache || (isKept(out) && workspace.objects.hasAll(artifact))) outs.set(out.path, artifact);
      else if (isKept(out)) inGit.set(out.path, artifact);
    }
  }
  return {
    workspace,
    remote: Remote.open(remoteOf(root), { verified: statePlace(root, '.pipeline/remote-index.json') }),
    blocks,
    outs,
    inGit,
  };
}

interface Summary extends Transfer {
  readonly runs: number;
  readonly restored: readonly string[];
  readonly different: readonly string[];
}

function summary({ copied, bytes, present, mended, missing, corrupt }: Transfer): Transfer {
  return { copied, bytes, present, mended, missing, corrupt };
}

function tell(verb: 'pushed' | 'pulled', result: Summary, { json }: TransferOptions): ExitCode {
  const { copied, bytes, present, mended, missing, corrupt, runs, restored, different } = result;
  const whole = missing.length === 0 && corrupt.length === 0;
  if (json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const lines = [`${verb} ${copied} objects (${showBytes(bytes)}), ${present} were there; ${runs} runs`];
    if (mended.length > 0) lines.push(`damaged in the remote, replaced: ${mended.join(', ')}`);
    if (restored.length > 0) lines.push(`put in place: ${restored.join(', ')}`);
    if (different.length > 0)
      lines.push(`left as they are, though the lock file says otherwise: ${different.join(', ')}`);
    const from = verb === 'pushed' ? 'the cache' : 'the remote';
    if (missing.length > 0) lines.push(`not in ${from}: ${missing.join(', ')}`);
    if (corrupt.length > 0) lines.push(`corrupt in ${from}, not taken: ${corrupt.join(', ')}`);
    if (!whole && verb === 'pulled') lines.push('The stages that make them run with `pipeline run`.');
    if (!whole && verb === 'pushed')
      lines.push('Run `pipeline run --force` for the stages that make them, and push again.');
    process.stdout.write(`${lines.map(visible).join('\n')}\n`);
  }
  return whole ? exitCodes.ok : exitCodes.failed;
}
