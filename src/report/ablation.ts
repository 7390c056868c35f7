import { correctedTTest, pairedTTest, type PairedTest } from '../science/evaluation/significance.ts';
import { spread } from '../science/evaluation/accuracy.ts';
import { CONTROL, methodTitle } from '../science/names.ts';
import type { EvalMetrics, Metrics, PretrainMetrics, Score } from './metrics.ts';
import { intervalText, probability, rounded, signed } from './numbers.ts';
import { PAPER_METHODS } from './paper.ts';
import { bestOf, type ReportTable } from './table.ts';
import { controlsIn, evaluations, NOT_RUN, percent, pretrainings, show, type Summary } from './tables.ts';

/** What is asked of the ablation, the question of its title first. */
const COMPARISONS = [
  [CONTROL, 'groupgan-2v2'],
  [CONTROL, 'groupgan-1v2'],
  [CONTROL, 'dcgan'],
  ['cnn', CONTROL],
  ['cnn', 'groupgan-2v2'],
  ['dcgan', 'groupgan-1v2'],
  ['groupgan-1v2', 'groupgan-2v2'],
] as const;

/** One fold of one repetition. */
type Run = EvalMetrics | PretrainMetrics;

const keyOf = ({ repeat = 0, fold }: Run): string => `${repeat}/${fold}`;

function runsOf(metrics: readonly Metrics[], method: string): EvalMetrics[] {
  return evaluations(metrics, 'ablation').filter((run) => run.method === method);
}

/** Mean over everything; spread over folds, each the mean of its repetitions, since repetitions share their people. */
function overFolds(runs: readonly Run[], pick: (run: Run) => Score | null): Summary | null {
  const found = runs.flatMap((run) => {
    const score = pick(run);
    return score === null ? [] : [{ fold: run.fold, percent: percent(score), count: score.count }];
  });
  if (found.length === 0) return null;
  const folds = [...new Set(found.map(({ fold }) => fold))].sort((a, b) => a - b);
  const means = folds.map((fold) => spread(found.filter((one) => one.fold === fold).map((one) => one.percent)).mean);
  const { mean, sd, n } = spread(means);
  return { mean, sd, folds: n, images: found.reduce((sum, { count }) => sum + count, 0) };
}

/** Spread between repetitions of one fold: what the seed alone does. Root of the mean variance; null for one repetition. */
function overRepetitions(runs: readonly EvalMetrics[]): number | null {
  const variances = [...new Set(runs.map(({ fold }) => fold))]
    .sort((a, b) => a - b)
    .flatMap((fold) => {
      const { sd } = spread(runs.filter((run) => run.fold === fold).map((run) => percent(run.weak)));
      return sd === null ? [] : [sd * sd];
    });
  return variances.length === 0 ? null : Math.sqrt(variances.reduce((sum, one) => sum + one, 0) / variances.length);
}

/** Every method on one BaseNet: what each reaches, magnified or not. */
export function tableAblation(metrics: readonly Metrics[], scale: string): ReportTable {
  const starts = pretrainings(metrics, 'ablation');
  const net = [...evaluations(metrics, 'ablation'), ...starts][0]?.net ?? null;
  const methods = [...PAPER_METHODS, ...controlsIn(evaluations(metrics, 'ablation'))];
  const rows = methods.map((method) => {
    const runs = runsOf(metrics, method);
    return {
      method,
      runs: runs.length,
      weak: overFolds(runs, (run) => run.weak),
      plain: overFolds(runs, (run) => ('weakUnmagnified' in run ? run.weakUnmagnified : null)),
      peak: overFolds(runs, (run) => run.peak),
      seedSd: overRepetitions(runs),
    };
  });
  const best = bestOf(rows.map(({ weak }) => weak?.mean ?? null));
  const start = (kind: 'weak' | 'peak') => overFolds(starts, (run) => run[kind]);
  return {
    name: 'ablation',
    title: 'Ablation: what does magnifying add to seeing peak images?',
    caption: [
      `Accuracy (%) of every method on ${net ?? 'one BaseNet'}: mean over folds and repetitions ± sample standard deviation ` +
        'over folds, each the mean of its repetitions. The methods of a fold and repetition start from the same weights ' +
        'and see the same batches. The control is the classifier of the GANs without any of their players: it is shown ' +
        'weak and peak images. "Not magnified" is the same classifier on the weak image as it is. The last column is the ' +
        'standard deviation between repetitions of one fold: what the seed alone does.',
      scale,
    ],
    header: ['Method', 'Weak images', 'Not magnified', 'Peak images', 'Runs', 'Between repetitions'],
    rows: [
      ...rows.map(({ method, runs, weak, plain, peak, seedSd }, at) => [
        methodTitle(method),
        { value: show(weak), paper: null, best: best[at] ?? false },
        plain === null ? '' : show(plain),
        show(peak),
        String(runs),
        seedSd === null ? '' : seedSd.toFixed(2),
      ]),
      ['Start of all (trained on peaks)', show(start('weak')), '', show(start('peak')), String(starts.length), ''],
    ],
    records: [
      ...rows.map(({ method, runs, weak, plain, peak, seedSd }) => ({
        method,
        net,
        runs,
        folds: weak?.folds ?? 0,
        weak: rounded(weak?.mean),
        weakSd: rounded(weak?.sd),
        notMagnified: rounded(plain?.mean),
        peak: rounded(peak?.mean),
        sdBetweenRepetitions: rounded(seedSd),
      })),
      {
        method: 'start',
        net,
        runs: starts.length,
        folds: start('weak')?.folds ?? 0,
        weak: rounded(start('weak')?.mean),
        weakSd: rounded(start('weak')?.sd),
        notMagnified: null,
        peak: rounded(start('peak')?.mean),
        sdBetweenRepetitions: null,
      },
    ],
  };
}

interface Compared {
  readonly from: string;
  readonly to: string;
  /** One a fold, the mean of its repetitions. */
  readonly byFold: PairedTest | null;
  /** One a fold and repetition. */
  readonly byRun: PairedTest | null;
  /** In how many runs the second method was better. */
  readonly better: number;
  readonly equal: number;
}

function compare(metrics: readonly Metrics[], from: string, to: string, folds: number): Compared {
  const before = new Map(runsOf(metrics, from).map((run) => [keyOf(run), percent(run.weak)]));
  const differences = runsOf(metrics, to)
    .flatMap((run) => {
      const other = before.get(keyOf(run));
      return other === undefined ? [] : [{ fold: run.fold, key: keyOf(run), value: percent(run.weak) - other }];
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const values = differences.map(({ value }) => value);
  const perFold = [...new Set(differences.map(({ fold }) => fold))]
    .sort((a, b) => a - b)
    .map((fold) => spread(differences.filter((one) => one.fold === fold).map(({ value }) => value)).mean);
  return {
    from,
    to,
    byFold: perFold.length === 0 ? null : pairedTTest(perFold),
    byRun: values.length === 0 ? null : correctedTTest(values, 1 / (folds - 1)),
    better: values.filter((value) => value > 0).length,
    equal: values.filter((value) => value === 0).length,
  };
}

/**
 * Paired differences of the ablation with confidence intervals.
 *
 * @param folds into how many the corpus is split, run or not: with them the overlap of training sets is known
 */
export function tableAblationDifferences(metrics: readonly Metrics[], folds: number, scale: string): ReportTable {
  const rows = COMPARISONS.map(([from, to]) => compare(metrics, from, to, folds));
  return {
    name: 'ablation-differences',
    title: 'Ablation: paired differences',
    caption: [
      'Accuracy on weak images of the second method minus that of the first, in percentage points, with 95 % confidence ' +
        'intervals and two-sided p-values, paired by fold and repetition. By fold: a t-test over folds, each the mean of ' +
        'its repetitions. By run: over folds and repetitions, with the variance corrected for training sets that overlap ' +
        '(Nadeau and Bengio 2003; Bouckaert and Frank 2004). The first row is the question of this ablation; the p-values ' +
        'of the others are not corrected for their number.',
      scale,
    ],
    header: [
      'Methods',
      'Mean difference',
      'Interval by fold',
      'p by fold',
      'Interval by run',
      'p by run',
      'Runs: better, equal, worse',
    ],
    rows: rows.map(({ from, to, byFold, byRun, better, equal }) => {
      const methods = `${methodTitle(from)} → ${methodTitle(to)}`;
      if (byFold === null || byRun === null) return [methods, ...Array<string>(6).fill(NOT_RUN)];
      return [
        methods,
        signed(byRun.mean),
        intervalText(byFold),
        probability(byFold.p),
        intervalText(byRun),
        probability(byRun.p),
        `${better}, ${equal}, ${byRun.n - better - equal}`,
      ];
    }),
    records: rows.map(({ from, to, byFold, byRun, better, equal }) => ({
      from,
      to,
      runs: byRun?.n ?? 0,
      folds: byFold?.n ?? 0,
      meanDifference: rounded(byRun?.mean),
      lowByFold: rounded(byFold?.interval?.[0]),
      highByFold: rounded(byFold?.interval?.[1]),
      pByFold: rounded(byFold?.p),
      lowByRun: rounded(byRun?.interval?.[0]),
      highByRun: rounded(byRun?.interval?.[1]),
      pByRun: rounded(byRun?.p),
      better,
      equal,
    })),
  };
}
