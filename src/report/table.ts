import { markdownPage, markdownTable, recordsCsv, recordsJson } from '../base/report-table.ts';
import type { ReportFile, ReportRecord } from '../base/report-table.ts';
import { markdownCell } from '../base/table-cells.ts';
import { escapeLatex, escapeRowStart, latexHeading } from './latex.ts';

/** What was measured, with what belongs beside it. */
export interface MeasuredCell {
  /** Ours: `65.00 ± 7.07`, or `not run`. */
  readonly value: string;
  /** The paper's number in the same unit, shown in brackets. */
  readonly paper: string | null;
  /** The best of those it is compared with: ours is set in bold. */
  readonly best: boolean;
}

/** A finished text, or what was measured. */
export type Cell = string | MeasuredCell;

export interface ReportTable {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** Paragraphs below the title: how to read it, and the scale it ran at. */
  readonly caption: readonly string[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The same in long form, one record a cell, for machines. */
  readonly records: readonly ReportRecord[];
}

/** A cell as text, its best value wrapped by `bold`, each part first passed through `escape`. */
export function cellText(
  cell: Cell,
  escape: (text: string) => string = (text) => text,
  bold: (escaped: string) => string = (text) => text,
): string {
  if (typeof cell === 'string') return escape(cell);
  const value = cell.best ? bold(escape(cell.value)) : escape(cell.value);
  return cell.paper === null ? value : `${value} (${escape(cell.paper)})`;
}

/** Which values are the largest, as printed with so many decimals: equal ones share the place. Alone, nobody is best. */
export function bestOf(values: readonly (number | null)[], decimals = 2): boolean[] {
  const printed = values.map((value) => (value === null ? null : Number(value.toFixed(decimals))));
  const known = printed.filter((value) => value !== null);
  const most = Math.max(...known);
  return printed.map((value) => known.length > 1 && value === most);
}

function toMarkdown({ title, caption, header, rows }: ReportTable): string {
  const cells = rows.map((row) => row.map((cell) => cellText(cell, markdownCell, (text) => `**${text}**`)));
  return markdownPage(title, caption, markdownTable(header.map(markdownCell), cells, isNumeric));
}

/** The first column names what the others measure. */
function isNumeric(column: number): boolean {
  return column > 0;
}

function toCsv({ records }: ReportTable): string {
  return recordsCsv(records);
}

function toJson({ title, caption, records }: ReportTable): string {
  return recordsJson(title, caption, records);
}

/** Letters up to which a heading stays on one line, even where its column is narrower. */
const SHORT_HEADING = 10;

/**
 * A floating table for `\input`, with the caption's paragraphs as notes below; needs the packages booktabs and
 * graphicx, and shrinks to the width of the text.
 */
function toLatex(table: ReportTable): string {
  const bold = (text: string): string => `\\textbf{${text}}`;
  const line = (cells: readonly Cell[]): string => {
    const texts = cells.map((cell, column) => cellText(cell, column === 0 ? escapeRowStart : escapeLatex, bold));
    return `    ${texts.join(' & ')} \\\\`;
  };
  const headings = table.header.map((heading, column) => {
    const widest = Math.max(SHORT_HEADING, ...table.rows.map((row) => cellText(row[column] ?? '').length));
    return latexHeading(heading, widest, column === 0 ? 'l' : 'r');
  });
  return [
    '% needs \\usepackage{booktabs} and \\usepackage{graphicx}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(latexCaption(table.title))}}`,
    `  \\label{tab:${table.name}}`,
    '  \\medskip',
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{l${'r'.repeat(table.header.length - 1)}}`,
    '    \\toprule',
    `    ${headings.join(' & ')} \\\\`,
    '    \\midrule',
    ...table.rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}}',
    '  \\par\\medskip',
    '  \\begin{minipage}{\\linewidth}',
    '    \\footnotesize',
    ...table.caption.map((paragraph) => `    ${escapeLatex(paragraph)}\\par`),
    '  \\end{minipage}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** LaTeX numbers tables itself: "Table 7: Table 1: ..." would be read twice. */
function latexCaption(title: string): string {
  const [, number, first = '', rest = ''] = /^Table (\d+): (.)(.*)$/.exec(title) ?? [];
  return number === undefined ? title : `${first.toUpperCase()}${rest}, Table ${number} of the paper`;
}

const FORMATS = { md: toMarkdown, csv: toCsv, json: toJson, tex: toLatex } as const;
type TableFormat = keyof typeof FORMATS;

/** A table as Markdown for people, CSV for spreadsheets, JSON for programs and LaTeX for papers. */
export function renderTable(
  table: ReportTable,
  formats: readonly TableFormat[] = ['md', 'csv', 'json', 'tex'],
): ReportFile[] {
  return formats.map((format) => ({ name: `${table.name}.${format}`, text: FORMATS[format](table) }));
}
