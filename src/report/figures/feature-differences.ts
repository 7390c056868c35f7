import { type Chart, rectangle, type Shape } from '../charts/chart.ts';
import { chartFigure, type Figure, type ReadData, readJson } from './figure.ts';

/** Fig. 4: for each class two faces, and how F_exp of each method differs between them. */
export interface FeatureDifferenceData {
  readonly net: string;
  readonly fold: number;
  readonly threshold: number;
  readonly classes: readonly string[];
  /** Two sequences of each class, of different people where there are. */
  readonly faces: readonly (readonly [string, string])[];
  /** For each method its |difference| in [0, 1], one row a class. */
  readonly methods: readonly { readonly title: string; readonly differences: readonly (readonly number[])[] }[];
}

export const FEATURE_DATA = 'features.json';

/** As the paper draws them: 8 x 32 for 256 numbers. */
const COLUMNS = 32;
const CELL = 9;
const GAP = 22;
const LABELS = 92;
const [DARK, LIT] = ['#2b2b33', '#f2b705'] as const;

export function featureDifferences(read: ReadData): Figure[] {
  const data = readJson(read, FEATURE_DATA) as FeatureDifferenceData | null;
  if (data === null) return [];
  return [
    chartFigure(
      {
        name: 'features',
        title: 'Fig. 4: differences of F_exp between two faces of one class',
        caption:
          `BaseNet ${data.net}, fold ${data.fold}: two unseen weak faces of each class (different people). Each ` +
          `position is |difference| of F_exp divided by the largest of its pair, lit above ${data.threshold}; fewer lit ` +
          'positions are more similar features. One pair a class is an example: the table "features" has the means over ' +
          'all pairs.',
      },
      chartOf(data),
    ),
  ];
}

function chartOf({ classes, methods, threshold, net }: FeatureDifferenceData): Chart {
  const size = methods[0]?.differences[0]?.length ?? 0;
  const gridWidth = COLUMNS * CELL;
  const gridHeight = Math.ceil(size / COLUMNS) * CELL;
  const left = (method: number) => LABELS + method * (gridWidth + GAP);
  const top = (label: number) => 60 + label * (gridHeight + GAP);
  const heads = methods.map(({ title }, method): Shape => ({
    kind: 'text',
    at: [left(method), 48],
    text: title,
    bold: true,
  }));
  const rows = classes.flatMap((name, label): Shape[] => [
    { kind: 'text', at: [LABELS - 10, top(label) + gridHeight / 2 + 4], text: name, anchor: 'end' },
    ...methods.flatMap(({ differences }, method): Shape[] => {
      const lit = [...(differences[label] ?? []).entries()].filter(([, value]) => value > threshold);
      return [
        rectangle(left(method), top(label), gridWidth, gridHeight, DARK),
        ...lit.map(([at]) =>
          rectangle(
            left(method) + (at % COLUMNS) * CELL + 1,
            top(label) + Math.floor(at / COLUMNS) * CELL + 1,
            CELL - 2,
            CELL - 2,
            LIT,
          ),
        ),
        {
          kind: 'text',
          at: [left(method) + gridWidth, top(label) + gridHeight + 14],
          text: `${lit.length} of ${size} lit`,
          anchor: 'end',
          colour: '#555555',
        },
      ];
    }),
  ]);
  return {
    width: LABELS + methods.length * (gridWidth + GAP),
    height: top(classes.length),
    title: 'Differences of F_exp between two faces of one class',
    shapes: [
      { kind: 'text', at: [16, 24], text: `Differences of F_exp between two faces of one class, ${net}`, bold: true },
      ...heads,
      ...rows,
    ],
  };
}
