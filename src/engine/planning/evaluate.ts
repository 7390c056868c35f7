import type { InstanceName, Output, StageInstance, Value } from '../pipeline/types.ts';
import { type Artifact, artifactInside, isDirectory } from '../store/artifact.ts';
import type { Digest } from '../store/digest.ts';
import type { Workspace } from '../store/workspace.ts';
import type { CodeClosure, CodeReader } from './code-closure.ts';
import { codeOfCommand } from './command-words.ts';
import { canonicalJson, fingerprint } from './fingerprint.ts';
import type { LockBlock } from './lock-format.ts';
import type { Lockfile } from './lockfile.ts';
import type { Reason } from './reasons.ts';

/** The contents that an instance was judged by. */
export interface Inputs {
  readonly deps: ReadonlyMap<string, Artifact>;
  readonly code: ReadonlyMap<string, CodeClosure>;
}

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
  readonly workspace: Workspace;
  readonly code: CodeReader;
  readonly lock: Lockfile;
  /** Instances that run whatever the lock says. */
  readonly forced: ReadonlySet<InstanceName>;
  /** False: never take outputs from the cache. */
  readonly restore: boolean;
  /** What paths will hold once planned restores are done. */
  readonly expected: ReadonlyMap<string, Artifact>;
}

/** Judges one instance by what its dependencies hold (or are going to hold) now. */
export async function evaluate(instance: StageInstance, context: Evaluator): Promise<Evaluation> {
  const deps = new Map<string, Artifact>();
  const missing: string[] = [];
  for (const { path } of instance.deps) {
    const artifact = await contentOf(path, context);
    if (artifact === null) missing.push(path);
    else deps.set(path, artifact);
  }
  if (missing.length > 0) return { action: 'blocked', missing };
  const inputs: Inputs = { deps, code: await closuresOf(instance, context) };
  const name = fingerprintOf(instance, inputs);
  const block = context.lock.get(instance.name);
  const reasons = [...insistence(instance, context), ...inputReasons(instance, name, inputs, block, context)];
  const known = block?.fingerprint === name ? lockedOutputs(instance, block) : null;
  const outs = known ?? cachedOutputs(instance, context.workspace.runOutputs(name));
  if (insistence(instance, context).length > 0) return { action: 'run', fingerprint: name, inputs, reasons };
  if (outs === null) {
    const why: readonly Reason[] = reasons.length > 0 ? reasons : [{ type: 'inputs-changed' }];
    return { action: 'run', fingerprint: name, inputs, reasons: why };
  }
  const different = await differingOutputs(instance, outs, context.workspace);
  if (different.length === 0) {
    return { action: 'fresh', fingerprint: name, inputs, outs, recorded: known !== null, reasons };
  }
  reasons.push(...different.map(({ reason }) => reason));
  if (context.restore && (await canRestore(different, context.workspace)))
    return { action: 'restore', fingerprint: name, inputs, outs, reasons };
  return { action: 'run', fingerprint: name, inputs, reasons };
}

/** Reasons that can be told before the dependencies are known: command, params, code, force. */
export async function reasonsBeforeDeps(instance: StageInstance, context: Evaluator): Promise<Reason[]> {
  const block = context.lock.get(instance.name);
  const forced = insistence(instance, context);
  if (block === undefined) return [...forced, { type: 'never-ran' }];
  const code = await closuresOf(instance, context);
  return [...forced, ...commandAndParamReasons(instance, block), ...codeReasons(code, block, context.code)];
}

/** The closures of the stage's entry files: those that pipeline.yaml names, else those that its commands name. */
export async function closuresOf(
  instance: StageInstance,
  { code, workspace }: Pick<Evaluator, 'code' | 'workspace'>,
): Promise<Map<string, CodeClosure>> {
  const named = instance.code.map(({ path }) => path);
  const entries = named.length > 0 ? named : instance.commands.flatMap((one) => codeOfCommand(one, workspace.root));
  const closures = new Map<string, CodeClosure>();
  for (const entry of entries) closures.set(entry, await code.closure(entry));
  return closures;
}

/** What the lock records of an instance that was judged by `inputs` and made `outs`. */
export function lockBlock(
  instance: StageInstance,
  name: Digest,
  inputs: Inputs,
  outs: ReadonlyMap<string, Artifact>,
): LockBlock {
  return {
    fingerprint: name,
    commands: instance.canonicalCommands,
    params: paramsOf(instance),
    code: Object.fromEntries([...inputs.code].map(([entry, closure]) => [entry, closure.digest])),
    deps: Object.fromEntries(inputs.deps),
    outs: Object.fromEntries(outs),
  };
}

function paramsOf(instance: StageInstance): Record<string, Value> {
  return Object.fromEntries(instance.params.map(({ key, value }) => [key, value]));
}

function fingerprintOf(instance: StageInstance, inputs: Inputs): Digest {
  return fingerprint({
    commands: instance.canonicalCommands,
    params: paramsOf(instance),
    deps: Object.fromEntries(
      instance.deps.map(({ path, canonical }) => [canonical, inputs.deps.get(path)?.digest ?? null]),
    ),
    code: Object.fromEntries([...inputs.code].map(([entry, closure]) => [entry, closure.digest])),
    outs: instance.outs.map(({ canonical }) => canonical),
    env: {},
  });
}

async function contentOf(path: string, { workspace, expected }: Evaluator): Promise<Artifact | null> {
  const planned = expected.get(path);
  if (planned !== undefined) return planned;
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const around = expected.get(path.slice(0, slash));
    if (around === undefined || !isDirectory(around)) continue;
    return artifactInside(workspace.objects.readManifest(around.digest), path.slice(slash + 1));
  }
  return workspace.digest(path);
}

function insistence(instance: StageInstance, { forced }: Evaluator): Reason[] {
  if (forced.has(instance.name)) return [{ type: 'forced' }];
  return instance.alwaysChanged ? [{ type: 'always-changed' }] : [];
}

function inputReasons(
  instance: StageInstance,
  name: Digest,
  inputs: Inputs,
  block: LockBlock | undefined,
  { code }: Evaluator,
): Reason[] {
  if (block === undefined) return [{ type: 'never-ran' }];
  if (block.fingerprint === name) return [];
  const reasons = [...commandAndParamReasons(instance, block), ...codeReasons(inputs.code, block, code)];
  for (const [path, artifact] of inputs.deps) {
    const before = block.deps[path];
    if (before === undefined) reasons.push({ type: 'dep-added', path });
    else if (before.digest !== artifact.digest) reasons.push({ type: 'dep-changed', path });
  }
  for (const path of Object.keys(block.deps)) {
    if (!inputs.deps.has(path)) reasons.push({ type: 'dep-removed', path });
  }
  return reasons.length > 0 ? reasons : [{ type: 'inputs-changed' }];
}

function commandAndParamReasons(instance: StageInstance, block: LockBlock): Reason[] {
  const reasons: Reason[] = [];
  const [from, to] = [block.commands.join(' && '), instance.canonicalCommands.join(' && ')];
  if (from !== to) reasons.push({ type: 'command-changed', from, to });
  for (const { key, value } of instance.params) {
    const before = block.params[key];
    if (before === undefined) reasons.push({ type: 'param-added', key });
    else reasons.push(...valueReasons(key, before, value));
  }
  const declared = new Set(instance.params.map(({ key }) => key));
  for (const key of Object.keys(block.params)) if (!declared.has(key)) reasons.push({ type: 'param-removed', key });
  return reasons;
}

/** The leaves that differ: of a whole subtree named as one param, the reader wants to know which value it was. */
function valueReasons(key: string, from: Value, to: Value): Reason[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (!isTree(from) || !isTree(to)) return [{ type: 'param-changed', key, from, to }];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((inner): Reason[] => {
    const [before, after] = [from[inner], to[inner]];
    if (before === undefined) return [{ type: 'param-added', key: `${key}.${inner}` }];
    if (after === undefined) return [{ type: 'param-removed', key: `${key}.${inner}` }];
    return valueReasons(`${key}.${inner}`, before, after);
  });
}

function isTree(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function codeReasons(code: ReadonlyMap<string, CodeClosure>, block: LockBlock, reader: CodeReader): Reason[] {
  const reasons: Reason[] = [];
  for (const [entry, closure] of code) {
    const before = block.code[entry];
    if (before === undefined) reasons.push({ type: 'code-added', entry, parts: [] });
    else if (before !== closure.digest) {
      reasons.push({ type: 'code-changed', entry, parts: reader.changedParts(before, closure) ?? [] });
    }
  }
  for (const entry of Object.keys(block.code)) {
    if (!code.has(entry)) reasons.push({ type: 'code-removed', entry, parts: [] });
  }
  return reasons;
}

function lockedOutputs(instance: StageInstance, block: LockBlock): Map<string, Artifact> | null {
  return collectOutputs(instance, (out) => block.outs[out.path]);
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

async function canRestore(
  different: readonly { readonly out: Output; readonly artifact: Artifact }[],
  workspace: Workspace,
): Promise<boolean> {
  for (const { out, artifact } of different) {
    if (!out.cache || !(await workspace.canRestore(artifact))) return false;
  }
  return true;
}

async function differingOutputs(
  instance: StageInstance,
  outs: ReadonlyMap<string, Artifact>,
  workspace: Workspace,
): Promise<{ out: Output; artifact: Artifact; reason: Reason }[]> {
  const different: { out: Output; artifact: Artifact; reason: Reason }[] = [];
  for (const out of instance.outs) {
    const artifact = outs.get(out.path);
    if (artifact === undefined) continue;
    const now = await workspace.digest(out.path);
    if (now === null) different.push({ out, artifact, reason: { type: 'output-missing', path: out.path } });
    else if (now.digest !== artifact.digest) {
      different.push({ out, artifact, reason: { type: 'output-changed', path: out.path } });
    }
  }
  return different;
}
