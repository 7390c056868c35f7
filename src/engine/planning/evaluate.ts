import { isKept } from '../stages/kept-outputs.ts';
import type { Dependency, InstanceName, Output, StageInstance } from '../stages/types.ts';
import { type Artifact, isDirectory } from '../store/contents/artifact.ts';
import type { Digest } from '../store/contents/digest.ts';
import type { Workspace } from '../store/workspace.ts';
import type { CodeReader } from './code/code-closure.ts';
import { environmentOf } from './environment.ts';
import { codeReasons, inputReasons, ownReasons } from './input-reasons.ts';
import { fingerprintOf, type Inputs, isShared } from './inputs.ts';
import { type LockBlock, own } from './lock-format.ts';
import type { Lockfile } from './lockfile.ts';
import type { ParamsReach } from './params-reach.ts';
import type { Reason } from './reasons.ts';
import { closuresOf } from './code/stage-code.ts';

/** What to do about an instance whose inputs are known. */
export type Evaluation =
  | {
      readonly action: 'fresh';
      readonly fingerprint: Digest;
      readonly inputs: Inputs;
      readonly outs: ReadonlyMap<string, Artifact>;
      /** False when the outputs are in place but the lock does not say so yet. */
      readonly recorded: boolean;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly action: 'restore';
      readonly fingerprint: Digest;
      readonly inputs: Inputs;
      readonly outs: ReadonlyMap<string, Artifact>;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly action: 'run';
      readonly fingerprint: Digest;
      readonly inputs: Inputs;
      readonly reasons: readonly Reason[];
    }
  | { readonly action: 'blocked'; readonly missing: readonly string[] };

export interface Evaluator {
  /** Which params stages would not see. */
  readonly reach: ParamsReach;
  readonly workspace: Workspace;
  readonly code: CodeReader;
  /** The environment that the pipeline was started in. */
  readonly env: NodeJS.ProcessEnv;
  readonly lock: Lockfile;
  /** Instances that run whatever the lock says. */
  readonly forced: ReadonlySet<InstanceName>;
  /** False: never take outputs from the cache. */
  readonly restore: boolean;
  /** What places will hold once planned restores are done, links followed. */
  readonly expected: ReadonlyMap<string, Artifact>;
}

/** Judges one instance by what its dependencies hold (or are going to hold) now. */
export async function evaluate(instance: StageInstance, context: Evaluator): Promise<Evaluation> {
  const deps = new Map<string, Artifact>();
  const missing: string[] = [];
  for (const dep of instance.deps) {
    const artifact = await contentOf(dep, context);
    if (artifact === null) missing.push(dep.path);
    else deps.set(dep.path, artifact);
  }
  if (missing.length > 0) return { action: 'blocked', missing };
  const inputs: Inputs = {
    deps,
    code: await closuresOf(instance, context.code),
    env: environmentOf(instance, context.env),
  };
  const name = fingerprintOf(instance, inputs);
  const block = context.lock.get(instance.name);
  const reasons = [...insistence(instance, context), ...inputReasons(instance, name, inputs, block, context.code)];
  const known = block?.fingerprint === name ? lockedOutputs(instance, block) : null;
  const outs = known ?? cachedOutputs(instance, await context.workspace.runOutputs(name, isShared(inputs)));
  if (insistence(instance, context).length > 0) return { action: 'run', fingerprint: name, inputs, reasons };
  if (outs === null) {
    const why: readonly Reason[] = reasons.length > 0 ? reasons : [{ type: 'inputs-changed' }];
    return { action: 'run', fingerprint: name, inputs, reasons: why };
  }
  const different = await differingOutputs(instance, outs, context.workspace);
  if (different.length === 0) {
    const found = await asFound(outs, context.workspace);
    return { action: 'fresh', fingerprint: name, inputs, outs: found, recorded: known !== null, reasons };
  }
  if (mustAddTo(instance, different, known !== null)) {
    const why = reasons.length > 0 ? reasons : different.map(({ reason }) => reason);
    return { action: 'run', fingerprint: name, inputs, reasons: why };
  }
  reasons.push(...different.map(({ reason }) => reason));
  if (context.restore && (await canRestore(different, context.workspace)))
    return { action: 'restore', fingerprint: name, inputs, outs, reasons };
  return { action: 'run', fingerprint: name, inputs, reasons };
}

/**
 * Whether a stage has to run although its outputs are known, because it adds to one of them (`persist`): what has gathered
 * there since would be lost. As in DVC, an earlier run is nothing to go back to; what the lock says of the last one is, as
 * long as that output is not there at all.
 */
function mustAddTo(instance: StageInstance, different: readonly DifferentOutput[], isLast: boolean): boolean {
  if (!instance.outs.some(({ persist }) => persist)) return false;
  return !isLast || different.some(({ out, reason }) => out.persist && reason.type === 'output-changed');
}

/** Reasons that can be told before the dependencies are known: command, params, environment, code, force. */
export async function reasonsBeforeDeps(instance: StageInstance, context: Evaluator): Promise<Reason[]> {
  const block = context.lock.get(instance.name);
  const forced = insistence(instance, context);
  if (block === undefined) return [...forced, { type: 'never-ran' }];
  const code = await closuresOf(instance, context.code);
  const env = environmentOf(instance, context.env);
  return [...forced, ...ownReasons(instance, env, block), ...codeReasons(code, block, context.code)];
}

async function contentOf(
  { path: named, place: file = named, without }: Dependency,
  { workspace, expected }: Evaluator,
): Promise<Artifact | null> {
  const planned = expected.get(file);
  if (planned !== undefined) return workspace.countedOf(named, planned);
  for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
    const around = expected.get(file.slice(0, slash));
    if (around === undefined || !isDirectory(around)) continue;
    const part = workspace.countedInside(file.slice(0, slash), around, file.slice(slash + 1));
    // It may be that the directory can no longer be had from the cache, although it could a moment ago.
    if (part !== undefined) return part;
  }
  return workspace.digest(named, without);
}

/** Adds what an instance's outputs will hold to what is expected at their places. */
export function expectOutputs(
  expected: Map<string, Artifact>,
  { outs }: StageInstance,
  artifacts: ReadonlyMap<string, Artifact>,
): void {
  for (const { path, place = path } of outs) {
    const artifact = artifacts.get(path);
    if (artifact !== undefined) expected.set(place, artifact);
  }
}

/** Outputs that are in place, with the sizes that they have: what the cache says of these may be wrong. */
async function asFound(outs: ReadonlyMap<string, Artifact>, workspace: Workspace): Promise<Map<string, Artifact>> {
  const found = new Map<string, Artifact>();
  for (const [file, artifact] of outs) {
    const now = await workspace.digestWhole(file);
    found.set(file, now?.digest === artifact.digest ? now : artifact);
  }
  return found;
}

function insistence(instance: StageInstance, { forced }: Evaluator): Reason[] {
  if (forced.has(instance.name)) return [{ type: 'forced' }];
  return instance.alwaysChanged ? [{ type: 'always-changed' }] : [];
}

function lockedOutputs(instance: StageInstance, block: LockBlock): Map<string, Artifact> | null {
  return collectOutputs(instance, (out) => own(block.outs, out.path));
}

function cachedOutputs(
  instance: StageInstance,
  outs: ReadonlyMap<string, Artifact> | null,
): Map<string, Artifact> | null {
  return outs === null ? null : collectOutputs(instance, (out) => outs.get(out.canonical));
}

function collectOutputs(
  instance: StageInstance,
  find: (out: Output) => Artifact | undefined,
): Map<string, Artifact> | null {
  const found = new Map<string, Artifact>();
  for (const out of instance.outs) {
    const artifact = find(out);
    if (artifact === undefined) return null;
    found.set(out.path, artifact);
  }
  return found;
}

async function canRestore(different: readonly DifferentOutput[], workspace: Workspace): Promise<boolean> {
  for (const { out, artifact } of different) {
    if (!isKept(out) || !(await workspace.canRestore(artifact))) return false;
  }
  return true;
}

interface DifferentOutput {
  readonly out: Output;
  readonly artifact: Artifact;
  readonly reason: Reason;
}

async function differingOutputs(
  instance: StageInstance,
  outs: ReadonlyMap<string, Artifact>,
  workspace: Workspace,
): Promise<DifferentOutput[]> {
  const different: DifferentOutput[] = [];
  for (const out of instance.outs) {
    const artifact = outs.get(out.path);
    if (artifact === undefined) continue;
    if (await workspace.holds(out.path, artifact)) continue;
    const type = workspace.exists(out.path) ? 'output-changed' : 'output-missing';
    different.push({ out, artifact, reason: { type, path: out.path } });
  }
  return different;
}
