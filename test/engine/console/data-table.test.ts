import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { cellText, csvLines, exactText, markdownLines, tableLines } from '../../../src/engine/console/data-table.ts';

const table = {
  columns: [{ title: 'name' }, { title: 'accuracy', right: true }],
  rows: [
    ['a', '0.5'],
    ['longer name', '12'],
  ],
};

describe('a table', () => {
  it('lines up for a terminal, numbers flush right', () => {
    assert.deepEqual(tableLines(table, null), [
      'name         accuracy',
      'a                 0.5',
      'longer name        12',
    ]);
  });

  it('is cut where the terminal is narrow, widest column first', () => {
    const wide = { columns: [{ title: 'path' }, { title: 'n' }], rows: [['a/very/long/path/to/a/file', '1']] };
    assert.deepEqual(tableLines(wide, 20), ['path               n', 'a/very/long/pa...  1']);
  });

  it('names the columns that do not fit', () => {
    const columns = ['first', 'second', 'third'].map((title) => ({ title }));
    const lines = tableLines({ columns, rows: [['1', '2', '3']] }, 14);
    assert.deepEqual(lines, ['first  second', '1      2', '(too wide for this terminal; left out: third)']);
  });

  it('never writes a line wider than the terminal but the note', () => {
    const cell = fc.string({ maxLength: 40, unit: fc.constantFrom('a', 'b', '.') });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }),
        fc.integer({ min: 20, max: 200 }),
        (rows, width) => {
          const columns = ['one', 'two', 'three'].map((title) => ({ title }));
          for (const line of tableLines({ columns, rows }, width)) {
            assert.ok(line.length <= width || line.startsWith('(too wide'), line);
          }
        },
      ),
    );
  });

  it('is Markdown with its bars escaped', () => {
    assert.deepEqual(
      markdownLines({ columns: [{ title: 'a|b' }, { title: 'n', right: true }], rows: [['x|y', '1']] }),
      ['| a\\|b | n |', '| --- | ---: |', '| x\\|y | 1 |'],
    );
  });

  it('is CSV with its quotes doubled', () => {
    assert.deepEqual(csvLines({ columns: [{ title: 'a' }, { title: 'b' }], rows: [['say "x"', '1,2']] }), [
      'a,b',
      '"say ""x""","1,2"',
    ]);
  });

  it('rounds for the eye and keeps every digit for programs', () => {
    assert.equal(cellText(1 / 3), '0.333333');
    assert.equal(exactText(1 / 3), '0.3333333333333333');
    assert.equal(cellText(1234567), '1234567');
    assert.deepEqual([NaN, Infinity, -Infinity].map(exactText), ['NaN', 'inf', '-inf']);
    assert.equal(cellText(undefined), '');
    assert.equal(cellText([1, 2]), '[1,2]');
    assert.ok(cellText(Array.from({ length: 100 }, () => 1)).endsWith('...'));
  });
});
