import { CONTROL, methodTitle, RESTORATION } from '../science/names.ts';
import { pairedTTest, signFlipTest } from '../science/evaluation/significance.ts';
import type { EvalMetrics, Metrics } from './metrics.ts';
import { intervalText, probability, rounded, signed } from './numbers.ts';
import { PAPER_NETS } from './paper.ts';
import type { ReportTable } from './table.ts';
import { controlsIn, evaluations, netsOf, NOT_RUN, percent, valuesOfFolds } from './tables.ts';

/** Neighbours in Table 1, each against what it adds to; and the control that sees the same pictures without any GAN. */
const COMPARISONS = [
  ['cnn', 'dcgan'],
  ['dcgan', 'groupgan-1v2'],
  ['groupgan-1v2', 'groupgan-2v2'],
  [RESTORATION, 'groupgan-2v2'],
  [CONTROL, 'groupgan-2v2'],
] as const;

const OVERALL = 'all nets';

/** One comparison on one BaseNet, or over all of them. */
interface Comparison {
  readonly from: string;
  readonly to: string;
  readonly net: string;
  readonly nets: number;
  /** Accuracy of `to` minus that of `from`, in points, one a fold; empty where it was not run. */
  readonly differences: readonly number[];
}

/**
 * Below Table 1: is the difference between two columns more than the scatter of folds? Paired by fold, for each BaseNet
 * and over all: there, a fold's difference is the mean over the BaseNets, so that folds are the unit in every row.
 */
export function table1Differences(metrics: readonly Metrics[], scale: string): ReportTable {
  const faces = evaluations(metrics, 'faces');
  const rows = COMPARISONS.filter(([from]) => from !== RESTORATION || controlsIn(faces).includes(from))
    .flatMap(([from, to]) => comparisonsOf(faces, from, to))
    .map((comparison) => ({
      ...comparison,
      test: comparison.differences.length > 0 ? pairedTTest(comparison.differences) : null,
      permutation: comparison.differences.length > 1 ? signFlipTest(comparison.differences) : null,
    }));
  return {
    name: 'table-1-differences',
    title: 'Differences between the columns of Table 1',
    caption: [
      'Accuracy of the second method minus that of the first, in percentage points: mean over folds, 95 % confidence ' +
        'interval, and two-sided p-values of a paired t-test and of the exact sign-flip permutation test over the same ' +
        'folds. The unit is the fold in every row: in the row of all nets, the difference of a fold is its mean over the ' +
        'BaseNets that ran both methods. With n folds the permutation test cannot fall below 2/2^n (0.0625 with five). ' +
        'Folds share training people, so that the intervals are rather too narrow, and no p-value is corrected for the ' +
        'number of rows. A single fold allows no test.',
      scale,
    ],
    header: [
      'Methods',
      'BaseNet',
      'Folds',
      'Mean difference',
      '95 % confidence interval',
      'p, paired t',
      'p, permutation',
    ],
    rows: rows.map(({ from, to, net, nets, test, permutation }) => [
      `${methodTitle(from)} → ${methodTitle(to)}`,
      net === OVERALL ? `${OVERALL} (${nets})` : net,
      test === null ? NOT_RUN : String(test.n),
      test === null ? NOT_RUN : signed(test.mean),
      test === null ? NOT_RUN : intervalText(test),
      test === null ? NOT_RUN : probability(test.p),
      test === null ? NOT_RUN : probability(permutation),
    ]),
    records: rows.map(({ from, to, net, nets, test, permutation }) => ({
      from,
      to,
      net,
      nets,
      folds: test?.n ?? 0,
      meanDifference: rounded(test?.mean),
      low: rounded(test?.interval?.[0]),
      high: rounded(test?.interval?.[1]),
      t: rounded(test?.t),
      pPairedT: rounded(test?.p),
      pPermutation: rounded(permutation),
    })),
  };
}

function comparisonsOf(faces: readonly EvalMetrics[], from: string, to: string): Comparison[] {
  const byFold = (net: string, method: string) =>
    valuesOfFolds(
      faces.filter((entry) => entry.net === net && entry.method === method),
      (entry) => percent(entry.weak),
    );
  const perNet = netsOf(faces, PAPER_NETS)
    .map((net) => {
      const [before, after] = [byFold(net, from), byFold(net, to)];
      const folds = [...before.keys()].filter((fold) => after.has(fold)).sort((a, b) => a - b);
      return { net, byFold: new Map(folds.map((fold) => [fold, (after.get(fold) ?? 0) - (before.get(fold) ?? 0)])) };
    })
    .filter((entry) => entry.byFold.size > 0);
  const shared = [...(perNet[0]?.byFold.keys() ?? [])].filter((fold) =>
    perNet.every((entry) => entry.byFold.has(fold)),
  );
  const overall = shared.map(
    (fold) => perNet.reduce((sum, entry) => sum + (entry.byFold.get(fold) ?? 0), 0) / perNet.length,
  );
  return [
    ...perNet.map(({ net, byFold: own }) => ({ from, to, net, nets: 1, differences: [...own.values()] })),
    { from, to, net: OVERALL, nets: perNet.length, differences: overall },
  ];
}
