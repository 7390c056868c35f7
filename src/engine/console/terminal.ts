import { createLogUpdate } from 'log-update';
import type { Listener } from '../running/events.ts';
import { bar, duration, printable } from './format.ts';
import { reportLines, type ReportOptions } from './report.ts';

interface Running {
  readonly startedAt: number;
  readonly expectedMs: number | null;
  fraction: number;
  note: string | null;
}

const refreshPause = 100;
const barWidth = 20;

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
    const room = Math.max(1, stream.rows - 3);
    const shown = [...running].slice(0, room).map(([name, state]) => runningLine(name, state, stream.columns));
    const more = running.size > room ? [`... and ${running.size - room} more`] : [];
    live([...shown, ...more, options.colors.dim(`${done} of ${todo} done`)].join('\n'));
  };

  return (event) => {
    const lines = reportLines(event, options);
    switch (event.type) {
      case 'run-started':
        todo = event.todo;
        timer = setInterval(draw, 1000);
        timer.unref();
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

function runningLine(name: string, state: Running, columns: number): string {
  const elapsed = performance.now() - state.startedAt;
  const left = timeLeft(state, elapsed);
  const time = left === null ? duration(elapsed) : `${duration(elapsed)}, about ${duration(left)} left`;
  const note = state.note === null ? '' : ` ${printable(state.note)}`;
  const fraction = state.fraction > 0 ? state.fraction : expectedFraction(state, elapsed);
  const line = `${bar(fraction, barWidth)} ${name}${note} (${time})`;
  return line.length > columns ? line.slice(0, Math.max(1, columns - 1)) : line;
}

function expectedFraction({ expectedMs }: Running, elapsed: number): number {
  return expectedMs === null ? 0 : Math.min(0.99, elapsed / expectedMs);
}

/** From the stage's own progress; else from how long it took last time. In ms. */
function timeLeft({ fraction, expectedMs }: Running, elapsed: number): number | null {
  if (fraction > 0.01) return (elapsed * (1 - fraction)) / fraction;
  return expectedMs === null ? null : Math.max(0, expectedMs - elapsed);
}
