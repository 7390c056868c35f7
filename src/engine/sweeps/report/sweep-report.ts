import { markdownPage, markdownTable, recordsCsv, recordsJson, type ReportFile } from '../../../base/report-table.ts';
import { markdownCell } from '../../../base/table-cells.ts';
import { fewestTrials, type Importance, importanceOf } from './importance.ts';
import { correlationText, importancePlot, parallelCoordinates } from './plots.ts';
import { short, type SweepResults, type TrialResult } from './results.ts';

/** Every file of a sweep's report but the best trial's params, from nothing but its trials. */
export function renderSweep(results: SweepResults): ReportFile[] {
  const importances = importanceOf(results);
  return [
    ...trialsTable(results, importances),
    { name: 'parallel-coordinates.svg', text: parallelCoordinates(results) },
    ...(importances === null
      ? []
      : [
          { name: 'importance.svg', text: importancePlot(results, importances) },
          { name: 'importance.json', text: `${JSON.stringify(rounded(importances), null, 2)}\n` },
        ]),
  ];
}

function trialsTable(results: SweepResults, importances: readonly Importance[] | null): ReportFile[] {
  const { axes, metric, trials } = results;
  const anyReason = trials.some(({ reason }) => reason !== null);
  const sorted = [...trials].sort((a, b) => order(a, results) - order(b, results) || a.trial - b.trial);
  const title = `Sweep ${results.name}`;
  const paragraphs = caption(results, importances);
  const header = ['trial', ...axes.map(({ key }) => key), metric.name, 'state', ...(anyReason ? ['reason'] : [])];
  const rows = sorted.map((trial) => [
    String(trial.trial),
    ...axes.map(({ key }) => valueText(trial.values[key])),
    trial.metric === null ? '' : short(trial.metric),
    trial.state === 'finished' && trial.trial === results.best ? 'finished, best' : trial.state,
    ...(anyReason ? [trial.reason ?? ''] : []),
  ]);
  const records = trials.map((trial) => ({
    trial: trial.trial,
    state: trial.state,
    [metric.name]: trial.metric,
    ...Object.fromEntries(Object.entries(trial.values).map(([key, value]) => [key, cell(value)])),
    reason: trial.reason,
  }));
  const table = markdownTable(
    header.map(markdownCell),
    rows.map((row) => row.map(markdownCell)),
    (column) => column > 0,
  );
  return [
    { name: 'trials.md', text: markdownPage(title, paragraphs, table) },
    { name: 'trials.csv', text: recordsCsv(records) },
    { name: 'trials.json', text: recordsJson(title, paragraphs, records) },
  ];
}

function caption(results: SweepResults, importances: readonly Importance[] | null): string[] {
  const { method, metric, trials, id, description } = results;
  const count = (state: TrialResult['state']): number => trials.filter((trial) => trial.state === state).length;
  const states = (['finished', 'stopped', 'failed', 'running'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  return [
    ...(description === null ? [] : [description.trim()]),
    `Sweep ${id}, method ${method}, ${metric.goal} ${metric.name}. ${trials.length} trials: ${states.join(', ')}.`,
    ...(results.best === null ? [] : [`The params of the best trial are in best.yaml, for \`--params\`.`]),
    importances === null
      ? `Importance needs at least ${fewestTrials} finished trials.`
      : `Importance (share of variance that a forest of regression trees explains; rank correlation): ${importances
          .map(
            ({ key, importance, correlation }) =>
              `${key} ${(100 * importance).toFixed(0)} % (${correlationText(correlation)})`,
          )
          .join(', ')}. With few trials this is a hint, no more.`,
  ];
}

/** Finished ones first, the best of them on top. */
function order({ state, metric }: TrialResult, { metric: { goal } }: SweepResults): number {
  if (state !== 'finished' || metric === null) return Number.MAX_VALUE;
  return goal === 'minimize' ? metric : -metric;
}

function valueText(value: unknown): string {
  return typeof value === 'number' ? short(value) : String(cell(value) ?? '');
}

function cell(value: unknown): string | number | null {
  if (typeof value === 'number' || typeof value === 'string' || value === null) return value;
  return value === undefined ? null : JSON.stringify(value);
}

function rounded(importances: readonly Importance[]): object[] {
  const round = (value: number): number => Number(value.toFixed(4));
  return importances.map(({ key, importance, correlation }) => ({
    key,
    importance: round(importance),
    correlation: correlation === null ? null : round(correlation),
  }));
}
