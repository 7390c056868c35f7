import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Outcome, RunEvent } from '../../src/engine/running/events.ts';
import { home, pipelineBin } from './project.ts';
import { type Usage, UsageWatch } from './usage.ts';

/** An event as `--json` writes it, with the ISO time. */
export type TimedEvent = RunEvent & { readonly time: string };

export interface FollowedRun {
  readonly events: readonly TimedEvent[];
  /** Of the largest process that the runner started; null where the system does not tell. */
  readonly usage: Usage | null;
}

/** What became of one instance in a run. */
export interface Course {
  readonly outcome: Outcome;
  readonly ms: number;
  /** Time (ms) from the choice of a backend to the first report of progress; NaN without one. */
  readonly firstReport: number;
}

/** ms between two looks at the processes. */
const INTERVAL = 20;

/**
 * Runs our command line in this project with `--json` and looks at its processes meanwhile. Nothing is tracked.
 *
 * @throws Error with what it said when it ended before anything was planned
 */
export async function followRun(words: readonly string[]): Promise<FollowedRun> {
  const child = spawn(process.execPath, [pipelineBin, 'run', ...words, '--json'], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true', NO_COLOR: '1', WANDB_MODE: 'disabled' },
  });
  const watch = new UsageWatch(child.pid ?? 0);
  const looks = setInterval(() => watch.look(), INTERVAL);
  // The caller has something to remove: a Ctrl-C ends the run, and the events say so.
  const stop = (): void => void child.kill('SIGINT');
  process.on('SIGINT', stop);
  try {
    const mistakes = text(child.stderr);
    const events: TimedEvent[] = [];
    for await (const line of createInterface({ input: child.stdout })) events.push(JSON.parse(line) as TimedEvent);
    if (events.length === 0) throw new Error(`pipeline ${words.join(' ')} said:\n${await mistakes}`);
    return { events, usage: watch.largest };
  } finally {
    process.off('SIGINT', stop);
    clearInterval(looks);
  }
}

/** Null for an instance that the events do not know. */
export function courseOf(events: readonly TimedEvent[], instance: string): Course | null {
  const own = events.filter((event) => 'instance' in event && event.instance === instance);
  const finished = own.find((event) => event.type === 'stage-finished');
  if (finished?.type !== 'stage-finished') return null;
  const chosen = own.find((event) => event.type === 'output' && event.line.startsWith('backend '));
  const reported = own.find((event) => event.type === 'progress');
  const firstReport = timeOf(reported) - timeOf(chosen);
  return { outcome: finished.outcome, ms: finished.ms, firstReport };
}

function timeOf(event: TimedEvent | undefined): number {
  return event === undefined ? NaN : Date.parse(event.time);
}
