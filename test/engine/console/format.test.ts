import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { bar, colorsFor, duration, printable, table } from '../../../src/engine/console/format.ts';

describe('format', () => {
  it('writes lengths of time as people say them', () => {
    const cases: [number, string][] = [
      [0, '0 ms'],
      [99, '99 ms'],
      [400, '0.4 s'],
      [12_340, '12.3 s'],
      [59_960, '1 min 00 s'],
      [245_000, '4 min 05 s'],
      [7_620_000, '2 h 07 min'],
    ];
    for (const [ms, text] of cases) assert.equal(duration(ms), text);
  });

  it('lines up columns', () => {
    assert.deepEqual(
      table([
        ['a', '10'],
        ['long', '5'],
      ]),
      ['a     10', 'long   5'],
    );
  });

  it('fills a bar', () => {
    assert.equal(bar(0.5, 4), '[##  ]');
  });

  it('keeps programs from moving our cursor, and shows the last state of a redrawn line', () => {
    assert.equal(printable('\u001b[2J\u001b[31mred\u001b[0m\u0007\ttab'), 'red\ttab');
    assert.equal(printable('10 %\r20 %'), '20 %');
  });

  it('colours a terminal only, and not where NO_COLOR is set', () => {
    assert.equal(colorsFor({ isTTY: true }, {}).isColorSupported, true);
    assert.equal(colorsFor({ isTTY: true }, { NO_COLOR: '1' }).isColorSupported, false);
    assert.equal(colorsFor({}, {}).isColorSupported, false);
  });
});
