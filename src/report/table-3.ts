import type { Metrics, Score, StillMetrics } from './metrics.ts';
import { rounded } from './numbers.ts';
import { PAPER_TABLE_3 } from './paper.ts';
import { methodTitle } from '../science/names.ts';
import { bestOf, type ReportTable } from './table.ts';
import { percent, show, summarise, type Summary } from './tables.ts';

/**
 * Table 3: accuracy of each method on the test pictures of a corpus in the wild, mean and sample standard deviation
 * over repetitions, the paper's number beside it.
 */
export function table3(metrics: readonly Metrics[], scale: string): ReportTable {
  const runs = metrics.filter(
    (entry): entry is StillMetrics => entry.kind === 'wild' && (entry.task ?? 'wild') === 'wild',
  );
  const extra = [...new Set(runs.map(({ method }) => method))].filter((method) => !(method in PAPER_TABLE_3)).sort();
  const methods = [...Object.keys(PAPER_TABLE_3), ...extra];
  const of = (method: string, pick: (run: StillMetrics) => Score | null): Summary | null =>
    summarise(
      runs
        .filter((run) => run.method === method)
        .map(pick)
        .filter((score) => score !== null),
    );
  const best = bestOf(methods.map((method) => of(method, (run) => run.test)?.mean ?? null));
  return {
    name: 'table-3',
    title: 'Table 3: weak expressions in the wild',
    caption: [
      'Accuracy (%) on the test pictures of a corpus whose splits are its own: mean ± sample standard deviation over ' +
        'repetitions, which differ in where weights start and in the order of batches (for the support vector machines ' +
        "of LPQ, LBP and EOH: in the order of the solver's steps, so that they hardly differ). Beside it the paper's " +
        'number, measured on LSEMSW at full scale: it shows the order to compare, not a value to match. ' +
        baselines(runs),
      'Every network that trains on the pictures directly gets as many updates as the classifier of GroupGAN in its ' +
        'pretraining and in the game together. VGG is VGG13: the paper does not say which. RN+LAF+ADA is our reading ' +
        'of a system whose build is not public; it learns landmarks from a second, annotated corpus that no other row ' +
        'sees. GroupGAN takes pictures that its pretrained classifier finds easy for peaks, and recognises the magnified ' +
        'picture; the last column shows the same classifier on the pictures as they are.',
      scale,
    ],
    header: ['Method', 'Accuracy', 'Paper', 'Repetitions', 'Not magnified'],
    rows: methods.map((method, row) => {
      const test = of(method, (run) => run.test);
      const plain = of(method, (run) => run.testUnmagnified);
      const paper = PAPER_TABLE_3[method]?.toFixed(2) ?? '';
      const accuracy = { value: show(test), paper: null, best: best[row] === true };
      return [methodTitle(method), accuracy, paper, String(test?.folds ?? 0), plain === null ? '' : show(plain)];
    }),
    records: methods.map((method) => {
      const test = of(method, (run) => run.test);
      return {
        method,
        accuracy: rounded(test?.mean, 4),
        sd: rounded(test?.sd, 4),
        repetitions: test?.folds ?? 0,
        images: test?.images ?? 0,
        notMagnified: rounded(of(method, (run) => run.testUnmagnified)?.mean, 4),
        validation: rounded(of(method, (run) => run.val)?.mean, 4),
        paper: PAPER_TABLE_3[method] ?? null,
      };
    }),
  };
}

/** What an accuracy has to be compared with: guessing, and always naming one class. */
function baselines(runs: readonly StillMetrics[]): string {
  const [first] = runs;
  if (first === undefined) return 'No method was run.';
  const perClass = first.test.confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const largest = percent({ correct: Math.max(...perClass), count: first.test.count });
  return (
    `Guessing among ${first.classes.length} classes gives ${(100 / first.classes.length).toFixed(2)} %; always naming ` +
    `the commonest class of the ${first.test.count} test pictures, ${largest.toFixed(2)} %.`
  );
}
