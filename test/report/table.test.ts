import assert from 'node:assert/strict';
import { escapeLatex } from '../../src/report/latex.ts';
import { bestOf, cellText, renderTable, type ReportTable } from '../../src/report/table.ts';

const TABLE: ReportTable = {
  name: 'made-up',
  title: 'A & B',
  caption: ['100 % of it.', 'Scale: x_1.'],
  header: ['Net', 'CNN', 'GAN'],
  rows: [['A|B', { value: '1.00', paper: '2.00', best: false }, { value: '3.00 ± 0.10', paper: '4.00', best: true }]],
  records: [{ net: 'A,"B"', accuracy: 3 }],
};

const rendered = (kind: string) => renderTable(TABLE).find(({ name }) => name === `made-up.${kind}`)?.text ?? '';

describe('a table', () => {
  it('is Markdown with ours in bold where it is best, and never the paper’s', () => {
    assert.match(rendered('md'), /^# A & B\n\n100 % of it\.\n\nScale: x_1\.\n\n\| Net \| CNN \| GAN \|\n/);
    assert.ok(rendered('md').includes('| A\\|B | 1.00 (2.00) | **3.00 ± 0.10** (4.00) |'));
  });

  it('is LaTeX with booktabs, caption and label', () => {
    const lines = rendered('tex').split('\n');
    for (const line of ['\\toprule', '\\midrule', '\\bottomrule', '    Net & CNN & GAN \\\\']) {
      assert.ok(
        lines.some((found) => found.includes(line)),
        line,
      );
    }
    assert.ok(lines.includes('    A\\textbar{}B & 1.00 (2.00) & \\textbf{3.00 $\\pm$ 0.10} (4.00) \\\\'));
    assert.ok(lines.includes('  \\caption{A \\& B}'));
    assert.ok(lines.includes('  \\label{tab:made-up}'));
    assert.ok(lines.some((line) => line.includes('\\begin{tabular}{lrr}')));
  });

  it('has in LaTeX its caption as notes below, a paragraph each', () => {
    const [above = '', below = ''] = rendered('tex').split('\\end{tabular}}');
    assert.doesNotMatch(above, /100|Scale/);
    assert.ok(below.includes('    100 \\% of it.\\par\n    Scale: x\\_1.\\par\n'));
  });

  it('is not called a table twice by LaTeX, which numbers tables itself', () => {
    const caption = (title: string) =>
      /\\caption\{(.*)\}/.exec(renderTable({ ...TABLE, title }, ['tex'])[0]!.text)?.[1];
    assert.equal(caption('Table 2: confusion matrix of X'), 'Confusion matrix of X, Table 2 of the paper');
    assert.equal(caption('Differences between the columns of Table 1'), 'Differences between the columns of Table 1');
  });

  it('breaks headings in LaTeX that are wider than their column, so that it need not shrink for them', () => {
    const header = ['Net', 'Restored by GroupGAN (2v2), 100 %', 'GAN'];
    const rows = [['A', { value: '1.00 ± 0.10', paper: null, best: true }, '1']];
    const text = renderTable({ ...TABLE, header, rows }, ['tex'])[0]!.text;
    const heading = '\\begin{tabular}[b]{@{}r@{}}Restored by \\\\ GroupGAN \\\\ (2v2), 100 \\\\ \\%\\end{tabular}';
    assert.ok(text.includes(`    Net & ${heading} & GAN \\\\\n`), text);
  });

  it('keeps LaTeX from taking a bracket or a star at the start of a row for an argument of the row before', () => {
    const text = renderTable(
      {
        ...TABLE,
        rows: [
          ['[a]', '[1]', ''],
          ['*', '', ''],
        ],
      },
      ['tex'],
    )[0]!.text;
    assert.ok(text.includes('    {}[a] & [1] &  \\\\\n    {}* &  &  \\\\\n'), text);
  });

  it('is CSV after RFC 4180 and JSON in long form', () => {
    assert.equal(rendered('csv'), 'net,accuracy\n"A,""B""",3\n');
    assert.deepEqual((JSON.parse(rendered('json')) as { records: unknown }).records, TABLE.records);
  });

  it('can leave formats out', () => {
    assert.deepEqual(
      renderTable(TABLE, ['md', 'csv']).map(({ name }) => name),
      ['made-up.md', 'made-up.csv'],
    );
  });

  it('escapes every character that LaTeX would take for its own', () => {
    assert.equal(
      escapeLatex('a\\b {c} 5% & $1 #2 x_y ~z ^w <v> |u| ± × → − – \n end'),
      'a\\textbackslash{}b \\{c\\} 5\\% \\& \\$1 \\#2 x\\_y \\textasciitilde{}z \\textasciicircum{}w ' +
        '\\textless{}v\\textgreater{} \\textbar{}u\\textbar{} $\\pm$ $\\times$ $\\to$ $-$ --   end',
    );
  });

  it('has opening and closing quotation marks in LaTeX', () => {
    assert.equal(escapeLatex('"Start" is ("a" b), it\'s 5"'), "``Start'' is (``a'' b), it's 5''");
  });

  it('knows the best by what is printed: equal ones share the place, alone nobody is best', () => {
    assert.deepEqual(bestOf([1, null, 3, 3.001]), [false, false, true, true]);
    assert.deepEqual(bestOf([1, null]), [false, false]);
    assert.deepEqual(bestOf([null, null]), [false, false]);
    assert.equal(cellText('not run'), 'not run');
  });
});
