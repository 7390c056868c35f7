import type { StageInstance } from '../stages/types.ts';
import type { Value } from '../yaml/values.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import type { Digest } from '../store/contents/digest.ts';
import type { CodeClosure } from './code/code-closure.ts';
import type { Environment } from './environment.ts';
import { type DepNames, fingerprint } from './fingerprint.ts';
import type { LockBlock } from './lock-format.ts';

/** The contents that an instance was judged by. */
export interface Inputs {
  readonly deps: ReadonlyMap<string, Artifact>;
  readonly code: ReadonlyMap<string, CodeClosure>;
  readonly env: Environment;
}

/**
 * Whether other projects may take what an instance made. A fingerprint without any content, of dependencies or code,
 * says the same in every project whose command reads alike, whatever the programs behind it do there.
 */
export function isShared({ deps, code }: Pick<Inputs, 'deps' | 'code'>): boolean {
  return deps.size > 0 || code.size > 0;
}

/** The same of what the lock records. */
export function isSharedBlock({ deps, code }: Pick<LockBlock, 'deps' | 'code'>): boolean {
  return Object.keys(deps).length > 0 || Object.keys(code).length > 0;
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
    ...placeOf(instance),
    params: paramsOf(instance),
    code: Object.fromEntries([...inputs.code].map(([entry, closure]) => [entry, closure.digest])),
    ...(instance.env.length === 0 ? {} : { env: inputs.env }),
    ...namesOf(instance),
    deps: Object.fromEntries(inputs.deps),
    outs: Object.fromEntries(outs),
  };
}

function paramsOf(instance: StageInstance): Record<string, Value> {
  return Object.fromEntries(instance.params.map(({ key, value }) => [key, value]));
}

/** The names of dependencies with their canonical paths; nothing where there are none, as for the working directory. */
export function namesOf({ depNames }: StageInstance): { readonly names?: DepNames } {
  if (depNames === undefined) return {};
  const named = Array.from(depNames, ([name, deps]): [string, DepNames[string]] => {
    const paths = deps.map(({ canonical }) => canonical);
    const [only] = paths;
    return [name, only !== undefined && paths.length === 1 ? only : paths];
  });
  return { names: Object.fromEntries(named) };
}

/** Part of lock and fingerprint only where a stage has one, so that those of all other stages stay what they were. */
function placeOf({ canonicalWdir }: StageInstance): { readonly wdir?: string } {
  return canonicalWdir === undefined ? {} : { wdir: canonicalWdir };
}

/** The fingerprint of an instance whose inputs are known. */
export function fingerprintOf(instance: StageInstance, inputs: Inputs): Digest {
  return fingerprint({
    commands: instance.canonicalCommands,
    params: paramsOf(instance),
    deps: Object.fromEntries(
      instance.deps.map(({ path, canonical }) => [canonical, inputs.deps.get(path)?.digest ?? null]),
    ),
    code: Object.fromEntries([...inputs.code].map(([entry, closure]) => [entry, closure.digest])),
    outs: instance.outs.map(({ canonical }) => canonical),
    env: inputs.env,
    ...namesOf(instance),
    ...placeOf(instance),
  });
}
