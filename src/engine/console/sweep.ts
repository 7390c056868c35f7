import { shortText } from '../sweeps/distributions.ts';
import type { SweepEvent, SweepListener } from '../sweeps/sweep-events.ts';
import { duration } from './format.ts';
import { reportLines, type ReportOptions } from './report.ts';
import { visible } from './visible.ts';

/** Renders the events of a sweep as lines; what a trial's stages print is in their logs. */
export function sweepRenderer(write: (text: string) => void, options: ReportOptions): SweepListener {
  return (event) => {
    for (const line of sweepLines(event, options)) write(`${line}\n`);
  };
}

/** Renders every event of a sweep as one line of JSON with an ISO `time`. */
export function sweepJsonRenderer(write: (text: string) => void): SweepListener {
  return (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

function sweepLines(event: SweepEvent, options: ReportOptions): string[] {
  const { colors, quiet } = options;
  switch (event.type) {
    case 'note':
      return reportLines(event, options);
    case 'sweep-started': {
      const done = event.ended === 0 ? '' : `, ${event.ended} of them have ended already`;
      return [
        `sweep ${colors.bold(visible(event.name))} (${visible(event.id)}): ${event.method}, ${event.count} trials${done}`,
      ];
    }
    case 'trial-started': {
      const values = Object.entries(event.values).map(([key, value]) => visible(`${key}=${shortText(value)}`));
      return quiet ? [] : [`${colors.bold(`trial ${event.trial}`)}: ${values.join(', ')}`];
    }
    case 'trial-event': {
      const { type } = event.event;
      if (quiet || (type !== 'stage-started' && type !== 'stage-finished' && type !== 'object-quarantined')) return [];
      return reportLines(event.event, options).map((line) => `${colors.dim(`trial ${event.trial} |`)} ${line}`);
    }
    case 'trial-finished':
      return [`${colors.bold(`trial ${event.trial}`)}: ${outcome(event, options)} (${duration(event.ms)})`];
    case 'sweep-finished': {
      const { finished, failed, stopped, best, result } = event;
      const word = { ok: colors.green('ok'), failed: colors.red('failed'), interrupted: colors.yellow('interrupted') }[
        result
      ];
      const tail = best === null ? '' : `; the best is trial ${best}`;
      return [`${word}: ${finished} trials finished, ${stopped} stopped, ${failed} failed${tail}`];
    }
  }
}

function outcome(event: Extract<SweepEvent, { type: 'trial-finished' }>, { colors }: ReportOptions): string {
  switch (event.state) {
    case 'finished':
      return `${colors.green('finished')}, metric ${event.metric === null ? 'unknown' : shortText(event.metric)}`;
    case 'failed':
      return `${colors.red('failed')}: ${visible(event.reason ?? 'for no known reason')}`;
    case 'stopped':
      return `${colors.yellow('stopped early')}: ${visible(event.reason ?? '')}`;
    case 'interrupted':
      return colors.yellow('interrupted');
  }
}
