import { isKept } from '../stages/kept-outputs.ts';
import type { StageInstance } from '../stages/types.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import { evaluate, type Evaluation, type Evaluator } from './evaluate.ts';

/** What is to be done about a frozen instance, whose command never runs. */
export type FrozenState =
  /** Its outputs are there, and are taken as they are. */
  | { readonly type: 'in-place' }
  /** Those that are missing come back from the cache, as the lock has them. */
  | { readonly type: 'locked'; readonly missing: ReadonlyMap<string, Artifact> }
  /** The lock has no run of it, but the cache has one of the same inputs. */
  | { readonly type: 'cached'; readonly evaluation: Extract<Evaluation, { readonly action: 'restore' }> }
  /** Some output is to be had nowhere. */
  | { readonly type: 'lost'; readonly path: string; readonly why: string };

/** Judges a frozen instance. Its inputs do not matter unless it has never been recorded. */
export async function judgeFrozen(instance: StageInstance, evaluator: Evaluator): Promise<FrozenState> {
  const { workspace, lock, restore } = evaluator;
  const missing = instance.outs.filter((out) => !workspace.exists(out.path));
  const [first] = missing;
  if (first === undefined) return { type: 'in-place' };
  const lost = (path: string, why: string): FrozenState => ({ type: 'lost', path, why });
  if (!restore) return lost(first.path, '--no-cache takes nothing from the cache');
  const block = lock.get(instance.name);
  if (block === undefined) {
    const evaluation = await evaluate(instance, { ...evaluator, forced: new Set() });
    if (evaluation.action === 'restore') return { type: 'cached', evaluation };
    return lost(first.path, `${lock.file} has no run of it, and the cache has none of these inputs`);
  }
  const artifacts = new Map<string, Artifact>();
  for (const out of missing) {
    const artifact = block.outs[out.path];
    if (artifact === undefined) return lost(out.path, `${lock.file} does not know this output`);
    if (!isKept(out)) return lost(out.path, 'it is not kept in the cache (cache: false)');
    if (!(await workspace.canRestore(artifact)))
      return lost(out.path, `the cache does not have what ${lock.file} says`);
    artifacts.set(out.path, artifact);
  }
  return { type: 'locked', missing: artifacts };
}

/** An output of a frozen instance that is to be had nowhere. */
export interface LostOutput {
  readonly instance: StageInstance;
  readonly path: string;
  readonly why: string;
}

/** One message for all that cannot be had. */
export function describeLost(lost: readonly LostOutput[]): string {
  const lines = lost
    .slice(0, 10)
    .map(
      ({ instance, path, why }) => `  ${path} of ${instance.name} (${instance.at.file}:${instance.at.line}): ${why}`,
    );
  const more = lost.length > 10 ? `\n  and ${lost.length - 10} more` : '';
  return (
    `Outputs of frozen stages are missing, and a frozen stage never runs:\n${lines.join('\n')}${more}\n` +
    'Put them there (by hand, with `pipeline pull`, or with `run --pull`), or take `frozen: true` away to run the stage.'
  );
}
