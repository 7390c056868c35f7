import { spread } from '../science/evaluation/accuracy.ts';
import type { EvalMetrics, Metrics } from './metrics.ts';
import { rounded } from './numbers.ts';
import { columnTitle } from '../science/names.ts';
import { PAPER_CLASSES, PAPER_NETS } from './paper.ts';
import { bestOf, type Cell, type ReportTable } from './table.ts';
import { bestNet, evaluations, netsOf, NOT_RUN, valuesOfFolds } from './tables.ts';

type Summary = { readonly mean: number; readonly sd: number | null } | null;

/** Mean and sample standard deviation over folds, each the mean over its repetitions. */
function overFolds(runs: readonly EvalMetrics[], valueOf: (run: EvalMetrics) => number | null | undefined): Summary {
  const values = [...valuesOfFolds(runs, valueOf).values()];
  return values.length === 0 ? null : spread(values);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spread(known).mean;
}

function text(summary: Summary, decimals: number): string {
  if (summary === null) return NOT_RUN;
  const mean = summary.mean.toFixed(decimals);
  return summary.sd === null ? mean : `${mean} ± ${summary.sd.toFixed(decimals)}`;
}

const MEASURES = [
  ['content', 'Content difference (Eq. 21)'],
  ['perceptual', 'Perceptual difference (Eq. 20)'],
] as const;

/** Section 3.3: how far the weak image is from the real peak, before and after magnification. */
export function tableMagnification(metrics: readonly Metrics[], scale: string): ReportTable {
  const runs = evaluations(metrics, 'faces').filter((entry) => entry.method === 'groupgan-2v2');
  const nets = netsOf(runs, PAPER_NETS);
  const of = (net: string, measure: 'content' | 'perceptual', when: 'before' | 'after') =>
    overFolds(
      runs.filter((entry) => entry.net === net),
      (entry) => entry.differences?.[measure][when],
    );
  const pairs = (net: string) =>
    runs.filter((entry) => entry.net === net).reduce((sum, entry) => sum + (entry.differences?.pairs ?? 0), 0);
  return {
    name: 'magnification',
    title: 'Section 3.3: differences to the real peak before and after magnification',
    caption: [
      'GroupGAN (2v2), people that training never saw: Euclidean norm between the real peak and the first weak image of ' +
        'the sequence (before), and between the real peak and what G makes of that weak image (after); mean over ' +
        'sequences, then mean ± sample standard deviation over folds. Content: pixels in [-1, 1]. Perceptual: the last ' +
        'convolutional maps of E. Smaller is nearer to the peak; bold is the nearer of the two. Norms of different ' +
        'BaseNets are in different feature spaces and cannot be compared. The paper prints no numbers for this.',
      scale,
    ],
    header: ['BaseNet', 'Pairs', ...MEASURES.flatMap(([, title]) => [`${title}, before`, `${title}, after`])],
    rows: nets.map((net) => [
      net,
      pairs(net) === 0 ? NOT_RUN : String(pairs(net)),
      ...MEASURES.flatMap(([measure]): Cell[] => {
        const summaries = [of(net, measure, 'before'), of(net, measure, 'after')];
        const nearest = bestOf(
          summaries.map((summary) => (summary === null ? null : -summary.mean)),
          3,
        );
        return summaries.map((summary, at) => ({ value: text(summary, 3), paper: null, best: nearest[at] ?? false }));
      }),
    ]),
    records: nets.flatMap((net) =>
      MEASURES.flatMap(([measure]) =>
        (['before', 'after'] as const).map((when) => {
          const summary = of(net, measure, when);
          return { net, measure, when, pairs: pairs(net), mean: rounded(summary?.mean), sd: rounded(summary?.sd) };
        }),
      ),
    ),
  };
}

const FIGURE_4_METHODS = ['cnn', 'groupgan-2v2'] as const;

/** Fig. 4 as numbers: lit positions of F_exp for pairs of faces, on the BaseNet of Table 2. */
export function tableFeatures(metrics: readonly Metrics[], scale: string): ReportTable {
  const faces = evaluations(metrics, 'faces');
  const net = bestNet(metrics, 'faces')?.net ?? null;
  const runs = (of: string | null, method: string): EvalMetrics[] =>
    faces.filter((entry) => entry.net === of && entry.method === method && entry.features !== undefined);
  const first = FIGURE_4_METHODS.flatMap((method) => runs(net, method))[0];
  const classes = first?.classes ?? [...PAPER_CLASSES];
  const same = (of: string | null, method: string, label: number) =>
    overFolds(runs(of, method), (entry) => entry.features?.same[label]);
  const across = (of: string | null, method: string) =>
    overFolds(runs(of, method), (entry) => entry.features?.different);
  const meanSame = (of: string | null, method: string) =>
    overFolds(runs(of, method), (entry) => meanOf(entry.features?.same ?? []));
  const lines = (of: string | null) =>
    [
      ...classes.map((name, label) => ({ name, value: (method: string) => same(of, method, label) })),
      { name: 'mean of the classes', value: (method: string) => meanSame(of, method) },
      { name: 'faces of different classes', value: (method: string) => across(of, method) },
    ] as const;
  const nets = netsOf(
    faces.filter((entry) => entry.features !== undefined),
    [],
  );
  return {
    name: 'features',
    title: 'Fig. 4 in numbers: positions in which F_exp of two faces differs',
    caption: [
      (first?.features === undefined
        ? 'Neither CNN nor GroupGAN (2v2) was run with this analysis. '
        : `BaseNet ${net ?? ''}, F_exp of ${first.features.size} numbers: E's in GroupGAN (2v2), the classifier's in CNN. ` +
          `Each difference is divided by its largest value; a position is lit above ${first.features.threshold}. `) +
        'Mean over all pairs of unseen faces (the first weak image of each sequence) of one class, then mean ± sample ' +
        'standard deviation over folds. Fewer lit positions are more similar features, where pairs of different classes ' +
        'keep more of them; bold has fewer. The paper shows examples and no numbers, and does not give its threshold.',
      scale,
    ],
    header: ['Pairs of', ...FIGURE_4_METHODS.map((method) => columnTitle(method))],
    rows: lines(net).map(({ name, value }, at): Cell[] => {
      const summaries = FIGURE_4_METHODS.map(value);
      const fewest = bestOf(
        summaries.map((summary) => (summary === null ? null : -summary.mean)),
        1,
      );
      const compares = at <= classes.length;
      return [
        name,
        ...summaries.map((summary, method) => ({
          value: text(summary, 1),
          paper: null,
          best: compares && (fewest[method] ?? false),
        })),
      ];
    }),
    records: nets.flatMap((of) =>
      lines(of).flatMap(({ name, value }) =>
        FIGURE_4_METHODS.map((method) => {
          const summary = value(method);
          return { net: of, pairs: name, method, lit: rounded(summary?.mean), sd: rounded(summary?.sd) };
        }),
      ),
    ),
  };
}
