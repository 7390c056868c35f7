import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { GrowingFile } from '../../../../src/engine/running/logs/growing-file.ts';
import { lastLines } from '../../../../src/engine/running/logs/log-tail.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

describe('a growing file', () => {
  afterEach(removeTemporary);

  it('gives every byte once, however it is written and looked at', () => {
    const file = path.join(temporaryDirectory(), 'log');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.boolean())), (parts) => {
        rmSync(file, { force: true });
        const growing = new GrowingFile(file);
        const seen: Buffer[] = [growing.read()];
        for (const [text, look] of parts) {
          appendFileSync(file, text);
          if (look) seen.push(growing.read());
        }
        seen.push(growing.read());
        const written = Buffer.concat(parts.map(([text]) => Buffer.from(text)));
        assert.deepEqual(Buffer.concat(seen), written);
      }),
      { numRuns: 30 },
    );
  });

  it('gives pieces of a long one', () => {
    const root = temporaryDirectory({ log: 'x'.repeat(200_000) });
    const pieces = [...new GrowingFile(path.join(root, 'log')).chunks()];
    assert.ok(pieces.length > 1);
    assert.equal(Buffer.concat(pieces).length, 200_000);
  });

  it('begins anew with a file that was emptied or replaced, even by a longer one', () => {
    const root = temporaryDirectory({ log: 'first run\n', other: 'second run, which says more\n' });
    const file = path.join(root, 'log');
    const growing = new GrowingFile(file);
    assert.equal(growing.read().toString(), 'first run\n');
    renameSync(path.join(root, 'other'), file);
    assert.equal(growing.read().toString(), 'second run, which says more\n');
    truncateSync(file);
    writeFileSync(file, 'third\n');
    assert.equal(growing.read().toString(), 'third\n');
  });

  it('counts as seen what it is told to skip, so that only the last lines come before what is new', () => {
    const root = temporaryDirectory({ log: 'a\nb\nc\n' });
    const file = path.join(root, 'log');
    const growing = new GrowingFile(file);
    const length = growing.skip();
    appendFileSync(file, 'd\n');
    assert.equal(lastLines(file, 2, length).toString(), 'b\nc\n');
    assert.equal(growing.read().toString(), 'd\n');
    assert.equal(new GrowingFile(path.join(root, 'none')).skip(), 0);
  });
});
