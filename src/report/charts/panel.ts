import { type Point, type Shape, ticks } from './chart.ts';

/** A line of values over common positions, and optionally the band they scatter in. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly y: readonly number[];
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
}

export interface Panel {
  readonly title: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** A range of values that is always shown. */
  readonly include?: readonly [low: number, high: number];
}

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MARGIN = { left: 46, right: 8, top: 38, bottom: 22 } as const;

/** Axes, bands and lines of one panel; with several series, their names stand below the title. */
export function linePanel({ title, x, series, include }: Panel, place: Place): Shape[] {
  const values = series.flatMap(({ y, band }) => [...y, ...(band?.low ?? []), ...(band?.high ?? [])]);
  const [low, high] = padded([...values, ...(include ?? [])]);
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 1];
  const [right, bottom] = [place.left + place.width - MARGIN.right, place.top + place.height - MARGIN.bottom];
  const [left, top] = [place.left + MARGIN.left, place.top + MARGIN.top];
  const toX = (value: number) => left + (last > first ? (value - first) / (last - first) : 0.5) * (right - left);
  const toY = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - top);
  const path = (line: readonly number[]) => line.map((value, at): Point => [toX(x[at] ?? 0), toY(value)]);
  const grid = ticks(low, high, 4).flatMap((value): Shape[] => [
    line([left, toY(value)], [right, toY(value)], '#e4e4e4'),
    { kind: 'text', at: [left - 5, toY(value) + 4], text: label(value), anchor: 'end', colour: '#555555' },
  ]);
  const steps = ticks(first, last, 3).flatMap((value): Shape[] => [
    line([toX(value), bottom], [toX(value), bottom + 4], '#888888'),
    { kind: 'text', at: [toX(value), bottom + 17], text: label(value), anchor: 'middle', colour: '#555555' },
  ]);
  const bands = series.flatMap(({ band, colour }): Shape[] =>
    band === undefined
      ? []
      : [{ kind: 'area', colour, opacity: 0.18, points: [...path(band.low), ...path(band.high).reverse()] }],
  );
  const lines = series.flatMap(({ y, colour }): Shape[] => {
    const [only] = y;
    if (y.length === 1 && only !== undefined) return [{ kind: 'dot', at: [toX(first), toY(only)], radius: 3, colour }];
    return [{ kind: 'line', points: path(y), colour, width: 1.6 }];
  });
  let nameAt = left;
  const names = series.length < 2 ? [] : series;
  const legend = names.flatMap(({ name, colour }): Shape[] => {
    const at: Point = [nameAt, place.top + 31];
    nameAt += 6.4 * name.length + 14;
    return [{ kind: 'text', at, text: name, colour }];
  });
  return [
    { kind: 'text', at: [left, place.top + 16], text: title, bold: true },
    ...legend,
    ...grid,
    line([left, bottom], [right, bottom], '#888888'),
    ...steps,
    ...bands,
    ...lines,
  ];
}

function line(from: Point, to: Point, colour: string): Shape {
  return { kind: 'line', points: [from, to], colour, width: 1 };
}

/** A range around all values, never empty. */
function padded(values: readonly number[]): readonly [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(low)) return [0, 1];
  const space = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.1, 0.5);
  return [low - space, high + space];
}

/** At most six characters. */
function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}
