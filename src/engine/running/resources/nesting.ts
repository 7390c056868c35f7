import { realpathSync } from 'node:fs';
import type { InstanceName, Pipeline, StageInstance } from '../../stages/types.ts';
import { PlanError, type PlanEntry } from '../../planning/plan.ts';
import { lockKeys } from './instance-locks.ts';

/** The environment variable that tells a runner which stages it was started by. */
export const insideVariable = 'PIPELINE_INSIDE';

/** A stage whose command this process is part of. */
interface Ancestor {
  /** Absolute, without links. */
  readonly root: string;
  readonly name: string;
  readonly fingerprint: string;
  /** Locks that are held for it until its command ends. */
  readonly keys: readonly string[];
}

/** The value of the variable for the command of an instance. */
export function insideOf(
  instance: StageInstance,
  fingerprint: string,
  place: { readonly root: string; readonly lockFile: string; readonly env: NodeJS.ProcessEnv },
): string {
  const own: Ancestor = {
    root: realpathSync(place.root),
    name: instance.name,
    fingerprint,
    keys: lockKeys(instance, place.lockFile),
  };
  return JSON.stringify([...ancestors(place.env), own]);
}

/**
 * A run within a stage's command waits for ever for what that stage holds until its command ends: for the stage itself,
 * and for those beside it. Throws PlanError when one of the entries is such.
 */
export function refuseCircle(
  pipeline: Pipeline,
  lockFile: string,
  toDo: readonly PlanEntry[],
  env: NodeJS.ProcessEnv,
): void {
  const around = ancestors(env);
  if (around.length === 0) return;
  const root = realpathSync(pipeline.root);
  const here = around.filter((ancestor) => ancestor.root === root);
  if (here.length === 0) return;
  const keysOf = (name: InstanceName): readonly string[] => {
    const instance = pipeline.instances.get(name);
    return instance === undefined ? [] : lockKeys(instance, lockFile);
  };
  for (const entry of toDo) {
    const { name } = entry.instance;
    const neighbours = [...(pipeline.upstream.get(name) ?? []), ...(pipeline.downstream.get(name) ?? [])];
    const wanted = new Set([name, ...neighbours].flatMap(keysOf));
    const fingerprint = 'evaluation' in entry ? entry.evaluation.fingerprint : null;
    const holder = here.find((one) => one.fingerprint === fingerprint || one.keys.some((key) => wanted.has(key)));
    if (holder !== undefined) throw new PlanError(describeCircle(name, holder, around));
  }
}

function describeCircle(name: string, holder: Ancestor, around: readonly Ancestor[]): string {
  const way = [...around.slice(around.indexOf(holder)).map((one) => one.name), name].join(' -> ');
  const why =
    holder.name === name
      ? `${name} cannot be run by its own command: it would wait for itself (${way})`
      : `${name} cannot be run by the command of ${holder.name}, whose outputs it reads or makes inputs of: it would wait for that to end (${way})`;
  return `${why}. Take the call of the pipeline out of the command, or name other stages with --stage.`;
}

function ancestors(env: NodeJS.ProcessEnv): readonly Ancestor[] {
  const text = env[insideVariable];
  if (text === undefined || text === '') return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isAncestor) : [];
  } catch {
    // Set by somebody else: what it cannot tell is not known.
    return [];
  }
}

function isAncestor(value: unknown): value is Ancestor {
  if (typeof value !== 'object' || value === null) return false;
  const { root, name, fingerprint, keys } = value as Partial<Record<keyof Ancestor, unknown>>;
  const texts = [root, name, fingerprint].every((one) => typeof one === 'string');
  return texts && Array.isArray(keys) && keys.every((key) => typeof key === 'string');
}
