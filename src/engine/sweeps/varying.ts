import type { InstanceName, Pipeline } from '../stages/types.ts';
import type { Sweep } from './sweep-file.ts';
import { SweepError } from './trial-store.ts';

/** The instances that differ from trial to trial: those that read a params key of the sweep, and what follows them. */
export function varyingInstances(
  pipeline: Pipeline,
  selection: readonly InstanceName[],
  { space }: Sweep,
): ReadonlySet<InstanceName> {
  const varying = new Set<InstanceName>();
  for (const name of selection) {
    const reads = pipeline.instances
      .get(name)
      ?.params.some(({ key }) => space.some((parameter) => overlap(key, parameter.key)));
    const follows = (pipeline.upstream.get(name) ?? []).some((other) => varying.has(other));
    if (reads === true || follows) varying.add(name);
  }
  return varying;
}

/**
 * Trials write to directories of their own only where pipeline.yaml puts results below `${run}` and `${reports}`.
 *
 * @throws SweepError that names an output that several trials would write at the same place
 */
export function requireOwnOutputs(pipeline: Pipeline, varying: ReadonlySet<InstanceName>): void {
  if (!Object.hasOwn(pipeline.variables, 'reports') || !Object.hasOwn(pipeline.variables, 'run')) {
    throw new SweepError(
      'a sweep gives each trial directories of its own through the variables "run" and "reports", which the "vars" of ' +
        'pipeline.yaml do not declare. Add "- run: runs" and "- reports: reports" there, and use them in the outputs.',
    );
  }
  for (const name of varying) {
    const common = pipeline.instances.get(name)?.outs.find(({ path, canonical }) => path === canonical);
    if (common === undefined) continue;
    throw new SweepError(
      `${common.at.file}:${common.at.line}:${common.at.column}: every trial would write ${common.path} of ${name}. ` +
        'Begin the path with ${run} or ${reports}, which are different for each trial.',
    );
  }
}

function overlap(key: string, other: string): boolean {
  return key === other || key.startsWith(`${other}.`) || other.startsWith(`${key}.`);
}
