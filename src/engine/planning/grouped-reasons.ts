import type { PlanEntry } from './plan.ts';
import { describeReason, type Reason } from './reasons.ts';

/** Instances of one stage to which the same is going to happen for the same reasons. */
export interface PlanGroup {
  readonly stage: string;
  readonly action: PlanEntry['action'];
  /** In the order of the plan; at least one. */
  readonly instances: readonly string[];
  /** In words. Where instances differ in a path, the differing part is a `*`. */
  readonly reasons: readonly string[];
}

/** What a reason says apart from the paths and commands that differ between instances. */
interface Shaped {
  readonly shape: string;
  readonly reasons: readonly Reason[];
}

/**
 * Folds a plan: one group for each stage, action and kind of reasons, in the order of the plan. Hundreds of instances
 * of a matrix that are out of date for one reason become one line.
 */
export function groupPlan(entries: Iterable<PlanEntry>): PlanGroup[] {
  const groups = new Map<string, { entries: PlanEntry[]; shapes: Map<string, Reason[]> }>();
  for (const entry of entries) {
    const shaped = shapesOf(entry);
    const key = [entry.instance.stage, entry.action, ...shaped.map(({ shape }) => shape)].join('\n');
    const group = groups.get(key) ?? { entries: [], shapes: new Map<string, Reason[]>() };
    groups.set(key, group);
    group.entries.push(entry);
    for (const { shape, reasons } of shaped) {
      const known = group.shapes.get(shape);
      if (known === undefined) group.shapes.set(shape, [...reasons]);
      else known.push(...reasons);
    }
  }
  return [...groups.values()].flatMap(({ entries: [first, ...others], shapes }) =>
    first === undefined
      ? []
      : {
          stage: first.instance.stage,
          action: first.action,
          instances: [first, ...others].map(({ instance }) => instance.name),
          reasons: [...shapes.values()].flatMap(describeAlike),
        },
  );
}

/** An entry's reasons, those that say the same of different paths put together. */
function shapesOf(entry: PlanEntry): readonly Shaped[] {
  const shapes = new Map<string, Reason[]>();
  for (const reason of entry.reasons) {
    const shape = shapeOf(reason, entry);
    const known = shapes.get(shape);
    if (known === undefined) shapes.set(shape, [reason]);
    else known.push(reason);
  }
  return Array.from(shapes, ([shape, reasons]) => ({ shape, reasons }));
}

function shapeOf(reason: Reason, { instance }: PlanEntry): string {
  if ('path' in reason) {
    // Instances of a matrix share the lines of pipeline.yaml: the line tells which dependency or output it is.
    const at = [...instance.deps, ...instance.outs].find(({ path }) => path === reason.path)?.at;
    return `${reason.type} ${at === undefined ? '' : `${at.line}:${at.column}`}`;
  }
  if (reason.type === 'upstream') return `upstream ${stagesOf(reason.instances).join(' ')}`;
  if (reason.type === 'dep-name-changed') return `${reason.type} ${reason.name}`;
  return reason.type === 'command-changed' || reason.type === 'corrupt-object' ? reason.type : describeReason(reason);
}

/** Reasons of one shape in words. */
function describeAlike(reasons: readonly Reason[]): readonly string[] {
  const [first, ...others] = reasons;
  if (first === undefined) return [];
  if (first.type === 'upstream') {
    const all = reasons.flatMap((reason) => (reason.type === 'upstream' ? reason.instances : []));
    return [describeReason({ type: 'upstream', instances: patternsOf(all) })];
  }
  if (others.length === 0) return [describeReason(first)];
  return [describeReason(others.reduce(mergeAlike, first))];
}

function mergeAlike(one: Reason, other: Reason): Reason {
  if ('path' in one && 'path' in other) return { ...one, path: commonPattern(one.path, other.path) };
  if (one.type === 'dep-name-changed' && other.type === 'dep-name-changed') {
    const alike = (some: readonly string[], more: readonly string[]): string[] => {
      const [first, ...others] = [...new Set([...some, ...more])];
      return first === undefined ? [] : [others.reduce(commonPattern, first)];
    };
    return { ...one, from: alike(one.from, other.from), to: alike(one.to, other.to) };
  }
  if (one.type === 'command-changed' && other.type === 'command-changed') {
    return { ...one, from: commonPattern(one.from, other.from), to: commonPattern(one.to, other.to) };
  }
  return one;
}

function stagesOf(instances: readonly string[]): string[] {
  return [...new Set(instances.map((name) => name.split('@', 1)[0] ?? name))];
}

/** `train@*` for several instances of a stage, the name itself for one. */
function patternsOf(instances: readonly string[]): string[] {
  const names = [...new Set(instances)];
  return stagesOf(names).map((stage) => {
    const [only, ...others] = names.filter((name) => name === stage || name.startsWith(`${stage}@`));
    return only !== undefined && others.length === 0 ? only : `${stage}@*`;
  });
}

/** What two texts begin and end with, and a `*` for what lies between: `a/*.json` for `a/x.json` and `a/y.json`. */
export function commonPattern(one: string, other: string): string {
  if (one === other) return one;
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  return `${one.slice(0, start)}*${one.slice(one.length - end)}`.replace(/\*+/g, '*');
}
