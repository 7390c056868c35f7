import { columnTitle, METHOD_NAMES, methodTitle } from '../science/names.ts';
import type { Metrics, Score, StillMetrics } from './metrics.ts';
import { rounded } from './numbers.ts';
import { pairScale, type ReportParams, stillScale } from './scale.ts';
import { bestOf, type Cell, type ReportTable } from './table.ts';
import { evaluations, netsOf, percent, show, summarise } from './tables.ts';

/** Tasks of the paper, and the ablation: each has tables of its own. */
const WITH_OWN_TABLES = ['faces', 'sketches', 'ablation', 'wild'];

/** A plain table for each further task that was run: accuracy of every method, and nothing to compare it with. */
export function taskTables(metrics: readonly Metrics[], params: ReportParams): ReportTable[] {
  const tasks = metrics.flatMap((entry) => (entry.task === undefined ? [] : [entry.task]));
  const further = [...new Set(tasks)].filter((task) => !WITH_OWN_TABLES.includes(task)).sort();
  return further.map((task) =>
    metrics.some((entry) => entry.kind === 'wild' && entry.task === task)
      ? stillTable(metrics, task, stillScale(params, task))
      : pairTable(metrics, task, pairScale(params, task)),
  );
}

function pairTable(metrics: readonly Metrics[], task: string, scale: string): ReportTable {
  const runs = evaluations(metrics, task);
  const methods = inOrder(runs.map(({ method }) => method));
  const nets = netsOf(runs, []);
  const cell = (net: string, method: string) =>
    summarise(runs.filter((run) => run.net === net && run.method === method).map((run) => run.weak));
  return {
    name: task,
    title: `Task ${task}`,
    caption: [
      'Accuracy (%) on the weak images of people that training never saw: mean ± sample standard deviation over folds ' +
        'and repetitions. Bold: the best method of the row, before any test.',
      scale,
    ],
    header: ['BaseNet', ...methods.map(columnTitle)],
    rows: nets.map((net) => {
      const summaries = methods.map((method) => cell(net, method));
      const best = bestOf(summaries.map((summary) => summary?.mean ?? null));
      return [
        net,
        ...summaries.map((summary, at): Cell => ({ value: show(summary), paper: null, best: best[at] ?? false })),
      ];
    }),
    records: nets.flatMap((net) =>
      methods.map((method) => ({
        net,
        method,
        ...numbers(runs.filter((run) => run.net === net && run.method === method).map((run) => run.weak)),
      })),
    ),
  };
}

function stillTable(metrics: readonly Metrics[], task: string, scale: string): ReportTable {
  const runs = metrics.filter((entry): entry is StillMetrics => entry.kind === 'wild' && entry.task === task);
  const methods = inOrder(runs.map(({ method }) => method));
  const of = (method: string) => runs.filter((run) => run.method === method).map((run) => run.test);
  const best = bestOf(methods.map((method) => summarise(of(method))?.mean ?? null));
  return {
    name: task,
    title: `Task ${task}`,
    caption: [
      "Accuracy (%) on the corpus's own test pictures: mean ± sample standard deviation over repetitions. Bold: the " +
        'best method, before any test.',
      scale,
    ],
    header: ['Method', 'Accuracy'],
    rows: methods.map((method, at) => [
      methodTitle(method),
      { value: show(summarise(of(method))), paper: null, best: best[at] ?? false },
    ]),
    records: methods.map((method) => ({ method, ...numbers(of(method)) })),
  };
}

/** Each once, in the order of the tables. */
function inOrder(methods: readonly string[]): string[] {
  const place = (method: string) => METHOD_NAMES.findIndex((name) => name === method);
  return [...new Set(methods)].sort((a, b) => place(a) - place(b));
}

function numbers(scores: readonly Score[]) {
  const summary = summarise(scores);
  return {
    accuracy: rounded(summary?.mean, 4),
    sd: rounded(summary?.sd, 4),
    runs: scores.length,
    images: scores.reduce((sum, { count }) => sum + count, 0),
    least: rounded(scores.length === 0 ? null : Math.min(...scores.map(percent)), 4),
  };
}
