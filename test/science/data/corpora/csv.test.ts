import assert from 'node:assert/strict';
import { csvRows } from '../../../../src/science/data/corpora/csv.ts';
import { dataErrorOf, withRig } from '../rig.ts';

async function rowsOf(path: string) {
  const rows = [];
  for await (const row of csvRows(path)) rows.push(row);
  return rows;
}

describe('rows of a CSV file', () => {
  for (const [name, end] of [
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    it(`end in ${name}, with or without one at the end, and carry their line`, () =>
      withRig(async (rig) => {
        const text = ['\uFEFFa,b', '', '"x, ""y""",', ` ${end === '\n' ? '' : 'q'},"two`, 'lines"', 'é,z'].join(end);
        for (const [file, content] of [
          ['bare.csv', text],
          ['ended.csv', text + end],
        ] as const) {
          await rig.write(file, content);
          assert.deepEqual(await rowsOf(rig.path(file)), [
            { fields: ['a', 'b'], line: 1 },
            { fields: ['x, "y"', ''], line: 3 },
            { fields: [` ${end === '\n' ? '' : 'q'}`, `two${end}lines`], line: 4 },
            { fields: ['é', 'z'], line: 6 },
          ]);
        }
      }));
  }

  it('need their quotes closed and a file to be in', () =>
    withRig(async (rig) => {
      await rig.write('open.csv', 'a,b\n"c,d\n');
      assert.match(await dataErrorOf(() => rowsOf(rig.path('open.csv'))), /open\.csv:2: expected a closing quote/);
      assert.match(await dataErrorOf(() => rowsOf(rig.path('none.csv'))), /expected a CSV file, found no such file/);
      assert.match(await dataErrorOf(() => rowsOf(rig.root)), /expected a CSV file, found a folder/);
    }));
});
