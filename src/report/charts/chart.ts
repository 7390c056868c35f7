/**
 * A chart is a list of shapes, drawn twice: as SVG, whose text stays text, and as PNG by a rasteriser and letters of our
 * own. Neither needs a browser, a font or a native library, so that both are the same bytes on every machine.
 */

export type Point = readonly [x: number, y: number];

export type Shape =
  | {
      readonly kind: 'line';
      readonly points: readonly Point[];
      readonly colour: string;
      readonly width: number;
      readonly opacity?: number;
    }
  | { readonly kind: 'area'; readonly points: readonly Point[]; readonly colour: string; readonly opacity?: number }
  | {
      readonly kind: 'dot';
      readonly at: Point;
      readonly radius: number;
      readonly colour: string;
      /** A ring instead of a disc. */
      readonly hollow?: boolean;
    }
  | {
      readonly kind: 'text';
      /** Left end, middle or right end of the base line. */
      readonly at: Point;
      readonly text: string;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly colour?: string;
      readonly bold?: boolean;
    };

export interface Chart {
  /** In units of the SVG; the PNG has two pixels a unit. */
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly shapes: readonly Shape[];
}

/** Colours that stay apart for most colour-blind people (Okabe and Ito, 2008), `#rrggbb`. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555'] as const;

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}

export function rectangle(x: number, y: number, width: number, height: number, colour: string): Shape {
  return {
    kind: 'area',
    colour,
    points: [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ],
  };
}

/** Round numbers (1, 2 or 5 times a power of ten) inside [low, high], about so many; of an empty range its one value. */
export function ticks(low: number, high: number, about: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  let step = 1;
  while (step > rough) step /= 10;
  while (step * 10 <= rough) step *= 10;
  const factor = [1, 2, 5].find((candidate) => candidate * step >= rough * 0.999) ?? 10;
  step *= factor;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Rounded so that 3 * 0.1 is printed as 0.3.
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}
