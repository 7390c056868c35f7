import type { Importance } from './importance.ts';
import { finishedTrials, short, type SweepResults } from './results.ts';
import { drawing, element, polyline, scaleColor, text } from '../../../base/svg.ts';

const margin = { top: 70, bottom: 40, side: 90 } as const;
const axisHeight = 300;
const axisGap = 190;
/** Keeps labels readable where lines cross them. */
const halo = { stroke: '#fff', 'stroke-width': 3, 'stroke-linejoin': 'round', 'paint-order': 'stroke' } as const;

/**
 * Parallel coordinates: one axis a parameter and one for the metric, one line a finished trial. Axes are in shares of
 * the draws, so that one from 1e-4 to 1e-2 drawn in logarithms is logarithmic. The best trial is drawn last and bold.
 */
export function parallelCoordinates(results: SweepResults): string {
  const { axes, metric, best } = results;
  const trials = finishedTrials(results);
  const metrics = trials.map((trial) => trial.metric);
  const [low, high] = [Math.min(...metrics), Math.max(...metrics)];
  const share = (value: number): number => (high > low ? (value - low) / (high - low) : 0.5);
  const better = (value: number): number => (metric.goal === 'maximize' ? share(value) : 1 - share(value));
  const width = 2 * margin.side + axisGap * axes.length;
  const height = margin.top + axisHeight + margin.bottom;
  const x = (column: number): number => margin.side + axisGap * column;
  const y = (position: number): number => margin.top + axisHeight * (1 - position);
  const metricTicks =
    trials.length === 0
      ? []
      : [0, 0.5, 1].map((position) => ({ position, label: short(low + (high - low) * position) }));
  const columns = [
    ...axes.map(({ key, ticks }) => ({ title: key, ticks })),
    { title: metric.name, ticks: high > low ? metricTicks : metricTicks.slice(1, 2) },
  ];
  const sorted = [...trials].sort((a, b) => Number(a.trial === best) - Number(b.trial === best));
  const lines = sorted.map((trial) =>
    polyline(
      [
        ...axes.map(({ key }, at): [number, number] => [x(at), y(trial.point[key] ?? 0.5)]),
        [x(axes.length), y(share(trial.metric))],
      ],
      {
        stroke: scaleColor(better(trial.metric)),
        'stroke-width': trial.trial === best ? 3.5 : 1.5,
        'stroke-opacity': trial.trial === best ? 1 : 0.75,
      },
    ),
  );
  const drawnAxes = columns.flatMap(({ title, ticks }, at) => [
    element('line', { x1: x(at), y1: y(0), x2: x(at), y2: y(1), stroke: '#888' }),
    ...axisTitle(title, x(at)),
    ...ticks.flatMap(({ position, label }) => [
      element('line', { x1: x(at) - 4, y1: y(position), x2: x(at) + 4, y2: y(position), stroke: '#888' }),
      text(x(at) + 8, y(position) + 4, label, { fill: '#555', 'font-size': 11, ...halo }),
    ]),
  ]);
  const heading = `${results.name}: ${trials.length} finished trials, ${metric.goal} ${metric.name}`;
  return drawing(width, height, heading, [
    text(16, 24, heading, { 'font-size': 15 }),
    ...lines,
    ...drawnAxes,
    text(16, height - 12, best === null ? 'no trial finished' : `bold: trial ${best}, the best; bright is better`, {
      fill: '#555',
    }),
  ]);
}

/** The last part of a dotted key in full, what is above it small. */
function axisTitle(key: string, x: number): string[] {
  const dot = key.lastIndexOf('.');
  const above =
    dot < 0
      ? []
      : [text(x, margin.top - 28, key.slice(0, dot), { 'text-anchor': 'middle', 'font-size': 10, fill: '#777' })];
  return [...above, text(x, margin.top - 13, key.slice(dot + 1), { 'text-anchor': 'middle', 'font-weight': 'bold' })];
}

const barLeft = 290;
const barWidth = 320;
const rowHeight = 30;

/** Importance as bars, the most important first, with the rank correlation beside them. */
export function importancePlot(results: SweepResults, importances: readonly Importance[]): string {
  const sorted = [...importances].sort((a, b) => b.importance - a.importance || (a.key < b.key ? -1 : 1));
  const width = barLeft + barWidth + 180;
  const height = 70 + rowHeight * sorted.length + 20;
  const heading = `${results.name}: importance for ${results.metric.name}`;
  const rows = sorted.flatMap(({ key, importance, correlation }, at) => {
    const top = 62 + rowHeight * at;
    const falls = correlation !== null && correlation < 0;
    return [
      text(barLeft - 10, top + 14, key, { 'text-anchor': 'end' }),
      element('rect', {
        x: barLeft,
        y: top,
        width: Math.max(1, barWidth * importance),
        height: 18,
        fill: falls ? '#b5513c' : '#2f6f9f',
      }),
      text(barLeft + barWidth * importance + 6, top + 14, `${(100 * importance).toFixed(0)} %`, { fill: '#555' }),
      text(width - 16, top + 14, correlationText(correlation), { 'text-anchor': 'end' }),
    ];
  });
  return drawing(width, height, heading, [
    text(16, 24, heading, { 'font-size': 15 }),
    text(width - 16, 46, 'rank correlation', { 'text-anchor': 'end', fill: '#555' }),
    text(barLeft, 46, 'share of explained variance', { fill: '#555' }),
    ...rows,
  ]);
}

/** `+0.42`; a dash for categories, which have no order. */
export function correlationText(correlation: number | null): string {
  if (correlation === null) return '–';
  return `${correlation < 0 ? '−' : '+'}${Math.abs(correlation).toFixed(2)}`;
}
