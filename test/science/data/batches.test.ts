import assert from 'node:assert/strict';
import fc from 'fast-check';
import { imageBatches, pairBatches, testImages } from '../../../src/science/data/batches.ts';
import type { BatchOptions, PairBatch } from '../../../src/science/data/batches.ts';
import { rowsInMemory } from '../../../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../../../src/science/data/prepared/prepared.ts';
import { createRandom } from '../../../src/base/random.ts';

const SIDE = 6;

/** Three sequences with 2, 1 and 3 weak frames. Each pixel tells its picture, row and column. */
function set(channels: 1 | 3 = 1): PairSet {
  const picture = (number: number) =>
    Array.from({ length: SIDE * SIDE * channels }, (_, i) => number * 36 + Math.floor(i / channels));
  return {
    size: { height: SIDE, width: SIDE, channels },
    classes: ['anger', 'fear'],
    labels: Uint8Array.of(0, 1, 0),
    subjects: ['a', 'b', 'c'],
    ids: ['a/1', 'b/1', 'c/1'],
    // Picture 0 is a peak and 1 a weak frame of the first sequence, and so on: peaks are even, weak frames odd.
    peaks: rowsInMemory(Uint8Array.from([0, 2, 4].flatMap(picture)), 36 * channels),
    weaks: rowsInMemory(Uint8Array.from([1, 1, 3, 5, 5, 5].flatMap(picture)), 36 * channels),
    weakSequence: Int32Array.of(0, 0, 1, 2, 2, 2),
  };
}

function options(more: Partial<BatchOptions> = {}): BatchOptions {
  return { batch: 4, cropSize: 4, augment: true, flip: true, random: createRandom(1), ...more };
}

/** The byte from which a value in [-1, 1] came. */
function byte(value: number): number {
  return Math.round((value + 1) * 127.5);
}

function row(values: Float32Array, index: number, size: number): number[] {
  return [...values.subarray(index * size, (index + 1) * size)].map(byte);
}

describe('batches of pairs', () => {
  it('have shape, range and labels as promised', () => {
    const { weak, peak, labels, shape } = pairBatches(set(3), options()).next().value;
    assert.deepEqual(shape, [4, 4, 4, 3]);
    assert.deepEqual([weak.length, peak.length, labels.length], [192, 192, 4]);
    assert.ok([...weak, ...peak].every((value) => value >= -1 && value <= 1));
  });

  it('map 0 to -1 and 255 to 1', () => {
    const rows = (bytes: Uint8Array) => rowsInMemory(bytes, 36);
    const black = { ...set(), peaks: rows(new Uint8Array(108)), weaks: rows(new Uint8Array(216).fill(255)) };
    const { weak, peak } = pairBatches(black, options()).next().value;
    assert.ok(weak.every((value) => value === 1) && peak.every((value) => value === -1));
  });

  it('cut and mirror both pictures of a pair in the same way, and match a weak frame with its own peak', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { weak, peak, labels } = pairBatches(set(), options({ random: createRandom(seed) })).next().value;
        labels.forEach((label, i) => {
          const weakBytes = row(weak, i, 16);
          // A weak picture's number is its peak's plus one, at each place: 36 more.
          assert.deepEqual(
            row(peak, i, 16),
            weakBytes.map((value) => value - 36),
          );
          assert.equal(label, Math.floor(weakBytes[0]! / 36) === 3 ? 1 : 0);
          const steps = new Set(weakBytes.slice(1, 4).map((value, column) => value - weakBytes[column]!));
          assert.ok(steps.size === 1 && [1, -1].includes([...steps][0]!));
          assert.equal(weakBytes[4]! - weakBytes[0]!, SIDE);
        });
      }),
    );
  });

  it('reach every crop and both directions in the long run', () => {
    const batches = pairBatches(set(), options());
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const { weak } = batches.next().value;
      for (let sample = 0; sample < 4; sample++) {
        const [first = 0, second = 0] = row(weak, sample, 16);
        const left = second > first ? first : first - 3;
        seen.add(`${Math.floor((left % 36) / SIDE)} ${(left % 36) % SIDE} ${second > first}`);
      }
    }
    assert.equal(seen.size, 18);
  });

  it('take the middle, unmirrored, without augmentation, and never mirror without flip', () => {
    const plain = pairBatches(set(), options({ augment: false })).next().value;
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => row(plain.weak, i, 16)[0]! % 36),
      [7, 7, 7, 7],
    );
    const batches = pairBatches(set(), options({ flip: false }));
    for (let i = 0; i < 20; i++) {
      const { weak } = batches.next().value;
      for (let sample = 0; sample < 4; sample++) assert.equal(row(weak, sample, 16)[1]! - row(weak, sample, 16)[0]!, 1);
    }
  });

  it('show every weak frame once an epoch, in a new order each time, across the ends of batches', () => {
    const numbered = Uint8Array.from({ length: 216 }, (_, i) => Math.floor(i / 36));
    const single = { ...set(), weaks: rowsInMemory(numbered, 36) };
    const batches = pairBatches(single, options({ batch: 4 }));
    const order = Array.from({ length: 15 }, () => batches.next().value).flatMap(({ weak }) =>
      [0, 1, 2, 3].map((sample) => row(weak, sample, 16)[0]!),
    );
    const epochs = Array.from({ length: 10 }, (_, epoch) => order.slice(epoch * 6, epoch * 6 + 6));
    for (const epoch of epochs) assert.deepEqual([...epoch].sort(), [0, 1, 2, 3, 4, 5]);
    assert.ok(new Set(epochs.map((epoch) => epoch.join())).size > 5);
  });

  it('may be larger than the set', () => {
    assert.equal(pairBatches(set(), options({ batch: 20 })).next().value.labels.length, 20);
  });

  it('are the same for the same seed, and go on exactly where a saved state was taken', () => {
    const take = (batches: Iterator<PairBatch, never>, count: number) =>
      Array.from({ length: count }, () => batches.next().value);
    const first = pairBatches(set(), options());
    const all = take(first, 7);
    assert.deepEqual(take(pairBatches(set(), options()), 7), all);
    const before = pairBatches(set(), options());
    take(before, 3);
    const state: unknown = JSON.parse(JSON.stringify(before.state()));
    const after = pairBatches(set(), options());
    after.restore(state as { step: number });
    assert.deepEqual(take(after, 4), all.slice(3));
    const other = pairBatches(set(), options({ random: createRandom(2) }));
    assert.notDeepEqual(take(other, 7), all);
  });

  it('refuse a crop larger than the pictures, a batch of none, an empty set and a broken state', () => {
    assert.throws(
      () => pairBatches(set(), options({ cropSize: 7 })),
      /expected at most the 6 pixels of the prepared pictures, found 7/,
    );
    assert.throws(() => pairBatches(set(), options({ batch: 0 })), /batch: expected a whole number from 1, found 0/);
    const empty = { ...set(), weakSequence: new Int32Array(0) };
    assert.throws(() => pairBatches(empty, options()), /at least one picture/);
    assert.throws(() => pairBatches(set(), options()).restore({ step: -1 }), /no batch has number -1/);
  });
});

describe('batches of pictures', () => {
  it('hold peaks, weak frames or all of them, each with its label', () => {
    for (const [kind, numbers] of [
      ['peak', [0, 2, 4]],
      ['weak', [1, 1, 3, 5, 5, 5]],
      ['all', [0, 1, 1, 2, 3, 4, 5, 5, 5]],
    ] as const) {
      const { images, labels } = imageBatches(set(), kind, options({ batch: numbers.length })).next().value;
      const found = [...labels].map((_, i) => Math.floor(row(images, i, 16)[0]! / 36));
      assert.deepEqual([...found].sort(), [...numbers]);
      found.forEach((number, i) => assert.equal(labels[i], number === 2 || number === 3 ? 1 : 0));
    }
  });

  it('follow another order than the pairs of the same stream', () => {
    const random = createRandom(4);
    const images = imageBatches(set(), 'weak', options({ random, batch: 6 })).next().value.images;
    const pairs = pairBatches(set(), options({ random, batch: 6 })).next().value.weak;
    assert.notDeepEqual(images, pairs);
  });
});

describe('test pictures', () => {
  it('come once each, in order, from the middle, with the sequence they belong to', () => {
    const batches = [...testImages(set(), 'weak', { cropSize: 4, batch: 4 })];
    assert.deepEqual(
      batches.map(({ shape }) => shape),
      [
        [4, 4, 4, 1],
        [2, 4, 4, 1],
      ],
    );
    assert.deepEqual(
      batches.flatMap(({ sequences }) => [...sequences]),
      [0, 0, 1, 2, 2, 2],
    );
    assert.deepEqual(
      batches.flatMap(({ labels }) => [...labels]),
      [0, 0, 1, 0, 0, 0],
    );
    const firsts = batches.flatMap(({ images, labels }) => [...labels].map((_, i) => row(images, i, 16)[0]));
    assert.deepEqual(
      firsts,
      [1, 1, 3, 5, 5, 5].map((number) => number * 36 + 7),
    );
  });

  it('give all peaks before all weak frames', () => {
    const [batch] = testImages(set(), 'all', { cropSize: 6, batch: 100 });
    assert.deepEqual([...batch!.sequences], [0, 1, 2, 0, 0, 1, 2, 2, 2]);
  });
});
