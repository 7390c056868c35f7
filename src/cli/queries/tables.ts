import { csvLines, type DataTable, markdownLines, tableLines } from '../../engine/console/data-table.ts';
import { terminalWidth } from '../output.ts';

/** Options of every command whose result is a table. */
export interface TableOptions {
  readonly json?: boolean;
  readonly md?: boolean;
  readonly csv?: boolean;
}

/** The table in the form that was asked for; for a terminal as wide as that. */
export function renderTable(table: DataTable, { md, csv }: TableOptions): string {
  const lines =
    md === true
      ? markdownLines(table)
      : csv === true
        ? csvLines(table)
        : tableLines(table, terminalWidth(process.stdout));
  return lines.map((line) => `${line}\n`).join('');
}
