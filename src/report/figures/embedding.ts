import { type Chart, colourOf, type Point, type Shape } from '../charts/chart.ts';
import { chartFigure, type Figure, type ReadData, readJson } from './figure.ts';

/** Fig. 1 (b): features of unseen faces in the plane, for each method. */
export interface EmbeddingData {
  readonly net: string;
  readonly fold: number;
  readonly perplexity: number;
  readonly classes: readonly string[];
  readonly methods: readonly {
    readonly title: string;
    /** One entry a point. */
    readonly points: readonly EmbeddedPoint[];
  }[];
}

export type FaceKind = 'weak' | 'magnified' | 'peak';
/** Class number, what was shown, place in the plane. */
export type EmbeddedPoint = readonly [label: number, kind: FaceKind, x: number, y: number];

export const EMBEDDING_DATA = 'embedding.json';

const [SIDE, GAP, TOP, INSET] = [430, 20, 62, 14] as const;
/** How each kind of picture is drawn. */
const MARKS = {
  weak: { radius: 3.4, hollow: true },
  magnified: { radius: 1.9, hollow: false },
  peak: { radius: 4, hollow: false },
} as const;

export function embedding(read: ReadData): Figure[] {
  const data = readJson(read, EMBEDDING_DATA) as EmbeddingData | null;
  if (data === null) return [];
  return [
    chartFigure(
      {
        name: 'embedding',
        title: 'Fig. 1 (b): features of weak, magnified and peak expressions',
        caption:
          `t-SNE (perplexity ${data.perplexity}) of F_exp of unseen faces, BaseNet ${data.net}, fold ${data.fold}: the ` +
          "classifier's in CNN, E's in GroupGAN (2v2). One point a picture, coloured by class; each method has a plane of " +
          'its own. t-SNE keeps neighbours: distances between far groups, and sizes of groups, mean little.',
      },
      chartOf(data),
    ),
  ];
}

function chartOf({ classes, methods, net }: EmbeddingData): Chart {
  const kinds = (['weak', 'magnified', 'peak'] as const).filter((kind) =>
    methods.some(({ points }) => points.some((point) => point[1] === kind)),
  );
  const height = TOP + SIDE + 44;
  const planes = methods.flatMap(({ title, points }, at): Shape[] => {
    const left = GAP + at * (SIDE + GAP);
    const toPlane = scaler(points, left, TOP);
    const frame: Point[] = [
      [left, TOP],
      [left + SIDE, TOP],
      [left + SIDE, TOP + SIDE],
      [left, TOP + SIDE],
      [left, TOP],
    ];
    return [
      { kind: 'text', at: [left, TOP - 10], text: title, bold: true },
      { kind: 'line', points: frame, colour: '#bbbbbb', width: 1 },
      // The smallest marks last, so that they stay visible.
      ...(['peak', 'weak', 'magnified'] as const).flatMap((kind) =>
        points
          .filter((point) => point[1] === kind)
          .map(([label, , x, y]): Shape => ({
            kind: 'dot',
            at: toPlane(x, y),
            colour: colourOf(label),
            ...MARKS[kind],
          })),
      ),
    ];
  });
  let x = GAP + 6;
  const entry = (text: string, colour: string, mark: (typeof MARKS)[FaceKind]): Shape[] => {
    const at: Point = [x, height - 22];
    x += 6.4 * text.length + 30;
    return [
      { kind: 'dot', at, colour, ...mark },
      { kind: 'text', at: [at[0] + 9, at[1] + 4], text },
    ];
  };
  const legend = [
    ...classes.flatMap((name, label) => entry(name, colourOf(label), MARKS.peak)),
    ...kinds.flatMap((kind) => entry(kind, '#222222', MARKS[kind])),
  ];
  return {
    width: Math.max(GAP + methods.length * (SIDE + GAP), Math.ceil(x)),
    height,
    title: 'Features of weak, magnified and peak expressions',
    shapes: [
      { kind: 'text', at: [GAP, 24], text: `Features F_exp of unseen faces by t-SNE, ${net}`, bold: true },
      ...planes,
      ...legend,
    ],
  };
}

/** Both axes alike, so that distances are not stretched. */
function scaler(points: readonly EmbeddedPoint[], left: number, top: number): (x: number, y: number) => Point {
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [lowX, highX] = range(points.map((point) => point[2]));
  const [lowY, highY] = range(points.map((point) => point[3]));
  const scale = (SIDE - 2 * INSET) / Math.max(highX - lowX, highY - lowY, 1e-9);
  const middle = SIDE / 2;
  return (x, y) => [left + middle + (x - (lowX + highX) / 2) * scale, top + middle - (y - (lowY + highY) / 2) * scale];
}
