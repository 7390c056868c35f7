import { createLogUpdate } from 'log-update';
import type { Listener } from '../running/events.ts';
import { liveLines } from './live-view.ts';
import { reportLines, type ReportOptions } from './report.ts';

interface Running {
  readonly startedAt: number;
  readonly expectedMs: number | null;
  fraction: number;
  note: string | null;
}

const refreshPause = 100;

/** Renders events on a terminal: lines that stay, and below them the stages that are running, with time left. */
export function terminalRenderer(stream: NodeJS.WriteStream, options: ReportOptions): Listener {
  const live = createLogUpdate(stream);
  const running = new Map<string, Running>();
  let todo = 0;
  let done = 0;
  let drawnAt = 0;
  let timer: NodeJS.Timeout | null = null;

  const draw = (): void => {
    drawnAt = performance.now();
    if (running.size === 0) {
      live.clear();
      return;
    }
    const now = performance.now();
    const stages = [...running].map(([name, { startedAt, expectedMs, fraction, note }]) => ({
      name,
      elapsed: now - startedAt,
      expected: expectedMs,
      fraction,
      note,
    }));
    live(liveLines(stages, { done, todo }, { columns: stream.columns, rows: stream.rows }).join('\n'));
  };

  return (event) => {
    const lines = reportLines(event, options);
    switch (event.type) {
      case 'run-started':
        todo = event.todo;
        timer = setInterval(draw, 1000);
        timer.unref();
        stream.on('resize', draw);
        break;
      case 'stage-started':
        running.set(event.instance, {
          startedAt: performance.now(),
          expectedMs: event.expectedMs,
          fraction: 0,
          note: null,
        });
        break;
      case 'progress': {
        const state = running.get(event.instance);
        if (state !== undefined) Object.assign(state, { fraction: event.fraction, note: event.note });
        break;
      }
      case 'stage-finished':
        running.delete(event.instance);
        if (event.outcome.type !== 'fresh') done++;
        break;
      case 'run-finished':
        if (timer !== null) clearInterval(timer);
        stream.off('resize', draw);
        break;
      case 'note':
      case 'plan':
      case 'output':
      case 'stage-waiting':
      case 'object-quarantined':
      case 'stopping':
        break;
    }
    if (lines.length > 0) {
      live.clear();
      stream.write(lines.map((line) => `${line}\n`).join(''));
      draw();
    } else if (performance.now() - drawnAt > refreshPause) {
      draw();
    }
    if (event.type === 'run-finished') live.done();
  };
}
