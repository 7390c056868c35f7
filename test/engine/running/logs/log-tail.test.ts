import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastLines } from '../../../../src/engine/running/logs/log-tail.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

describe('lastLines', () => {
  afterEach(removeTemporary);

  it('is what remains when the lines before are dropped', () => {
    const file = path.join(temporaryDirectory(), 'log');
    fc.assert(
      fc.property(fc.array(fc.string()), fc.boolean(), fc.integer({ min: 1, max: 8 }), (parts, ends, count) => {
        const lines = parts.map((part) => part.replaceAll('\n', ''));
        const text = lines.join('\n') + (ends && lines.length > 0 ? '\n' : '');
        writeFileSync(file, text);
        const all = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        assert.equal(lastLines(file, count).toString(), all.slice(-count).join(''));
      }),
    );
  });

  it('reads over the border of its chunks', () => {
    const long = 'x'.repeat(100_000);
    const root = temporaryDirectory({ log: `first\n${long}\n${long}\nlast\n` });
    assert.equal(lastLines(path.join(root, 'log'), 3).toString(), `${long}\n${long}\nlast\n`);
  });
});
