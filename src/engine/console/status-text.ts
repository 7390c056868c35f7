import type { PlanEntry } from '../planning/plan.ts';
import { groupPlan } from '../planning/grouped-reasons.ts';
import { type Colors, wrapped } from './format.ts';
import { planCounts } from './report.ts';
import { visible } from './visible.ts';

const verbs: Readonly<Record<PlanEntry['action'], string>> = {
  run: 'would run',
  restore: 'would restore',
  waits: 'may run',
  fresh: 'fresh',
  frozen: 'frozen',
};

export interface StatusTextOptions {
  readonly colors: Colors;
  /** Columns of the terminal; null: lines as long as they are. */
  readonly width: number | null;
}

/** What is out of date, folded: a line for each stage and kind of reasons, below it every reason. */
export function statusLines(entries: readonly PlanEntry[], { colors, width }: StatusTextOptions): string[] {
  const groups = groupPlan(entries).filter(({ action }) => action !== 'fresh' && action !== 'frozen');
  const totals = new Map<string, number>();
  for (const { instance } of entries) totals.set(instance.stage, (totals.get(instance.stage) ?? 0) + 1);
  const lines = groups.flatMap(({ stage, action, instances, reasons }) => {
    const total = totals.get(stage) ?? 0;
    const [first = stage] = instances;
    const name =
      instances.length === 1
        ? colors.bold(visible(first))
        : `${colors.bold(visible(stage))} (${instances.length === total ? total : `${instances.length} of ${total}`}x)`;
    const some =
      instances.length > 1 && instances.length < total
        ? wrapped(visible(sample(instances)), width, '    ').map(colors.dim)
        : [];
    return [
      `${name}: ${colors.cyan(verbs[action])}`,
      ...reasons.flatMap((reason) => wrapped(`- ${visible(reason)}`, width, '  ', '    ')),
      ...some,
    ];
  });
  return [...lines, ...planCounts(entries)];
}

/** Of a part of a matrix its first instances, so that the reader sees which. */
function sample(instances: readonly string[]): string {
  const shown = instances.slice(0, 3).join(', ');
  return instances.length > 3 ? `${shown} and ${instances.length - 3} more` : shown;
}
