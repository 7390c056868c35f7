import { spread } from '../science/evaluation/accuracy.ts';
import { rowPercentages, sumMatrices } from '../science/evaluation/confusion.ts';
import { columnTitle, CONTROL, RESTORATION } from '../science/names.ts';
import type { EvalMetrics, Metrics, PretrainMetrics, Score } from './metrics.ts';
import { rounded } from './numbers.ts';
import { PAPER_CLASSES, PAPER_CONFUSION, PAPER_METHODS, PAPER_NETS, paperAccuracy } from './paper.ts';
import { bestOf, type Cell, type ReportTable } from './table.ts';

export const NOT_RUN = 'not run';

export function percent(score: Score): number {
  return (100 * score.correct) / score.count;
}

/** Mean and sample standard deviation over folds, in percent. */
export interface Summary {
  readonly mean: number;
  readonly sd: number | null;
  readonly folds: number;
  readonly images: number;
}

export function summarise(scores: readonly Score[]): Summary | null {
  if (scores.length === 0) return null;
  const { mean, sd, n } = spread(scores.map(percent));
  return { mean, sd, folds: n, images: scores.reduce((sum, score) => sum + score.count, 0) };
}

/** What was measured on a fold, of which there may be several repetitions. */
interface OfFold {
  readonly fold: number;
}

/**
 * One value for each fold, in their order: the mean over its repetitions, so that the fold is the unit of every spread and
 * test, however often it was trained. Runs without a value do not count.
 */
export function valuesOfFolds<Run extends OfFold>(
  runs: readonly Run[],
  valueOf: (run: Run) => number | null | undefined,
): Map<number, number> {
  const found = new Map<number, number[]>();
  for (const run of runs) {
    const value = valueOf(run);
    if (typeof value === 'number') found.set(run.fold, [...(found.get(run.fold) ?? []), value]);
  }
  return new Map([...found].sort(([a], [b]) => a - b).map(([fold, values]) => [fold, spread(values).mean]));
}

/** Over folds, each the mean over its repetitions. */
export function summariseFolds<Run extends OfFold>(
  runs: readonly Run[],
  scoreOf: (run: Run) => Score | null,
): Summary | null {
  const values = valuesOfFolds(runs, (run) => {
    const score = scoreOf(run);
    return score === null ? null : percent(score);
  });
  if (values.size === 0) return null;
  const { mean, sd, n } = spread([...values.values()]);
  return { mean, sd, folds: n, images: runs.reduce((sum, run) => sum + (scoreOf(run)?.count ?? 0), 0) };
}

export function show(summary: Summary | null): string {
  if (!summary) return NOT_RUN;
  return summary.sd === null ? summary.mean.toFixed(2) : `${summary.mean.toFixed(2)} ± ${summary.sd.toFixed(2)}`;
}

function record(summary: Summary | null): Record<string, number | null> {
  return {
    accuracy: rounded(summary?.mean, 4),
    sd: rounded(summary?.sd, 4),
    folds: summary?.folds ?? 0,
    images: summary?.images ?? 0,
  };
}

export function evaluations(metrics: readonly Metrics[], task: string): EvalMetrics[] {
  return metrics.filter((entry): entry is EvalMetrics => entry.kind === 'eval' && entry.task === task);
}

export function pretrainings(metrics: readonly Metrics[], task: string): PretrainMetrics[] {
  return metrics.filter((entry): entry is PretrainMetrics => entry.kind === 'pretrain-e' && entry.task === task);
}

/** Nets in the paper's order, whatever else was run after them. */
export function netsOf(metrics: readonly { readonly net: string }[], always: readonly string[]): string[] {
  const extra = metrics.map((entry) => entry.net).filter((net) => !always.includes(net));
  return [...always, ...[...new Set(extra)].sort()];
}

/**
 * Table 1: accuracy of each method on each BaseNet on the weak images of unseen people, mean and sample standard
 * deviation over folds, the paper's number in brackets.
 */
export function table1(metrics: readonly Metrics[], scale: string): ReportTable {
  const faces = evaluations(metrics, 'faces');
  const starts = pretrainings(metrics, 'faces');
  const methods = [...PAPER_METHODS, ...controlsIn(faces)];
  const cell = (net: string, method: string) =>
    summariseFolds(
      faces.filter((entry) => entry.net === net && entry.method === method),
      (entry) => entry.weak,
    );
  const start = (net: string, kind: 'peak' | 'weak') =>
    summariseFolds(
      starts.filter((entry) => entry.net === net),
      (entry) => entry[kind],
    );
  const nets = netsOf([...faces, ...starts], PAPER_NETS);
  const complete = nets.filter((net) => methods.every((method) => cell(net, method)));
  // Every net weighs the same and the spread is over folds, so folds are averaged over nets first.
  const foldMeans = (method: string): Summary | null => {
    if (complete.length === 0) return null;
    const entries = faces.filter((entry) => entry.method === method && complete.includes(entry.net));
    const folds = [...new Set(entries.map((entry) => entry.fold))].sort((a, b) => a - b);
    const { mean, sd } = spread(
      folds.map((fold) => spread(entries.filter((e) => e.fold === fold).map((e) => percent(e.weak))).mean),
    );
    const images = entries.reduce((sum, entry) => sum + entry.weak.count, 0);
    return { mean, sd, folds: folds.length, images };
  };
  const compared = (net: string): Cell[] => {
    const summaries = methods.map((method) => cell(net, method));
    const best = bestOf(summaries.map((summary) => summary?.mean ?? null));
    return methods.map((method, at) => ({
      value: show(summaries[at] ?? null),
      paper: paperAccuracy(net, method)?.toFixed(2) ?? null,
      best: best[at] ?? false,
    }));
  };
  const means = methods.map(foldMeans);
  const bestMeans = bestOf(means.map((summary) => summary?.mean ?? null));
  return {
    name: 'table-1',
    title: 'Table 1: weak expression recognition',
    caption: [
      'Accuracy (%) on the weak images of people that training never saw: mean ± sample standard deviation over folds. ' +
        "In brackets the paper's number, measured on CK+ and Oulu-CASIA at full scale: it shows the order to compare, " +
        'not a value to match. The GAN columns recognise the magnified image; CNN and the control the weak image itself. ' +
        'Bold: the best method of the row, before any test (table-1-differences has these). ' +
        '"Start" is the peak-trained classifier that every method begins from, on unseen peak and weak images.',
      scale,
    ],
    header: ['BaseNet', ...methods.map((method) => columnTitle(method)), 'Start, on peak', 'Start, on weak'],
    rows: [
      ...nets.map((net) => [net, ...compared(net), show(start(net, 'peak')), show(start(net, 'weak'))]),
      [
        `Mean of ${complete.length} nets`,
        ...means.map((summary, at) => ({ value: show(summary), paper: null, best: bestMeans[at] ?? false })),
        '',
        '',
      ],
    ],
    records: [
      ...nets.flatMap((net) =>
        methods.map((method) => ({
          net,
          method,
          measured: 'weak',
          ...record(cell(net, method)),
          paper: paperAccuracy(net, method),
        })),
      ),
      ...nets.flatMap((net) =>
        (['peak', 'weak'] as const).map((kind) => ({
          net,
          method: 'start',
          measured: kind,
          ...record(start(net, kind)),
          paper: null,
        })),
      ),
      ...methods.map((method) => ({
        net: 'mean of complete nets',
        method,
        measured: 'weak',
        ...record(foldMeans(method)),
        paper: null,
      })),
    ],
  };
}

/** The controls among runs: restoration only where it was run, because reports of before do not know it. */
export function controlsIn(runs: readonly { readonly method: string }[]): readonly string[] {
  return runs.some(({ method }) => method === RESTORATION) ? [RESTORATION, CONTROL] : [CONTROL];
}

/** The BaseNet on which GroupGAN (2v2) has the highest mean accuracy, or null where it was not run. */
export function bestNet(metrics: readonly Metrics[], task: string): { net: string; summary: Summary } | null {
  const runs = evaluations(metrics, task).filter((entry) => entry.method === 'groupgan-2v2');
  let best: { net: string; summary: Summary } | null = null;
  for (const net of netsOf(runs, PAPER_NETS)) {
    const summary = summariseFolds(
      runs.filter((entry) => entry.net === net),
      (entry) => entry.weak,
    );
    if (summary && (!best || summary.mean > best.summary.mean)) best = { net, summary };
  }
  return best;
}

/** Table 2: confusion matrix of GroupGAN (2v2) on the BaseNet where it does best, counts summed over folds. */
export function table2(metrics: readonly Metrics[], scale: string): ReportTable {
  const best = bestNet(metrics, 'faces');
  const runs = evaluations(metrics, 'faces').filter((entry) => entry.method === 'groupgan-2v2');
  const chosen = runs.filter((entry) => entry.net === best?.net);
  const classes = chosen[0]?.classes ?? [...PAPER_CLASSES];
  const counts = chosen.length > 0 ? sumMatrices(chosen.map((entry) => entry.weak.confusion)) : [];
  const percentages = rowPercentages(counts);
  const paperCell = (row: number, column: number): number | null => {
    const at = (index: number) => PAPER_CLASSES.findIndex((name) => name === classes[index]);
    return PAPER_CONFUSION[at(row)]?.[at(column)] ?? null;
  };
  const share = (row: number, column: number): number | null => percentages[row]?.[column] ?? null;
  const largest = (row: number): boolean[] =>
    bestOf(
      classes.map((_, column) => share(row, column)),
      1,
    );
  return {
    name: 'table-2',
    title: 'Table 2: confusion matrix of GroupGAN (2v2)',
    caption: [
      best
        ? `BaseNet ${best.net}, the one with the highest mean of GroupGAN (2v2) in Table 1 (${show(best.summary)} %): chosen ` +
          'on the test folds, so its accuracy is flattering; the matrix shows which expressions are taken for which. ' +
          "Rows: true class, columns: predicted; percent of the row, the count over all folds, and the paper's percentage in brackets. Bold: what the class is taken for most often."
        : 'GroupGAN (2v2) was not run.',
      scale,
    ],
    header: ['True \\ predicted', ...classes],
    rows: classes.map((name, row) => [
      name,
      ...classes.map((_, column) => {
        const value = share(row, column);
        const paper = paperCell(row, column);
        return {
          value: value === null ? NOT_RUN : `${value.toFixed(1)} [${counts[row]?.[column] ?? 0}]`,
          paper: paper?.toFixed(1) ?? null,
          best: largest(row)[column] ?? false,
        };
      }),
    ]),
    records: classes.flatMap((name, row) =>
      classes.map((predicted, column) => {
        const value = share(row, column);
        return {
          net: best?.net ?? null,
          true: name,
          predicted,
          count: best ? (counts[row]?.[column] ?? 0) : null,
          percent: rounded(value, 4),
          paper: paperCell(row, column),
        };
      }),
    ),
  };
}

/** What tells restoring from seeing complete drawings, and the game from restoring; only where it was run. */
const controlsOfSketches = [
  [CONTROL, 'Destroyed, CNN trained on destroyed and complete (control)'],
  [RESTORATION, 'Restored by content alone (control)'],
] as const;

/** Section 4.6: recognition of destroyed drawings before and after restoration, and of the complete originals. */
export function tableSketches(metrics: readonly Metrics[], scale: string): ReportTable {
  const sketches = evaluations(metrics, 'sketches');
  const starts = pretrainings(metrics, 'sketches');
  const nets = netsOf([...sketches, ...starts], []);
  const of = (net: string, method: string, pick: (entry: EvalMetrics) => Score | null) =>
    summariseFolds(
      sketches.filter((entry) => entry.net === net && entry.method === method),
      pick,
    );
  const started = (net: string, kind: 'peak' | 'weak') =>
    summariseFolds(
      starts.filter((entry) => entry.net === net),
      (entry) => entry[kind],
    );
  const columns = [
    ['complete', 'Complete, drawn-complete classifier', (net: string) => started(net, 'peak')],
    ['destroyed', 'Destroyed, same classifier (before)', (net: string) => started(net, 'weak')],
    ['cnn', 'Destroyed, CNN trained on destroyed', (net: string) => of(net, 'cnn', (entry) => entry.weak)],
    ...controlsOfSketches
      .filter(([method]) => sketches.some((entry) => entry.method === method))
      .map(([method, title]) => [method, title, (net: string) => of(net, method, (entry) => entry.weak)] as const),
    ['restored', 'Restored by GroupGAN (2v2) (after)', (net: string) => of(net, 'groupgan-2v2', (entry) => entry.weak)],
    [
      'unrestored',
      "Destroyed, GroupGAN's classifier without restoring",
      (net: string) => of(net, 'groupgan-2v2', (entry) => entry.weakUnmagnified),
    ],
  ] as const;
  return {
    name: 'sketches',
    title: 'Section 4.6: destroyed drawings',
    caption: [
      'Accuracy (%) on drawings that training never saw: mean ± sample standard deviation over folds. Real human ' +
        'drawings from Quick, Draw! (CC BY 4.0), destroyed by slashes. The paper prints no numbers for this task. ' +
        'Bold: the best of the columns on destroyed drawings.',
      scale,
    ],
    header: ['BaseNet', ...columns.map(([, title]) => title)],
    rows: nets.map((net) => {
      const summaries = columns.map(([measured, , value]) => ({ measured, summary: value(net) }));
      // The complete originals are the ceiling, not a way to recognise destroyed ones.
      const best = bestOf(
        summaries.map(({ measured, summary }) => (measured === 'complete' ? null : (summary?.mean ?? null))),
      );
      return [
        net,
        ...summaries.map(({ summary }, at) => ({ value: show(summary), paper: null, best: best[at] ?? false })),
      ];
    }),
    records: nets.flatMap((net) => columns.map(([measured, , value]) => ({ net, measured, ...record(value(net)) }))),
  };
}
