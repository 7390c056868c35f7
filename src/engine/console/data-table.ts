import { markdownTable } from '../../base/report-table.ts';
import { csvCell, markdownCell } from '../../base/table-cells.ts';
import type { Value } from '../yaml/values.ts';
import { visible } from './visible.ts';

export interface DataColumn {
  readonly title: string;
  /** True: numbers, flush right. */
  readonly right?: boolean;
}

/** What a command has to show in rows, as texts; a cell may be empty. */
export interface DataTable {
  readonly columns: readonly DataColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** The narrowest a cell is cut to. */
const narrowest = 12;

/**
 * The table for a terminal, with its titles. Where `width` is given, the widest column is cut (`...`) until a line fits,
 * and columns that still do not fit are left out: the last line then names them.
 */
export function tableLines(raw: DataTable, width: number | null): string[] {
  const table: DataTable = {
    columns: raw.columns.map((column) => ({ ...column, title: visible(column.title) })),
    rows: raw.rows.map((row) => row.map(visible)),
  };
  const all = table.columns.map(({ title }, at) =>
    Math.max(title.length, ...table.rows.map((row) => row[at]?.length ?? 0)),
  );
  const { widths, shown } = fitted(all, width);
  const line = (cells: readonly string[]): string =>
    widths
      .slice(0, shown)
      .map((room, at) => {
        const cell = cut(cells[at] ?? '', room);
        return table.columns[at]?.right === true ? cell.padStart(room) : cell.padEnd(room);
      })
      .join('  ')
      .trimEnd();
  const left = table.columns.slice(shown).map(({ title }) => title);
  const note = left.length === 0 ? [] : [`(too wide for this terminal; left out: ${left.join(', ')})`];
  return [line(table.columns.map(({ title }) => title)), ...table.rows.map(line), ...note];
}

/** The table in Markdown; cells read as the texts they are. */
export function markdownLines({ columns, rows }: DataTable): string[] {
  const cells = (texts: readonly string[]): string[] =>
    texts.map((text) => markdownCell(visible(text.replaceAll(/\r\n|[\r\n]/g, ' '))));
  return markdownTable(cells(columns.map(({ title }) => title)), rows.map(cells), (at) => columns[at]?.right === true);
}

/** The table as RFC 4180 has it, but with plain newlines. Of control characters only tabs and line ends stay. */
export function csvLines({ columns, rows }: DataTable): string[] {
  const cell = (text: string): string =>
    csvCell(
      text
        .split(/([\t\r\n])/)
        .map((part, at) => (at % 2 === 1 ? part : visible(part)))
        .join(''),
    );
  return [columns.map(({ title }) => title), ...rows].map((row) => row.map(cell).join(','));
}

/** Lists and maps are cut to so many characters in a table that a person reads. */
const longestList = 32;

/** A value for a person's eyes: numbers with at most six digits that count, long lists cut. */
export function cellText(value: Value | undefined): string {
  if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(6)));
  }
  return shortText(value);
}

/** A value with all its digits, but long lists cut. */
export function shortText(value: Value | undefined): string {
  const text = exactText(value);
  return typeof value === 'object' ? cut(text, longestList) : text;
}

/** A value as a cell, nothing rounded. */
export function exactText(value: Value | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  // JSON has no words for these.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value).replace('Infinity', 'inf');
  return JSON.stringify(value);
}

function fitted(all: readonly number[], width: number | null): { widths: number[]; shown: number } {
  const widths = [...all];
  if (width === null) return { widths, shown: widths.length };
  const total = (count: number): number =>
    widths.slice(0, count).reduce((sum, one) => sum + one, 0) + 2 * Math.max(0, count - 1);
  while (total(widths.length) > width) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    const second = Math.max(narrowest, ...widths.filter((one) => one < widest));
    const at = widths.indexOf(widest);
    widths[at] = Math.max(second, narrowest, widest - (total(widths.length) - width));
    if (widths[at] === widest) widths[at] = widest - 1;
  }
  let shown = widths.length;
  while (shown > 1 && total(shown) > width) shown--;
  return { widths, shown };
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 3))}...`;
}
