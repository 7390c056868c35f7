import { describeReason } from '../planning/reasons.ts';
import type { Failure, Outcome, RunEvent } from '../running/events.ts';
import { type Colors, duration, printable, table } from './format.ts';
import { visible } from './visible.ts';

export interface ReportOptions {
  readonly colors: Colors;
  /** Only failures and the last line. */
  readonly quiet: boolean;
}

type Finished = Extract<RunEvent, { type: 'stage-finished' }>;
type PlanEvent = Extract<RunEvent, { type: 'plan' }>;
type PlanAction = PlanEvent['instances'][number]['action'];
type RunFinished = Extract<RunEvent, { type: 'run-finished' }>;

/** What stays on the screen of an event; none for those that only move a progress bar. */
export function reportLines(event: RunEvent, options: ReportOptions): string[] {
  const { colors, quiet } = options;
  switch (event.type) {
    case 'note':
      if (quiet && event.level === 'info') return [];
      return [
        event.level === 'warning' ? colors.yellow(`warning: ${visible(event.text)}`) : colors.dim(visible(event.text)),
      ];
    case 'stage-started':
      if (quiet) return [];
      return [
        `${colors.bold(visible(event.instance))}: ${colors.cyan('running')} ${colors.dim(`(${why(event.reasons)})`)}`,
      ];
    case 'stage-waiting': {
      const { pid, host, since, advice } = event.holder;
      const who = pid > 0 ? `process ${pid} on ${host}` : 'another process';
      const text = `waiting for ${who}, which has been running in this workspace since ${since}`;
      // A wait that may take minutes for nothing is told in any case.
      if (advice !== '') return [`${colors.bold(visible(event.instance))}: ${visible(`${text}; ${advice}`)}`];
      return quiet ? [] : [`${colors.bold(visible(event.instance))}: ${colors.dim(visible(text))}`];
    }
    case 'output':
      return quiet ? [] : [`${colors.dim(`${visible(event.instance)} |`)} ${printable(event.line)}`];
    case 'stage-finished':
      return finishedLines(event, options);
    case 'object-quarantined':
      return [
        colors.yellow(
          visible(`warning: object ${event.digest} in the cache is corrupt and was moved to ${event.movedTo}`),
        ),
      ];
    case 'stopping':
      return [
        colors.yellow(event.signal === 'SIGINT' ? 'stopping (Ctrl-C again ends at once)' : `sending ${event.signal}`),
      ];
    case 'run-finished':
      return summaryLines(event, options);
    case 'plan':
    case 'run-started':
    case 'progress':
      return [];
  }
}

/** The plan as --dry-run and status show it: what would happen to each instance, and every reason. */
export function planLines({ instances }: PlanEvent, colors: Colors): string[] {
  const verbs = { run: 'would run', restore: 'would restore', waits: 'may run', fresh: 'fresh', frozen: 'frozen' };
  const lines = instances
    .filter(({ action }) => action !== 'fresh' && action !== 'frozen')
    .map(({ instance, action, reasons }) => {
      const why = visible(reasons.map(describeReason).join('; '));
      return `${colors.bold(visible(instance))}: ${colors.cyan(verbs[action])}${why === '' ? '' : ` (${why})`}`;
    });
  return [...lines, ...planCounts(instances)];
}

/** The last line of a plan: how many instances there are of each kind. */
export function planCounts(entries: readonly { readonly action: PlanAction }[]): string[] {
  const count = (wanted: PlanAction): number => entries.filter(({ action }) => action === wanted).length;
  const fresh = count('fresh') + count('frozen');
  if (fresh === entries.length) return [`Everything is up to date (${entries.length} instances).`];
  const parts = [`run ${count('run')}`, `may run ${count('waits')}`, `restore ${count('restore')}`];
  return [`would ${parts.join(', ')}, fresh ${fresh}`];
}

function finishedLines({ instance, outcome, ms, log }: Finished, { colors, quiet }: ReportOptions): string[] {
  const name = colors.bold(visible(instance));
  switch (outcome.type) {
    case 'failed':
      return [
        `${name}: ${colors.red('failed')}: ${visible(outcome.failure.message)}`,
        ...failureDetails(outcome.failure, log, colors),
      ];
    case 'interrupted':
      return [`${name}: ${colors.yellow('stopped')}; nothing of it was recorded`];
    case 'ran':
      return quiet ? [] : [`${name}: ${colors.green('done')} in ${duration(ms)}`];
    case 'restored':
      return quiet ? [] : [`${name}: ${colors.green('restored')} from the cache`];
    case 'fresh':
      return [];
    case 'skipped':
      return quiet || outcome.because !== 'upstream-failed' ? [] : [`${name}: ${colors.dim(skipped(outcome))}`];
  }
}

function skipped({ because }: Extract<Outcome, { type: 'skipped' }>): string {
  switch (because) {
    case 'upstream-failed':
      return 'not run, because a stage before it failed';
    case 'stopped-after-failure':
      return 'not run, because another stage failed (see --keep-going)';
    case 'interrupted':
      return 'not run';
  }
}

function failureDetails(failure: Failure, log: string | null, colors: Colors): string[] {
  const tail = failure.type === 'exit' ? failure.tail.map((line) => `  ${colors.red('|')} ${printable(line)}`) : [];
  return log === null || failure.type !== 'exit' ? tail : [...tail, `  full output: ${visible(log)}`];
}

function summaryLines({ counts, ms, stages, result }: RunFinished, { colors, quiet }: ReportOptions): string[] {
  const parts = [
    `ran ${counts.ran}`,
    `restored ${counts.restored}`,
    `fresh ${counts.fresh}`,
    `failed ${counts.failed}`,
  ];
  if (counts.skipped > 0) parts.push(`not run ${counts.skipped}`);
  const line = `${parts.join(', ')} (${duration(ms)})`;
  const word = { ok: colors.green('ok'), failed: colors.red('failed'), interrupted: colors.yellow('interrupted') }[
    result
  ];
  if (quiet || stages.length === 0) return [`${word}: ${line}`];
  const rows = stages.map(({ stage, count, ms: sum }) => [
    visible(stage),
    `${count}x`,
    duration(sum),
    `${duration(sum / count)} each`,
  ]);
  return ['', ...table(rows).map((row) => colors.dim(`  ${row}`)), `${word}: ${line}`];
}

function why(reasons: Extract<RunEvent, { type: 'stage-started' }>['reasons']): string {
  const [first, ...others] = reasons;
  if (first === undefined) return 'out of date';
  const text = visible(describeReason(first));
  return others.length === 0 ? text : `${text}; ${others.length} more reason${others.length === 1 ? '' : 's'}`;
}
