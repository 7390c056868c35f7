import type { Metrics } from './metrics.ts';
import { faceScale, type ReportParams, sketchScale, wildScale } from './scale.ts';
import { table3 } from './table-3.ts';
import { type ReportFile, renderTable } from './table.ts';
import { table1, table2, tableSketches } from './tables.ts';

/**
 * Every table of the report as files, from nothing but metrics and parameters: `tables` writes them, `report verify`
 * computes them again and compares. The order of the metrics does not matter.
 */
export function renderReport(metrics: readonly Metrics[], params: ReportParams): ReportFile[] {
  const sorted = [...metrics].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return [
    table1(sorted, faceScale(params)),
    table2(sorted, faceScale(params)),
    table3(sorted, wildScale(params)),
    tableSketches(sorted, sketchScale(params)),
  ].flatMap(renderTable);
}
