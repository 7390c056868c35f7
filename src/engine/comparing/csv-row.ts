import type { Value } from '../yaml/values.ts';
import { exactNumber } from './json-text.ts';

/**
 * A table of one row below its titles as a map, which is what a program writes that logs its last numbers as CSV or TSV.
 * A column without a title (the index that pandas writes first) is left out.
 *
 * @throws SyntaxError for more rows, or none, and for what is no table
 */
export function parseTableRow(text: string, separator: ',' | '\t'): { readonly [key: string]: Value } {
  const [titles = [], row, ...others] = readRows(text.replace(/^\ufeff/, ''), separator);
  if (row === undefined) throw new SyntaxError('a row below the titles expected');
  if (others.length > 0) {
    throw new SyntaxError(
      `${others.length + 1} rows below the titles, and metrics have one. A table of steps belongs below "plots:"`,
    );
  }
  if (row.length !== titles.length) {
    throw new SyntaxError(`${titles.length} titles, but ${row.length} cells below them`);
  }
  const values = new Map<string, Value>();
  for (const [at, title] of titles.entries()) {
    if (title === '') continue;
    if (values.has(title)) throw new SyntaxError(`the column ${JSON.stringify(title)} is given twice`);
    values.set(title, cellValue(row[at] ?? ''));
  }
  return Object.fromEntries(values);
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['', null],
  ['true', true],
  ['false', false],
]);

/** A cell as what it says: a number (also `nan`, `inf`), true, false, nothing, or text. */
function cellValue(cell: string): Value {
  const text = cell.trim();
  return numberIn(text) ?? words.get(text.toLowerCase()) ?? (text === '' ? null : cell);
}

/** A number as programs print it; an integer that a number does not hold exactly stays text. Null for anything else. */
export function numberIn(text: string): number | string | null {
  if (/^[+-]?nan$/i.test(text)) return NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (!number.test(text)) return null;
  return exactNumber(text);
}

/** Rows of RFC 4180; empty lines do not count. */
function readRows(text: string, separator: ',' | '\t'): string[][] {
  const rows: string[][] = [];
  const cell =
    separator === ','
      ? /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y
      : /(?:"((?:[^"]|"")*)"|([^"\t\r\n]*))(\t|\r?\n|\r|$)/y;
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    cell.lastIndex = at;
    const match = cell.exec(text);
    if (match === null) throw new SyntaxError(`line ${rows.length + 1}: a quote stands inside a cell, or has no end`);
    const [whole, quoted, plain = '', end = ''] = match;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    at += whole.length;
    if (end === separator && at < text.length) continue;
    if (end === separator) row.push('');
    if (row.length > 1 || row[0] !== '' || quoted !== undefined) rows.push(row);
    row = [];
  }
  return rows;
}
