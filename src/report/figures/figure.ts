import { toPng } from '../charts/to-png.ts';
import { toSvg } from '../charts/to-svg.ts';
import type { Chart } from '../charts/chart.ts';
import { ReportError } from '../scale.ts';

/** A figure of the report. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** How to read it, in one paragraph. */
  readonly caption: string;
  readonly png: Uint8Array;
  /** Of charts; photographs have none. */
  readonly svg: string | null;
}

/** What a figure is drawn from: a file of `figures/data` by its name, or null where it was not made. */
export type ReadData = (name: string) => Uint8Array | null;

export function chartFigure(text: Pick<Figure, 'name' | 'title' | 'caption'>, chart: Chart): Figure {
  return { ...text, png: toPng(chart), svg: toSvg(chart) };
}

/** Parses a data file; null where it was not made. Throws a ReportError where it is no JSON object. */
export function readJson(read: ReadData, name: string): object | null {
  const bytes = read(name);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, in words for the user.
  }
  throw new ReportError(`figures/data/${name}: expected JSON; restore it from git, or run the stage 'tables' again`);
}

/** As JSON with a line for each entry of the outermost object, so that a change is seen in a diff. */
export function dataFile(value: object): Uint8Array {
  const lines = Object.entries(value).map(([key, entry]) => ` ${JSON.stringify(key)}: ${JSON.stringify(entry)}`);
  return new TextEncoder().encode(`{\n${lines.join(',\n')}\n}\n`);
}
