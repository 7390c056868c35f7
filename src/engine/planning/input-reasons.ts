import type { StageInstance } from '../stages/types.ts';
import type { Value } from '../yaml/values.ts';
import type { Digest } from '../store/contents/digest.ts';
import type { CodeClosure, CodeReader } from './code/code-closure.ts';
import type { Environment } from './environment.ts';
import { canonicalJson, type DepNames } from './fingerprint.ts';
import { type Inputs, namesOf } from './inputs.ts';
import { type LockBlock, own } from './lock-format.ts';
import type { Reason } from './reasons.ts';

/** Everything that differs from what the lock records: never empty for an instance whose fingerprint is another. */
export function inputReasons(
  instance: StageInstance,
  name: Digest,
  inputs: Inputs,
  block: LockBlock | undefined,
  reader: CodeReader,
): Reason[] {
  if (block === undefined) return [{ type: 'never-ran' }];
  if (block.fingerprint === name) return [];
  const reasons = [...ownReasons(instance, inputs.env, block), ...codeReasons(inputs.code, block, reader)];
  for (const [path, artifact] of inputs.deps) {
    const before = own(block.deps, path);
    if (before === undefined) reasons.push({ type: 'dep-added', path });
    else if (before.digest !== artifact.digest) reasons.push({ type: 'dep-changed', path });
  }
  for (const path of Object.keys(block.deps)) {
    if (!inputs.deps.has(path)) reasons.push({ type: 'dep-removed', path });
  }
  return reasons.length > 0 ? reasons : [{ type: 'inputs-changed' }];
}

/** The reasons in the stage alone: its command, working directory, params, environment and names of dependencies. */
export function ownReasons(instance: StageInstance, env: Inputs['env'], block: LockBlock): Reason[] {
  const reasons: Reason[] = [];
  const [from, to] = [block.commands.join(' && '), instance.canonicalCommands.join(' && ')];
  if (from !== to) reasons.push({ type: 'command-changed', from, to });
  const [oldPlace, newPlace] = [block.wdir ?? '.', instance.canonicalWdir ?? '.'];
  if (oldPlace !== newPlace) reasons.push({ type: 'wdir-changed', from: oldPlace, to: newPlace });
  for (const { key, value } of instance.params) {
    const before = own(block.params, key);
    if (before === undefined) reasons.push({ type: 'param-added', key });
    else reasons.push(...valueReasons(key, before, value));
  }
  const declared = new Set(instance.params.map(({ key }) => key));
  for (const key of Object.keys(block.params)) if (!declared.has(key)) reasons.push({ type: 'param-removed', key });
  reasons.push(...envReasons(env, block.env ?? {}), ...nameReasons(namesOf(instance).names ?? {}, block.names ?? {}));
  return reasons;
}

function envReasons(now: Environment, before: Environment): Reason[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].flatMap((name): Reason[] => {
    const [from, to] = [own(before, name), own(now, name)];
    if (from === undefined) return [{ type: 'env-added', name }];
    if (to === undefined) return [{ type: 'env-removed', name }];
    return from === to ? [] : [{ type: 'env-changed', name, from, to }];
  });
}

function nameReasons(now: DepNames, before: DepNames): Reason[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].flatMap((name): Reason[] => {
    const [from, to] = [[own(before, name) ?? []].flat(), [own(now, name) ?? []].flat()];
    return canonicalJson(from) === canonicalJson(to) ? [] : [{ type: 'dep-name-changed', name, from, to }];
  });
}

/** The leaves that differ: of a whole subtree named as one param, the reader wants to know which value it was. */
function valueReasons(key: string, from: Value, to: Value): Reason[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (!isTree(from) || !isTree(to)) return [{ type: 'param-changed', key, from, to }];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((inner): Reason[] => {
    const [before, after] = [own(from, inner), own(to, inner)];
    if (before === undefined) return [{ type: 'param-added', key: `${key}.${inner}` }];
    if (after === undefined) return [{ type: 'param-removed', key: `${key}.${inner}` }];
    return valueReasons(`${key}.${inner}`, before, after);
  });
}

function isTree(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function codeReasons(code: ReadonlyMap<string, CodeClosure>, block: LockBlock, reader: CodeReader): Reason[] {
  const reasons: Reason[] = [];
  for (const [entry, closure] of code) {
    const before = own(block.code, entry);
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
