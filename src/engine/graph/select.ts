import { DiagnosticList } from '../yaml/diagnostics.ts';
import { InstanceNames, maySpeakOf } from './name-pattern.ts';
import { closest } from '../../base/suggest.ts';
import type { InstanceName, Pipeline } from '../stages/types.ts';

export interface SelectOptions {
  /** Only what the patterns name, without what it depends on. */
  readonly single?: boolean;
  /** Also everything that depends on what the patterns name. */
  readonly downstream?: boolean;
}

/**
 * The instances that patterns mean, in topological order, with everything upstream of them unless `single`. Instances
 * with `meta.only_if_needed` are left out where neither a pattern means them nor another selected one depends on them.
 *
 * @param patterns stage names, instance names, or globs with `*` and `?`; none means every instance
 * @throws PipelineError that names every pattern without a match, with a suggestion and the stages there are
 */
export function selectInstances(
  pipeline: Pipeline,
  patterns: readonly string[],
  options: SelectOptions = {},
): readonly InstanceName[] {
  const all = [...pipeline.instances.keys()];
  if (patterns.length === 0) return withoutUnneeded(pipeline, all, NONE);
  const names = new InstanceNames(pipeline.instances.values());
  const diagnostics = new DiagnosticList();
  const chosen = new Set<InstanceName>();
  for (const pattern of patterns) {
    const found = names.matching(pattern);
    if (found.length === 0) reportUnknown(pattern, names, pipeline.switchedOff, diagnostics);
    for (const name of found) chosen.add(name);
  }
  diagnostics.throwIfAny();
  const selected = new Set(chosen);
  if (options.downstream === true) spread(selected, pipeline.downstream);
  if (options.single !== true) spread(selected, pipeline.upstream);
  const inOrder = all.filter((name) => selected.has(name));
  return options.downstream === true ? withoutUnneeded(pipeline, inOrder, chosen) : inOrder;
}

const NONE: ReadonlySet<InstanceName> = new Set();

/** @param selection in topological order */
function withoutUnneeded(
  { instances, downstream }: Pipeline,
  selection: readonly InstanceName[],
  named: ReadonlySet<InstanceName>,
): readonly InstanceName[] {
  const kept = new Set<InstanceName>();
  // From the end: whether anything needs an instance is known before it is its turn.
  for (const name of selection.toReversed()) {
    const always = instances.get(name)?.onlyIfNeeded !== true || named.has(name);
    if (always || downstream.get(name)?.some((other) => kept.has(other)) === true) kept.add(name);
  }
  return kept.size === selection.length ? selection : selection.filter((name) => kept.has(name));
}

/** Adds everything that can be reached. */
function spread(chosen: Set<InstanceName>, next: ReadonlyMap<InstanceName, readonly InstanceName[]>): void {
  // A Set that grows while it is walked is walked to its new end.
  for (const name of chosen) for (const neighbour of next.get(name) ?? []) chosen.add(neighbour);
}

function reportUnknown(
  pattern: string,
  names: InstanceNames,
  switchedOff: readonly string[],
  diagnostics: DiagnosticList,
): void {
  const off = switchedOff.filter((stage) => maySpeakOf(pattern, stage));
  if (off.length > 0) {
    diagnostics.add('switched-off', null, `"${pattern}" means nothing to run: ${off.join(', ')} has no instance`, {
      hint: 'params give a list of its foreach or matrix as empty; fill the list, or take another profile with --params',
    });
    return;
  }
  const [stage = ''] = pattern.split('@', 1);
  const instances = names.ofStage(stage);
  const near = closest(pattern, [...names.stages, ...instances]) ?? closest(stage, names.stages);
  const list =
    pattern.includes('@') && instances.length > 0
      ? `instances of "${stage}": ${abbreviated(instances)}`
      : `stages: ${abbreviated(names.stages)}`;
  diagnostics.add('unknown-stage', null, `no stage or instance matches "${pattern}"`, {
    hint: near === null ? list : `did you mean "${near}"? (${list})`,
  });
}

function abbreviated(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`;
}
