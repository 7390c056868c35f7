import { shortText } from '../../engine/sweeps/distributions.ts';
import { propose } from '../../engine/sweeps/proposals.ts';
import type { Proposal } from '../../engine/sweeps/space.ts';
import { table } from '../../engine/console/format.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { countOf, type OpenSweep, openSweep, type SweepOptions } from './open-sweep.ts';
import { visible } from '../../engine/console/visible.ts';

export interface SweepPlanOptions extends SweepOptions {
  readonly count?: number;
  readonly format?: 'text' | 'json' | 'github';
}

/** `pipeline sweep plan FILE`: what trials there would be, without running any. */
export function sweepPlan(file: string, options: SweepPlanOptions): ExitCode {
  const open = openSweep(file, options);
  const count = countOf(open.sweep, options.count);
  process.stdout.write(`${planText(open, count, options.format ?? 'text')}\n`);
  return exitCodes.ok;
}

function planText(open: OpenSweep, count: number, format: 'text' | 'json' | 'github'): string {
  if (format === 'github') return JSON.stringify({ include: matrix(open, count) });
  const trials = proposable(open, count);
  const { sweep } = open;
  if (format === 'json') return JSON.stringify({ sweep: open.store.identity, count, trials });
  const keys = sweep.space.map(({ key }) => key);
  const rows = trials.map(({ trial, values }) => [String(trial), ...keys.map((key) => shortText(values[key] ?? null))]);
  const rest = count - trials.length;
  const note = rest > 0 ? [`${rest} more follow from the results of these`] : [];
  return [...table([['trial', ...keys], ...rows].map((row) => row.map(visible))), ...note].join('\n');
}

/** One job a trial; a single one where a trial depends on others, which only one process can see. */
function matrix({ sweep, store, draw }: OpenSweep, count: number): { readonly name: string; readonly args: string }[] {
  const ended = new Set(store.read().flatMap(({ trial, state }) => (state === 'running' ? [] : [trial])));
  const open = Array.from({ length: count }, (_, trial) => trial).filter((trial) => !ended.has(trial));
  if (open.length === 0) return [];
  const alone = sweep.method === 'bayes' || sweep.hyperband !== null || sweep.metric.target !== null;
  if (alone) return [{ name: `${open.length} trials`, args: `--count ${count}` }];
  return open
    .filter((trial) => propose(sweep, trial, [], draw) !== null)
    .map((trial) => ({ name: `trial ${trial}`, args: `--count ${count} --trial ${trial}` }));
}

/** The trials on disk, and those that can be proposed without running any. */
function proposable({ sweep, store, draw }: OpenSweep, count: number): ProposedTrial[] {
  const known = new Map(store.read().map((trial) => [trial.trial, trial]));
  const trials: ProposedTrial[] = [];
  for (let index = 0; index < count; index++) {
    const proposal = known.get(index) ?? propose(sweep, index, [...known.values()], draw);
    if (proposal === null || proposal === 'wait') break;
    trials.push({ trial: index, values: proposal.values });
  }
  return trials;
}

interface ProposedTrial {
  readonly trial: number;
  readonly values: Proposal['values'];
}
