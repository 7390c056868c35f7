import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { home } from './pages.ts';

/** Rows of the first table in Markdown whose head begins with a word: trimmed cells, without marks of bold. */
function tableOf(file: string, first: string): string[][] {
  const lines = readFileSync(path.join(home, file), 'utf8').split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\| *${first} *\\|`).test(line));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  const rows = lines.slice(start, end).filter((line) => !/^\|[ :|-]+\|$/.test(line));
  return rows.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

describe("README's Table 1", () => {
  it('is that of the committed report: every row that was run, every column but the starts', () => {
    const [, ...report] = tableOf('reports/tables/results/table-1.md', 'BaseNet');
    const [, ...readme] = tableOf('README.md', 'BaseNet');
    const run = report.filter(([, first = '']) => !first.startsWith('not run')).map((cells) => cells.slice(0, -2));
    assert.deepEqual(readme, run);
  });
});
