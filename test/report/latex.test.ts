import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderTable, type ReportTable } from '../../src/report/table.ts';

const TABLE: ReportTable = {
  name: 'made-up',
  title: 'Table 1: every character that means something: \\ { } % & $ # _ ~ ^ < > | "',
  caption: ['± × → − – and "quoted", [1] 100 %.', `${'A long paragraph of notes. '.repeat(12)}Its end.`],
  header: ['*BaseNet', ...Array.from({ length: 9 }, (_, at) => `A heading of several words, number ${at}`)],
  rows: ['[a]', '*b', 'c_d & e', ''].map((first) => [
    first,
    ...Array.from({ length: 9 }, (_, at) => ({
      value: '54.38 ± 4.49',
      paper: at % 2 ? '62.61' : null,
      best: at === 3,
    })),
  ]),
  records: [],
};

/** Characters that a search in what pdfTeX says would find broken apart otherwise: it folds its lines. */
const UNFOLDED = { max_print_line: '10000', error_line: '254' };

describe('a table in LaTeX', function () {
  this.timeout(60_000);

  it('is compiled without an error or a warning, in the width of the text (where there is a pdflatex)', function () {
    const folder = mkdtempSync(path.join(tmpdir(), 'latex-'));
    try {
      writeFileSync(path.join(folder, 'made-up.tex'), renderTable(TABLE, ['tex'])[0]!.text);
      const lines = ['\\documentclass{article}', '\\usepackage{booktabs}', '\\usepackage{graphicx}'];
      const body = ['\\begin{document}', 'See \\ref{tab:made-up}.', '\\input{made-up}', '\\end{document}', ''];
      writeFileSync(path.join(folder, 'all.tex'), [...lines, ...body].join('\n'));
      // Twice: the first time says what number the reference has.
      for (let turn = 0; turn < 2; turn++) {
        const words = ['-interaction=nonstopmode', '-halt-on-error', '-no-shell-escape', 'all.tex'];
        const env = { ...process.env, ...UNFOLDED };
        const { error, status, stdout } = spawnSync('pdflatex', words, { cwd: folder, env, encoding: 'utf8' });
        if (error !== undefined && 'code' in error && error.code === 'ENOENT') this.skip();
        assert.equal(status, 0, stdout);
      }
      const log = readFileSync(path.join(folder, 'all.log'), 'latin1');
      assert.deepEqual(log.match(/^.*(?:Overfull|Warning|Missing character).*$/gm) ?? [], []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
