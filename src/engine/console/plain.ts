import type { Listener } from '../running/events.ts';
import { duration, printable } from './format.ts';
import { visible } from './visible.ts';
import { reportLines, type ReportOptions } from './report.ts';

/** Of a stage's progress one line at most in this time (ms): a log is no screen. */
const progressPause = 15_000;

/** Renders events as lines: for files, pipes and CI. */
export function plainRenderer(write: (text: string) => void, options: ReportOptions): Listener {
  const lastProgress = new Map<string, number>();
  const startedAt = performance.now();
  return (event) => {
    if (event.type === 'progress' && !options.quiet) {
      const now = performance.now();
      if (now - (lastProgress.get(event.instance) ?? startedAt) < progressPause) return;
      lastProgress.set(event.instance, now);
      const note = event.note === null ? '' : `, ${printable(event.note)}`;
      write(
        `${visible(event.instance)}: ${Math.floor(event.fraction * 100)} %${note} (after ${duration(now - startedAt)})\n`,
      );
      return;
    }
    for (const line of reportLines(event, options)) write(`${line}\n`);
  };
}
