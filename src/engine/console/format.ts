import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours where the stream shows them and the user did not say no (NO_COLOR). */
export function colorsFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Colors {
  const refused = (env['NO_COLOR'] ?? '') !== '';
  const forced = (env['FORCE_COLOR'] ?? '0') !== '0' && env['FORCE_COLOR'] !== '';
  return pc.createColors(!refused && (stream.isTTY === true || forced));
}

/** `12 ms`, `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  if (ms < 99.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Columns padded to their widest cell; the first is flush left, the others flush right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `[#####     ]` */
export function bar(fraction: number, width: number): string {
  const full = Math.round(fraction * width);
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}]`;
}

/**
 * Takes control characters and marks of direction out of what a program printed, so that it cannot move the cursor of our
 * screen. Names and values are for `visible`.
 */
export function printable(line: string): string {
  // Of a progress bar that redraws itself by "\r" the last state counts.
  const visible = line.slice(line.lastIndexOf('\r') + 1);
  return stripVTControlCharacters(visible).replaceAll(/[^\P{Cc}\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '');
}

/**
 * A text in lines of at most `width` columns (at least 20; null: one line), broken at blanks; a word that is longer
 * stays whole. The first line begins with `first`, the others with `rest`.
 */
export function wrapped(text: string, width: number | null, first = '', rest = first): string[] {
  if (width === null) return [first + text];
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > Math.max(20, width)) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
