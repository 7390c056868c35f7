/** A cell: a text, a number with a fixed count of decimals, or nothing. */
export interface ReportTable {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** Paragraphs below the title: how to read it, and the scale it ran at. */
  readonly caption: readonly string[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The same in long form, one record a cell, for machines. */
  readonly records: readonly Readonly<Record<string, string | number | null>>[];
}

export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

function markdownCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function toMarkdown(table: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(' | ')} |`;
  const rule = `|${table.header.map((_, column) => (column === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  return [
    `# ${table.title}`,
    '',
    ...table.caption.flatMap((paragraph) => [paragraph, '']),
    line(table.header),
    rule,
    ...table.rows.map(line),
    '',
  ].join('\n');
}

function csvCell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, one record a line, the union of all records' keys as header. */
function toCsv(table: ReportTable): string {
  const keys = [...new Set(table.records.flatMap((record) => Object.keys(record)))];
  const lines = [keys, ...table.records.map((record) => keys.map((key) => record[key]))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

function toJson(table: ReportTable): string {
  return `${JSON.stringify({ title: table.title, caption: table.caption, records: table.records }, null, 2)}\n`;
}

/** A table as Markdown for people, CSV for spreadsheets and JSON for programs. */
export function renderTable(table: ReportTable): ReportFile[] {
  return [
    { name: `${table.name}.md`, text: toMarkdown(table) },
    { name: `${table.name}.csv`, text: toCsv(table) },
    { name: `${table.name}.json`, text: toJson(table) },
  ];
}
