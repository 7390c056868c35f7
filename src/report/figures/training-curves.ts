import { spread } from '../../science/evaluation/accuracy.ts';
import { type Chart, colourOf } from '../charts/chart.ts';
import { linePanel, type Panel, type Series } from '../charts/panel.ts';
import { chartFigure, type Figure, type ReadData, readJson } from './figure.ts';

/** What training reported, of all folds of one BaseNet. */
export interface TrainingCurveData {
  readonly net: string;
  readonly folds: readonly number[];
  readonly steps: readonly number[];
  /** By the name of the measure: one row a fold, one value a step. */
  readonly measures: Readonly<Record<string, readonly (readonly number[])[]>>;
}

export const CURVE_DATA = 'training-curves.json';

/** Panels in the order of Algorithm 1; a panel of which nothing was reported is left out. */
const PANELS: readonly {
  readonly title: string;
  readonly of: Readonly<Record<string, string>>;
  readonly share?: true;
}[] = [
  { title: 'Loss of D', of: { discriminator: 'D' } },
  { title: "Loss of D'", of: { peakDiscriminator: "D'" } },
  {
    title: "Accuracy of D and D'",
    of: { discriminatorAccuracy: 'D', peakDiscriminatorAccuracy: "D'" },
    share: true,
  },
  { title: 'Loss of G', of: { generator: 'G' } },
  { title: 'Content energy', of: { content: 'content' } },
  {
    title: "Gradients on G's pictures",
    of: {
      contentGradient: 'content',
      foolingGradient: 'D',
      foolingPeakGradient: "D'",
      classificationGradient: 'C',
    },
  },
  { title: 'Fooling energies', of: { fooling: 'D', foolingPeak: "D'" } },
  { title: 'Loss of E', of: { extractor: 'E' } },
  { title: 'Loss of C', of: { classifier: 'C', classification: 'on fakes' } },
  { title: 'Accuracy of C', of: { accuracy: 'all it learns', accuracyOfFakes: 'fakes' }, share: true },
];

const COLUMNS = 3;
const [WIDTH, HEIGHT, TOP] = [300, 190, 40] as const;

/** Reads `history.csv` files, one a fold, of equal settings. Only steps that every fold reported are kept. */
export function trainingCurveData(
  net: string,
  histories: readonly { readonly fold: number; readonly csv: string }[],
): TrainingCurveData {
  const tables = histories.map(({ csv }) => {
    const [header = '', ...lines] = csv.trimEnd().split('\n');
    const rows = lines.map((line) => line.split(','));
    return { names: header.split(','), byStep: new Map(rows.map((row) => [Number(row[0]), row])) };
  });
  const [first] = tables;
  const steps = [...(first?.byStep.keys() ?? [])].filter((step) => tables.every(({ byStep }) => byStep.has(step)));
  const names = (first?.names ?? []).slice(1);
  const measures = names.map((name) => [
    name,
    tables.map((table) => {
      const column = table.names.indexOf(name);
      return steps.map((step) => Number(Number(table.byStep.get(step)?.[column] ?? NaN).toPrecision(6)));
    }),
  ]);
  return { net, folds: histories.map(({ fold }) => fold), steps, measures: Object.fromEntries(measures) as never };
}

export function trainingCurves(read: ReadData): Figure[] {
  const data = readJson(read, CURVE_DATA) as TrainingCurveData | null;
  if (data === null) return [];
  return [
    chartFigure(
      {
        name: 'training-curves',
        title: 'Training of GroupGAN (2v2)',
        caption:
          `BaseNet ${data.net}, ${foldsOf(data)} (the band reaches from the lowest fold to the highest), by iteration. ` +
          "Each value is the mean over the iterations since the one before. An accuracy of 0.5 of D or D' is that of a coin.",
      },
      chartOf(data),
    ),
  ];
}

function foldsOf({ folds }: TrainingCurveData): string {
  return folds.length === 1 ? `fold ${folds.join()}` : `mean and range of folds ${folds.join(', ')}`;
}

function chartOf(data: TrainingCurveData): Chart {
  const panels = PANELS.flatMap((entry): Panel[] => {
    const names = Object.entries(entry.of).filter(([name]) => data.measures[name]?.length);
    if (names.length === 0) return [];
    const series = names.map(([name, title], at) => seriesOf(title, data.measures[name] ?? [], colourOf(at)));
    return [{ title: entry.title, x: data.steps, series, ...(entry.share ? { include: [0, 1] as const } : {}) }];
  });
  const heading = `Training of GroupGAN (2v2), ${data.net}, ${foldsOf(data)}`;
  const shapes = panels.flatMap((panel, at) =>
    linePanel(panel, {
      left: (at % COLUMNS) * WIDTH,
      top: TOP + Math.floor(at / COLUMNS) * HEIGHT,
      ...{ width: WIDTH, height: HEIGHT },
    }),
  );
  return {
    width: COLUMNS * WIDTH + 10,
    height: TOP + Math.ceil(panels.length / COLUMNS) * HEIGHT + 10,
    title: heading,
    shapes: [{ kind: 'text', at: [16, 24], text: heading, bold: true }, ...shapes],
  };
}

function seriesOf(name: string, folds: readonly (readonly number[])[], colour: string): Series {
  const columns = (folds[0] ?? []).map((_, at) => folds.map((fold) => fold[at] ?? NaN));
  const y = columns.map((values) => spread(values).mean);
  if (folds.length < 2) return { name, colour, y };
  const [low, high] = [columns.map((values) => Math.min(...values)), columns.map((values) => Math.max(...values))];
  return { name, colour, y, band: { low, high } };
}
