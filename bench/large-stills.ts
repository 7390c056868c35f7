/**
 * A part of prepared stills that is larger than memory may be: colour pictures at the paper's size, as LSEMSW has them,
 * prepared, opened, and batches dealt from it.
 *   npm run bench -- large-stills [GiB, default 5]
 * Pictures are made, not decoded. Fails when a picture is not the one it should be.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageBatches } from '../src/science/data/batches.ts';
import { prepareStills } from '../src/science/data/prepared/prepare-stills.ts';
import { openStills } from '../src/science/data/prepared/prepared-stills.ts';
import { asPeaks } from '../src/science/data/still-pairs.ts';
import type { Still } from '../src/science/data/still-corpus.ts';
import { createRandom } from '../src/base/random.ts';
import { BenchError, wholeNumber } from './support/bench-error.ts';

const SIDE = 144;
const BYTES = SIDE * SIDE * 3;
const BATCH = 16;
const BATCHES = 500;

const gib = wholeNumber('GiB', process.argv[2] ?? '5');
const count = Math.ceil((gib * 2 ** 30) / BYTES);

/** The picture's number in the first four bytes, and one value everywhere else. */
function pixels(number: number): Uint8Array {
  const bytes = new Uint8Array(BYTES).fill(number % 251);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

function still(number: number, split: Still['split']): Still {
  const id = `${split}/${number}.png`;
  const load = () => Promise.resolve({ width: SIDE, height: SIDE, channels: 3 as const, data: pixels(number) });
  const label = number % 2 === 0 ? 'even' : 'odd';
  return { corpus: 'made', id, subject: id, label, split, frame: { kind: 'loaded', name: id, load } };
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`${what.padEnd(40)} ${seconds.toFixed(1).padStart(7)} s   ${peak.toFixed(0)} MiB at most so far`);
  return result;
}

const directory = mkdtempSync(path.join(tmpdir(), 'pipeline-bench-'));
try {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < 1.1 * count * BYTES)
    throw new BenchError(`${directory} has less than ${(1.1 * gib).toFixed(1)} GiB free.`);
  const stills = Array.from({ length: count }, (_, number) => still(number, 'train'));
  stills.push(still(0, 'test'));
  const options = {
    name: 'large',
    classes: ['even', 'odd'],
    image: { size: SIDE, channels: 3 },
    crops: {},
    onBadImage: 'fail',
  } as const;
  await timed(`${count} pictures prepared`, () => prepareStills({ stills, skipped: [] }, null, options, directory));
  console.log(`train.bin: ${(statSync(path.join(directory, 'train.bin')).size / 2 ** 30).toFixed(2)} GiB`);
  const train = await timed('opened, its checksum verified', async () => (await openStills(directory)).split('train'));
  for (const number of [0, 1, count >> 1, count - 1]) assert.deepEqual(train.pictures.at(number), pixels(number));
  await timed(`${BATCHES} batches of ${BATCH} at random`, () => {
    const random = createRandom(1);
    const batches = imageBatches(asPeaks(train), 'peak', {
      batch: BATCH,
      cropSize: 128,
      augment: true,
      flip: true,
      random,
    });
    for (let step = 0; step < BATCHES; step++) batches.next();
    return Promise.resolve();
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
