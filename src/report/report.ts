import { tableAblation, tableAblationDifferences } from './ablation.ts';
import { tableFeatures, tableMagnification } from './analysis-tables.ts';
import { tableMagnifiers, trainingNotices } from './magnifiers.ts';
import { table1Differences } from './method-differences.ts';
import type { Metrics } from './metrics.ts';
import { presentParams } from './older-params.ts';
import { ablationScale, foldCount, pairScale, type ReportParams, stillScale } from './scale.ts';
import { table3 } from './table-3.ts';
import type { ReportTable } from './table.ts';
import { taskTables } from './task-tables.ts';
import { table1, table2, tableSketches } from './tables.ts';

/** Every table of the report, from nothing but metrics and parameters. The order of the metrics does not matter. */
export function reportTables(metrics: readonly Metrics[], recorded: ReportParams): ReportTable[] {
  const params = presentParams(recorded);
  const sorted = [...metrics].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const [faces, ablation] = [pairScale(params, 'faces'), ablationScale(params)];
  const of = (task: string, tables: readonly ReportTable[]): ReportTable[] => {
    const notices = trainingNotices(sorted, task);
    return tables.map((table) => ({ ...table, caption: [...notices, ...table.caption] }));
  };
  return [
    ...of('faces', [table1(sorted, faces), table1Differences(sorted, faces), table2(sorted, faces)]),
    table3(sorted, stillScale(params, 'wild')),
    ...tableMagnifiers(sorted),
    ...of('faces', [tableMagnification(sorted, faces), tableFeatures(sorted, faces)]),
    ...of('sketches', [tableSketches(sorted, pairScale(params, 'sketches'))]),
    ...of('ablation', [tableAblation(sorted, ablation), tableAblationDifferences(sorted, foldCount(params), ablation)]),
    ...taskTables(sorted, params).flatMap((table) => of(table.name, [table])),
  ];
}
