/** Metrics over steps, as characters for a terminal and as SVG. */
import type { TrackedRun } from './run-list.ts';

export interface Curve {
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** A metric of a run over its steps; values that are not finite are left out. */
export function curveOf(run: TrackedRun, metric: string): Curve {
  return {
    points: run.history.flatMap(({ step, values }): (readonly [number, number])[] => {
      const value = values[metric];
      return value !== undefined && Number.isFinite(value) ? [[step, value]] : [];
    }),
  };
}

/** Metrics that runs logged at two steps or more, in the order in which they first appear. */
export function curveNames(runs: readonly TrackedRun[]): string[] {
  const names = new Set(runs.flatMap((run) => run.history.flatMap(({ values }) => Object.keys(values))));
  return [...names].filter((name) => runs.some((run) => curveOf(run, name).points.length > 1));
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

function rangeOf(values: readonly number[]): Range {
  // A loop, because a long run has more values than a call may have arguments.
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

export function valueRange(curves: readonly Curve[]): Range {
  return rangeOf(curves.flatMap(({ points }) => points.map(([, value]) => value)));
}

const BARS = '▁▂▃▄▅▆▇█';

/** One line of blocks, `width` characters at most: the mean of what falls into each column, within a common range. */
export function sparkline({ points }: Curve, { low, high }: Range, width: number): string {
  const columns = Math.min(width, points.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * points.length) / columns);
    const to = Math.floor(((column + 1) * points.length) / columns);
    const part = points.slice(from, to);
    const mean = part.reduce((sum, [, value]) => sum + value, 0) / part.length;
    const level = high > low ? (mean - low) / (high - low) : 0;
    return BARS.charAt(Math.min(BARS.length - 1, Math.floor(level * BARS.length)));
  }).join('');
}

const PANEL = { width: 420, height: 220, left: 60, right: 12, top: 28, bottom: 24 };
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'];

/** One panel a metric, one line a run. */
export function curvesSvg(runs: readonly TrackedRun[], metrics: readonly string[]): string {
  const legend = runs.map((run, at) => {
    const text = escape(`${run.name} (${run.id})`);
    return `<text x="8" y="${16 + 16 * at}" fill="${colour(at)}">${text}</text>`;
  });
  const top = 8 + 16 * runs.length;
  const panels = metrics.map((metric, at) => {
    const place = `translate(${(at % 2) * PANEL.width} ${top + Math.floor(at / 2) * PANEL.height})`;
    return `<g transform="${place}">${panel(
      metric,
      runs.map((run) => curveOf(run, metric)),
    )}</g>`;
  });
  const width = PANEL.width * Math.min(2, Math.max(1, metrics.length));
  const height = top + PANEL.height * Math.ceil(metrics.length / 2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...legend,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel(metric: string, curves: readonly Curve[]): string {
  const values = valueRange(curves);
  const steps = rangeOf(curves.flatMap(({ points }) => points.map(([step]) => step)));
  const { width, height, left, right, top, bottom } = PANEL;
  const x = (step: number): number => left + share(step, steps) * (width - left - right);
  const y = (value: number): number => height - bottom - share(value, values) * (height - top - bottom);
  const lines = curves.map(({ points }, at) => {
    const path = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour(at)}" stroke-width="1.5"/>`;
  });
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  const label = (text: string, at: string): string => `<text ${at} fill="#555">${text}</text>`;
  return [
    `<text x="${left}" y="${top - 10}" font-weight="bold">${escape(metric)}</text>`,
    `<path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#999"/>`,
    label(number(values.high), `x="${left - 6}" y="${top + 8}" text-anchor="end"`),
    label(number(values.low), `x="${left - 6}" y="${height - bottom}" text-anchor="end"`),
    label(number(steps.low), `x="${left}" y="${height - bottom + 14}"`),
    label(`step ${number(steps.high)}`, `x="${width - right}" y="${height - bottom + 14}" text-anchor="end"`),
    ...lines,
  ].join('');
}

function share(value: number, { low, high }: Range): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

function colour(at: number): string {
  return COLOURS[at % COLOURS.length] ?? 'black';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
