import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layOut, type Piece } from '../../../../src/compute/wasm/program/arena.ts';

const pieces = fc.array(
  fc
    .record({ bytes: fc.nat(100_000), first: fc.nat(50), length: fc.nat(20) })
    .map(({ bytes, first, length }): Piece => ({ bytes, first, last: first + length })),
  { maxLength: 60 },
);

/** Bytes in use at once, at the worst moment, each piece rounded up to whole cache lines. */
function leastMemory(all: readonly Piece[]): number {
  const at = (moment: number): number =>
    all
      .filter(({ first, last }) => first <= moment && moment <= last)
      .reduce((sum, { bytes }) => sum + Math.ceil(bytes / 64) * 64, 0);
  return Math.max(0, ...Array.from({ length: 71 }, (_, moment) => at(moment)));
}

describe('the memory plan of a step', () => {
  it('never gives two pieces the same bytes at the same time, and no piece bytes outside of the arena', () => {
    fc.assert(
      fc.property(pieces, (all) => {
        for (const part of [64, 50_000, 10_000_000]) {
          const { places, parts } = layOut(all, part);
          all.forEach((piece, index) => {
            const own = places[index]!;
            const end = own.offset + piece.bytes;
            assert.ok(piece.bytes === 0 || (own.offset % 64 === 0 && end <= parts[own.part]! - 64));
            all.slice(0, index).forEach((other, at) => {
              const place = places[at]!;
              const apart = other.last < piece.first || piece.last < other.first || place.part !== own.part;
              const beside = place.offset + other.bytes <= own.offset || end <= place.offset;
              assert.ok(apart || beside, `pieces ${at} and ${index} overlap`);
            });
          });
        }
      }),
    );
  });

  it('takes no more than all pieces side by side, and no less than what is in use at once', () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const bytes = layOut(all).parts.reduce((sum, part) => sum + part - 64, 0);
        assert.ok(bytes >= leastMemory(all));
        assert.ok(bytes <= all.reduce((sum, piece) => sum + Math.ceil(piece.bytes / 64) * 64, 0));
      }),
    );
  });

  it('uses the memory of what is no longer needed, the smallest place that is low enough first', () => {
    const { places, parts } = layOut([
      { bytes: 640, first: 0, last: 1 },
      { bytes: 320, first: 2, last: 3 },
      { bytes: 320, first: 2, last: 4 },
      { bytes: 64, first: 1, last: 2 },
    ]);
    assert.deepEqual(
      places.map(({ offset }) => offset),
      [0, 0, 320, 640],
    );
    assert.deepEqual(parts, [704 + 64]);
  });
});
