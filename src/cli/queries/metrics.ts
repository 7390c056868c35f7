import {
  declaredMetrics,
  type MetricsReading,
  readingProblems,
  readMetrics,
  workspaceMetrics,
} from '../../engine/comparing/metrics-files.ts';
import { metricsKeys, type MetricsTable, metricsTables } from '../../engine/comparing/metrics-table.ts';
import { cellText, type DataTable, exactText } from '../../engine/console/data-table.ts';
import { jsonDocument } from '../../engine/console/json.ts';
import { selectInstances } from '../../engine/graph/select.ts';
import { suggestion } from '../../base/suggest.ts';
import { markdownCell } from '../../base/table-cells.ts';
import { visible } from '../../engine/console/visible.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { findRoot } from '../find-root.ts';
import { openProject, type ProjectOptions } from '../project.ts';
import { renderTable, type TableOptions } from './tables.ts';

export interface MetricsOptions extends ProjectOptions, TableOptions {
  readonly stage?: readonly string[];
  readonly key?: readonly string[];
  readonly sort?: string;
  readonly desc?: boolean;
}

/** `pipeline metrics show`: every metrics file as a row. */
export function showMetrics(options: MetricsOptions): ExitCode {
  const { pipeline } = openProject(findRoot(), options);
  const selection = selectInstances(pipeline, options.stage ?? [], { single: true });
  const places = declaredMetrics(pipeline, selection);
  if (places.length === 0) {
    throw new UsageError(
      'no stage here declares metrics. In pipeline.yaml, "metrics:" takes the same list as "outs:".',
    );
  }
  const reading = readMetrics(places, workspaceMetrics(pipeline.root));
  refuseUnknownKeys(reading, options);
  const tables = metricsTables(reading.files, {
    keys: options.key ?? null,
    sort: options.sort ?? null,
    descending: options.desc ?? false,
  });
  if (options.json === true) process.stdout.write(`${jsonDocument(metricsDocument(tables, reading, options.key))}\n`);
  else print(metricsText(tables, options));
  if (options.json !== true) warn(reading);
  return exitCodes.ok;
}

function refuseUnknownKeys({ files }: MetricsReading, { key = [], sort }: MetricsOptions): void {
  if (files.length === 0) return;
  const known = metricsKeys(files);
  const unknown = [...key, ...(sort === undefined ? [] : [sort])].find((one) => !known.includes(one));
  if (unknown === undefined) return;
  const hint = suggestion(unknown, known);
  throw new UsageError(`no metrics file has the key "${unknown}"${hint === undefined ? '' : `: ${hint}`}`);
}

function metricsText(tables: readonly MetricsTable[], options: MetricsOptions): string {
  if (options.csv === true) return tables.length === 0 ? '' : renderTable(oneTable(tables), options);
  const heading = (stage: string): string =>
    options.md === true ? `## ${markdownCell(visible(stage))}\n\n` : `${visible(stage)}\n`;
  return tables
    .map((table) => (tables.length > 1 ? heading(table.stage) : '') + renderTable(dataTable(table), options))
    .join('\n');
}

function dataTable({ keys, rows }: MetricsTable): DataTable {
  return {
    columns: [{ title: 'instance' }, ...keys.map((title) => ({ title, right: isNumeric(rows, title) }))],
    rows: rows.map(({ instance, values }) => [instance, ...keys.map((key) => cellText(values.get(key)))]),
  };
}

/** For other programs: all stages in one, with paths, nothing rounded. */
function oneTable(tables: readonly MetricsTable[]): DataTable {
  const keys = [...new Set(tables.flatMap((table) => table.keys))];
  return {
    columns: ['path', 'stage', 'instance', ...keys].map((title) => ({ title })),
    rows: tables.flatMap(({ rows }) =>
      rows.map(({ path, stage, instance, values }) => [
        path,
        stage,
        instance,
        ...keys.map((key) => exactText(values.get(key))),
      ]),
    ),
  };
}

function isNumeric(rows: MetricsTable['rows'], key: string): boolean {
  return rows.every(({ values }) => ['number', 'undefined'].includes(typeof (values.get(key) ?? undefined)));
}

function metricsDocument(
  tables: readonly MetricsTable[],
  { missing, broken }: MetricsReading,
  keys?: readonly string[],
): object {
  const files = tables.flatMap(({ rows }) =>
    rows.map(({ path, stage, instance, values }) => ({
      path,
      stage,
      instance,
      values: Object.fromEntries([...values].filter(([key]) => keys === undefined || keys.includes(key))),
    })),
  );
  return { files, missing, broken };
}

/** What is missing goes to the error stream: the table stays a table. */
function warn(reading: MetricsReading): void {
  for (const problem of readingProblems(reading)) process.stderr.write(`note: ${visible(problem)}\n`);
}
