import { tableAblation, tableAblationDifferences } from './ablation.ts';
import { tableFeatures, tableMagnification } from './analysis-tables.ts';
import { table1Differences } from './method-differences.ts';
import type { Metrics } from './metrics.ts';
import { ablationScale, faceScale, foldCount, type ReportParams, sketchScale, wildScale } from './scale.ts';
import { table3 } from './table-3.ts';
import { type ReportFile, type ReportTable, renderTable } from './table.ts';
import { table1, table2, tableSketches } from './tables.ts';

/** Every table of the report, from nothing but metrics and parameters. The order of the metrics does not matter. */
export function reportTables(metrics: readonly Metrics[], params: ReportParams): ReportTable[] {
  const sorted = [...metrics].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const [faces, ablation] = [faceScale(params), ablationScale(params)];
  return [
    table1(sorted, faces),
    table1Differences(sorted, faces),
    table2(sorted, faces),
    table3(sorted, wildScale(params)),
    tableMagnification(sorted, faces),
    tableFeatures(sorted, faces),
    tableSketches(sorted, sketchScale(params)),
    tableAblation(sorted, ablation),
    tableAblationDifferences(sorted, foldCount(params), ablation),
  ];
}

/** The tables as files: `tables` writes them, `report verify` computes them again and compares. */
export function renderReport(metrics: readonly Metrics[], params: ReportParams): ReportFile[] {
  return reportTables(metrics, params).flatMap((table) => renderTable(table));
}
