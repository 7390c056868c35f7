import type { StageInstance } from '../stages/types.ts';
import type { Evaluator } from '../planning/evaluate.ts';
import type { Inputs } from '../planning/inputs.ts';
import { closuresOf } from '../planning/code/stage-code.ts';
import type { Artifact } from '../store/contents/artifact.ts';
import type { Workspace } from '../store/workspace.ts';

/** Looks at an instance's dependencies and outputs afresh, so that `evaluate` judges by what is there now. */
export async function lookAgain(instance: StageInstance, { workspace, code }: Evaluator): Promise<void> {
  for (const { path, without } of instance.deps) await workspace.look(path, without);
  for (const { path } of instance.outs) await workspace.lookWhole(path);
  code.refresh();
}

/** Files that have come to match a pattern in the instance's `deps` since pipeline.yaml was read, as `PATH (new)`. */
export function newMatches({ deps, matchAgain }: StageInstance): string[] {
  if (matchAgain === undefined) return [];
  const known = new Set(deps.map(({ path }) => path));
  return matchAgain().flatMap((path) => (known.has(path) ? [] : [`${path} (new)`]));
}

/** Names of dependencies and code files that no longer hold, or no longer are, what the instance was judged by. */
export async function changedInputs(instance: StageInstance, before: Inputs, evaluator: Evaluator): Promise<string[]> {
  const deps = new Map<string, Artifact>();
  for (const { path, without } of instance.deps) {
    if (!before.deps.has(path)) continue;
    const artifact = await evaluator.workspace.look(path, without);
    if (artifact !== null) deps.set(path, artifact);
  }
  evaluator.code.refresh();
  const now = { ...before, deps, code: await closuresOf(instance, evaluator.code) };
  return [...differences(before, now), ...newMatches(instance)];
}

/** Of the dependencies among the names that are directories: the files in them that were written since (ms since 1970). */
export function writtenSince(
  since: number,
  names: readonly string[],
  { deps }: StageInstance,
  workspace: Workspace,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, without } of deps) {
    if (names.includes(path)) found.set(path, workspace.writtenSince(path, since, without));
  }
  return found;
}

/** Names of dependencies and code files in which two judgements of one instance differ. */
export function differences(before: Inputs, now: Inputs): string[] {
  const paths = new Set([...before.deps.keys(), ...now.deps.keys()]);
  const changed = [...paths].filter((path) => before.deps.get(path)?.digest !== now.deps.get(path)?.digest);
  for (const entry of new Set([...before.code.keys(), ...now.code.keys()])) {
    const [earlier, later] = [before.code.get(entry), now.code.get(entry)];
    if (earlier?.digest === later?.digest) continue;
    const files = new Set([...(earlier?.parts.keys() ?? []), ...(later?.parts.keys() ?? [])]);
    changed.push(...[...files].filter((file) => earlier?.parts.get(file) !== later?.parts.get(file)));
  }
  return [...new Set(changed)];
}
