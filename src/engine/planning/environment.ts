import type { StageInstance } from '../stages/types.ts';

/** The environment variables that a stage names, with their values: null for one that is not set, '' for an empty one. */
export type Environment = { readonly [name: string]: string | null };

const NOTHING: Environment = {};

/** What `all` holds of the variables that the stage names. */
export function environmentOf({ env }: Pick<StageInstance, 'env'>, all: NodeJS.ProcessEnv): Environment {
  return env.length === 0 ? NOTHING : Object.fromEntries(env.map((name) => [name, all[name] ?? null]));
}
