import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { WandbLogFollower, WandbLogWriter } from '../../../src/tracking/offline/wandb-log.ts';
import { readPayloads } from '../support/wandb-reader.ts';

const BLOCK = 32768;

describe('wandb log', () => {
  let directory: string;
  let count = 0;
  before(() => (directory = mkdtempSync(join(tmpdir(), 'wandb-log-'))));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const fresh = (): string => join(directory, `run-${count++}.wandb`);

  const write = (path: string, sizes: readonly number[]): Buffer[] => {
    const payloads = sizes.map((size, at) => Buffer.alloc(size, at + 1));
    const log = new WandbLogWriter(path);
    for (const payload of payloads) log.append(payload);
    log.close();
    return payloads;
  };

  // Around the places where a header or a payload just fits, just does not, or fills several blocks.
  const size = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: BLOCK - 40, max: BLOCK + 10 }),
    fc.integer({ min: 2 * BLOCK - 40, max: 3 * BLOCK }),
  );

  it('gives back records of any size, to the follower and to a reader of the published format', () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 8 }), (sizes) => {
        const path = fresh();
        const payloads = write(path, sizes);
        assert.deepEqual(readPayloads(readFileSync(path)), payloads);
        assert.deepEqual(new WandbLogFollower(path).poll(), payloads);
      }),
      { numRuns: 60 },
    );
  });

  it('pads the end of a block that has no room for a header, at every distance from it', () => {
    for (let left = 0; left <= 16; left++) {
      const path = fresh();
      const payloads = write(path, [BLOCK - 7 - 7 - left, 5, 0]);
      assert.deepEqual(readPayloads(readFileSync(path)), payloads, `${left} bytes left in the first block`);
    }
  });

  it('loses only the last record when the tail is cut anywhere inside it', () => {
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sizes, share) => {
          const path = fresh();
          const payloads = write(path, sizes.slice(0, -1));
          const before = readFileSync(path).length;
          const whole = fresh();
          write(whole, sizes);
          const length = readFileSync(whole).length;
          truncateSync(whole, before + Math.floor(share * (length - 1 - before)));
          assert.deepEqual(readPayloads(readFileSync(whole)), payloads);
          assert.deepEqual(new WandbLogFollower(whole).poll(), payloads);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows a file that grows byte by byte, giving each record once, when it is whole', () => {
    const path = fresh();
    const payloads = write(path, [10, BLOCK, 3]);
    const bytes = readFileSync(path);
    const growing = fresh();
    const seen: Buffer[] = [];
    writeFileSync(growing, '');
    const follower = new WandbLogFollower(growing);
    for (const end of [
      0,
      3,
      7,
      12,
      23,
      24,
      25,
      40,
      BLOCK - 1,
      BLOCK,
      BLOCK + 6,
      BLOCK + 9,
      bytes.length - 1,
      bytes.length,
    ]) {
      writeFileSync(growing, bytes.subarray(0, end));
      seen.push(...follower.poll());
    }
    assert.deepEqual(seen, payloads);
  });

  it('refuses a file that is something else', () => {
    const path = fresh();
    writeFileSync(path, 'steps,loss\n1,2\n');
    assert.throws(() => new WandbLogFollower(path).poll(), /is not a \.wandb file/);
  });

  it('never writes into a run that exists', () => {
    const path = fresh();
    write(path, [1]);
    assert.throws(() => new WandbLogWriter(path), /EEXIST/);
  });
});
