import assert from 'node:assert/strict';
import { lpqCodes } from '../../../src/science/descriptors/lpq.ts';
import { createRandom } from '../../../src/base/random.ts';
import type { Plane } from '../../../src/science/descriptors/blocks.ts';
import peers from './fixtures/peers.json' with { type: 'json' };
import { mapped, noise, painted, plane } from './pictures.ts';

/** Whether a vector's coefficient is at least zero, in every window: from the definition, one window after the other. */
function signs(picture: Plane, vector: readonly number[]): string {
  const bits: number[] = [];
  for (let y = 0; y + 7 <= picture.height; y++) {
    for (let x = 0; x + 7 <= picture.width; x++) {
      let sum = 0;
      vector.forEach((weight, i) => {
        sum += weight * picture.values[(y + Math.floor(i / 7)) * picture.width + x + (i % 7)]!;
      });
      bits.push(sum > -1e-6 ? 1 : 0);
    }
  }
  return bits.join('');
}

describe('local phase quantisation', () => {
  it('takes the signs of the eight decorrelated coefficients of the definition, one bit each', () => {
    for (const picture of [plane(peers.picture), noise(createRandom(2), 30, 25), noise(createRandom(3), 30, 25, 3)]) {
      const codes = [...lpqCodes(picture).values];
      const met = Array.from({ length: 8 }, (_, bit) => {
        const ours = codes.map((code) => (code >> bit) & 1).join('');
        return peers.lpqVectors.findIndex(
          (vector) =>
            signs(picture, vector) === ours ||
            signs(
              picture,
              vector.map((weight) => -weight),
            ) === ours,
        );
      });
      assert.deepEqual(met.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('has the code 255 where nothing varies', () => {
    assert.deepEqual([...lpqCodes(painted(9, 8, () => 131)).values], new Array<number>(6).fill(255));
  });

  it('does not change with brightness or contrast', () => {
    const picture = noise(createRandom(4), 20, 20, 60);
    assert.deepEqual(lpqCodes(mapped(picture, (value) => 3 * value + 40)), lpqCodes(picture));
  });

  it('does not change under blur with a symmetric point spread within the window', () => {
    // Cosines along the columns are what a symmetric blur multiplies by a positive number: the phase stays.
    const wave = painted(40, 20, (x) => Math.round(128 + 100 * Math.cos((2 * Math.PI * x) / 7 + 0.4)));
    const blurred = painted(38, 20, (x, y) => {
      const at = (column: number) => wave.values[y * 40 + column]!;
      return Math.round((at(x) + 2 * at(x + 1) + at(x + 2)) / 4);
    });
    const inside = painted(38, 20, (x, y) => wave.values[y * 40 + x + 1]!);
    assert.deepEqual(lpqCodes(blurred), lpqCodes(inside));
  });
});
