import { csvCell } from './table-cells.ts';

/** A file of a report. */
export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

/** A row in long form, for machines. */
export type ReportRecord = Readonly<Record<string, string | number | null>>;

/** The lines of a Markdown table, whose cells are Markdown already. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  isRight: (column: number) => boolean,
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (isRight(column) ? '---:' : '---'))), ...rows.map(line)];
}

/** A table as a Markdown page: title, paragraphs, table. */
export function markdownPage(title: string, paragraphs: readonly string[], table: readonly string[]): string {
  return [`# ${title}`, '', ...paragraphs.flatMap((paragraph) => [paragraph, '']), ...table, ''].join('\n');
}

/** RFC 4180, one record a line, the union of all records' keys as header. */
export function recordsCsv(records: readonly ReportRecord[]): string {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = [keys, ...records.map((record) => keys.map((key) => record[key]))];
  return lines.map((cells) => `${cells.map((cell) => csvCell(String(cell ?? ''))).join(',')}\n`).join('');
}

/** Title, paragraphs and records as JSON. */
export function recordsJson(title: string, caption: readonly string[], records: readonly ReportRecord[]): string {
  return `${JSON.stringify({ title, caption, records }, null, 2)}\n`;
}
