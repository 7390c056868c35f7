import { spread } from '../science/evaluation/accuracy.ts';
import { type Movement, remaining, shareOfWay } from '../science/evaluation/magnification.ts';
import { METHOD_NAMES, methodTitle } from '../science/names.ts';
import type { EvalMetrics, Magnification, Metrics, Score } from './metrics.ts';
import { rounded } from './numbers.ts';
import type { ReportTable } from './table.ts';
import { percent } from './tables.ts';

/** A run whose magnification was measured. */
type Measured = EvalMetrics & { readonly magnification: Magnification };

/** What of a run a column shows. */
type Measure = (magnification: Magnification) => number;

const judged =
  (which: 'weak' | 'magnified' | 'peak'): Measure =>
  ({ judge }) =>
    percent(judge[which] satisfies Score);

/** The squared difference that is left, in percent: from here on a generator changed next to nothing for the better. */
const ALMOST_ALL = 95;

const MEASURES = {
  left: { title: 'Squared difference left, %', of: (one: Movement) => 100 * remaining(one) },
  way: { title: 'Share of the way, %', of: (one: Movement) => 100 * shareOfWay(one) },
  weak: { title: 'Judge, weak', of: judged('weak') },
  magnified: { title: 'Judge, magnified', of: judged('magnified') },
  gain: { title: 'Gain of the judge', of: (one: Magnification) => judged('magnified')(one) - judged('weak')(one) },
  peak: { title: 'Judge, real peak', of: judged('peak') },
} as const satisfies Record<string, { readonly title: string; readonly of: Measure }>;

function measured(metrics: readonly Metrics[]): Measured[] {
  return metrics.filter((entry): entry is Measured => entry.kind === 'eval' && entry.magnification !== undefined);
}

/** A method on a task, all its BaseNets, folds and repetitions. */
interface Line {
  readonly task: string;
  readonly method: string;
  readonly runs: readonly Measured[];
}

function linesOf(runs: readonly Measured[]): Line[] {
  const tasks = [...new Set(runs.map(({ task }) => task))];
  const methods = METHOD_NAMES.filter((name) => runs.some(({ method }) => method === name));
  return tasks
    .flatMap((task) => methods.map((method) => ({ task, method })))
    .map(({ task, method }) => ({
      ...{ task, method },
      runs: runs.filter((run) => run.task === task && run.method === method),
    }))
    .filter((line) => line.runs.length > 0);
}

/** Mean and sample standard deviation over folds, each the mean of its nets and repetitions. */
function overFolds(runs: readonly Measured[], of: Measure): { readonly mean: number; readonly sd: number | null } {
  const folds = [...new Set(runs.map(({ fold }) => fold))];
  return spread(
    folds.map((fold) => spread(runs.filter((run) => run.fold === fold).map((run) => of(run.magnification))).mean),
  );
}

/** How far each generator magnifies, on every task; no table where nothing was measured. */
export function tableMagnifiers(metrics: readonly Metrics[]): ReportTable[] {
  const lines = linesOf(measured(metrics));
  if (lines.length === 0) return [];
  const text = ({ mean, sd }: { readonly mean: number; readonly sd: number | null }): string =>
    sd === null ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${sd.toFixed(1)}`;
  const nets = [...new Set(lines.flatMap(({ runs }) => runs.map(({ magnification }) => magnification.judge.net)))];
  return [
    {
      name: 'magnifiers',
      title: 'How far each generator magnifies',
      caption: [
        'Weak images of people that training never saw, and what G makes of them: mean over images, then over BaseNets ' +
          'and repetitions of a fold, then mean ± sample standard deviation over folds. "Squared difference left": to the ' +
          'real peak of the sequence, of the magnified image over that of the weak one; 100 % is an image that is left as it ' +
          'was, 0 % the peak. "Share of the way": how much of the change from weak to peak G makes, whatever else it ' +
          `changes. The judge (${nets.join(', ')}) learnt from the peaks of the training people and took no part in any ` +
          'game: its accuracy (%) on weak images, on magnified ones, and on the real peaks.',
      ],
      header: ['Task', 'Method', 'Images', ...Object.values(MEASURES).map(({ title }) => title)],
      rows: lines.map(({ task, method, runs }) => [
        task,
        methodTitle(method),
        String(runs.reduce((sum, { magnification }) => sum + magnification.pictures, 0)),
        ...Object.values(MEASURES).map(({ of }) => text(overFolds(runs, of))),
      ]),
      records: lines.flatMap(({ task, method, runs }) =>
        [...new Set(runs.map(({ net }) => net))].flatMap((net) =>
          Object.entries(MEASURES).map(([measure, { of }]) => {
            const { mean, sd } = overFolds(
              runs.filter((run) => run.net === net),
              of,
            );
            return { task, method, net, measure, mean: rounded(mean), sd: rounded(sd) };
          }),
        ),
      ),
    },
  ];
}

/**
 * What a table of a task must say about its trainings: which generators left the pictures as they were, and that nobody
 * looked whether a training was still gaining. Nothing in reports of before this was measured.
 */
export function trainingNotices(metrics: readonly Metrics[], task: string): string[] {
  const lines = linesOf(measured(metrics).filter((run) => run.task === task));
  if (lines.length === 0) return [];
  const left = lines.map(({ method, runs }) => ({ method, mean: overFolds(runs, MEASURES.left.of).mean }));
  const still = left.filter(({ mean }) => mean >= ALMOST_ALL);
  const list = still.map(
    ({ method, mean }) => `${methodTitle(method)} (${mean.toFixed(1)} % of the squared difference)`,
  );
  return [
    ...(still.length === 0
      ? []
      : [
          `NOT MAGNIFIED: on average G left the pictures about as far from the real peak as they were in ${list.join(', ')}; ` +
            'what these columns show is not what magnifying does.',
        ]),
    'Every training ended after the same number of iterations; whether it would have gained more was not looked at.',
  ];
}
