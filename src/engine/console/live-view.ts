import { displayWidth, fitWidth } from './display-width.ts';
import { bar, duration, printable } from './format.ts';
import { visible } from './visible.ts';

/** A stage that is running, as the live view knows it. Times in ms. */
export interface RunningStage {
  readonly name: string;
  readonly elapsed: number;
  /** How long it took last time, or null. */
  readonly expected: number | null;
  /** What the stage itself reported, from 0 to 1; 0 when it reports nothing. */
  readonly fraction: number;
  readonly note: string | null;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const barWidth = 20;
const narrowBarWidth = 8;
/** A note that is cut shorter than this (columns) says nothing. */
const shortestNote = 8;

/**
 * The lines below the log: one a running stage, and how far the run is. Never as many as the screen has rows, none as
 * wide as the screen: the cursor needs a place, and a line that wraps cannot be drawn over.
 */
export function liveLines(
  running: readonly RunningStage[],
  progress: { readonly done: number; readonly todo: number },
  screen: Screen,
): string[] {
  const columns = Math.max(1, screen.columns - 1);
  const last = fitWidth(`${progress.done} of ${progress.todo} done, ${running.length} running`, columns);
  const room = Math.max(0, screen.rows - 2);
  const shown = running.length <= room ? running : running.slice(0, Math.max(0, room - 1));
  const lines = shown.map((stage) => stageLine(stage, columns));
  const hidden = running.length - shown.length;
  if (hidden > 0 && room > 0) lines.push(fitWidth(`and ${hidden} more`, columns));
  return [...lines, last];
}

/** As much as fits: the note is cut first, then the bar, then the time. */
function stageLine(stage: RunningStage, columns: number): string {
  const { elapsed } = stage;
  const name = visible(stage.name);
  const left = timeLeft(stage);
  const time = left === null ? duration(elapsed) : `${duration(elapsed)}, about ${duration(left)} left`;
  const fraction = fractionOf(stage);
  const candidates = [
    `${bar(fraction, barWidth)} ${name} (${time})`,
    `${bar(fraction, narrowBarWidth)} ${name} (${time})`,
    `${name} (${time})`,
    `${name} (${duration(elapsed)})`,
  ];
  const line = candidates.find((one) => displayWidth(one) <= columns) ?? fitWidth(name, columns);
  const room = columns - displayWidth(line) - 1;
  const note = stage.note === null || line !== candidates[0] ? '' : printable(stage.note);
  if (note === '' || (room < shortestNote && room < displayWidth(note))) return line;
  return `${bar(fraction, barWidth)} ${name} ${fitWidth(note, room)} (${time})`;
}

/** How much of the bar is full: the stage's own report, else the share of the time that it took last. */
function fractionOf({ fraction, expected, elapsed }: RunningStage): number {
  if (fraction > 0) return fraction;
  return expected === null || expected === 0 ? 0 : Math.min(0.99, elapsed / expected);
}

/** From the stage's own progress; else from how long it took last time. In ms; null when nobody can tell. */
function timeLeft({ fraction, expected, elapsed }: RunningStage): number | null {
  if (fraction > 0.01) return (elapsed * (1 - fraction)) / fraction;
  return expected === null ? null : Math.max(0, expected - elapsed);
}
