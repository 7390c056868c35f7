import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { hashBytes } from '../../../../src/engine/store/contents/digest.ts';
import { parseRunEntry, RunCache } from '../../../../src/engine/store/objects/run-cache.ts';
import { removeTemporary, temporaryDirectory } from '../../support/temporary.ts';

const fingerprint = hashBytes('fingerprint');
const outs = new Map([['out "☃".txt', { digest: hashBytes('content'), size: 7 }]]);

describe('the run cache', () => {
  afterEach(removeTemporary);

  it('knows nothing of a run whose entry has a flipped bit, whichever', () => {
    const cache = new RunCache(temporaryDirectory());
    cache.set(fingerprint, 'stage', outs, { digest: hashBytes('log'), size: 3 });
    assert.deepEqual(cache.get(fingerprint), outs);
    const file = cache.pathOf(fingerprint);
    const whole = readFileSync(file);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (byte, bit) => {
        const damaged = Buffer.from(whole);
        damaged[byte]! ^= 1 << bit;
        writeFileSync(file, damaged);
        assert.equal(cache.get(fingerprint), null);
        assert.equal(cache.log(fingerprint), null);
      }),
      { numRuns: 500 },
    );
  });

  it('does not take the entry of another fingerprint for its own', () => {
    const cache = new RunCache(temporaryDirectory());
    cache.set(fingerprint, 'stage', outs);
    const text = readFileSync(cache.pathOf(fingerprint), 'utf8');
    assert.deepEqual(parseRunEntry(text, fingerprint)?.outs, outs);
    assert.equal(parseRunEntry(text, hashBytes('another')), null);
  });

  it('reads entries from before there was a check', () => {
    const old = `${JSON.stringify({ instance: 'stage', outs: Object.fromEntries(outs) })}\n`;
    assert.deepEqual(parseRunEntry(old, fingerprint), { outs, log: null });
  });
});
