import assert from 'node:assert/strict';
import { landmarkBatches, MIRRORED_LANDMARKS } from '../../../src/science/data/landmark-batches.ts';
import { rowsInMemory } from '../../../src/science/data/prepared/picture-rows.ts';
import type { LandmarkSet } from '../../../src/science/data/stills.ts';
import { createRandom } from '../../../src/base/random.ts';

const SIDE = 10;

/** One picture, white where point 36 (the outer corner of the right eye, on the left of the picture) lies. */
function oneFace(column: number, row: number): LandmarkSet {
  const pixels = new Uint8Array(SIDE * SIDE);
  pixels[row * SIDE + column] = 255;
  const pictures = rowsInMemory(pixels, SIDE * SIDE);
  const landmarks = new Float32Array(68 * 2).fill(0.5);
  // The middle of the pixel.
  landmarks.set([(column + 0.5) / SIDE, (row + 0.5) / SIDE], 2 * 36);
  return {
    size: { height: SIDE, width: SIDE, channels: 1 },
    classes: ['neutral'],
    ...{ labels: Uint8Array.of(0), subjects: ['s'], ids: ['s.png'], pictures, landmarks },
  };
}

describe('landmark batches', () => {
  it('mirror the mark-up onto itself, each side to the other', () => {
    for (const [index, mirrored] of MIRRORED_LANDMARKS.entries()) assert.equal(MIRRORED_LANDMARKS[mirrored], index);
    // Jaw, brow, bridge, nostril, eyes, mouth corners, middle of the upper and of the lower lip, inner lips.
    const known = [0, 8, 17, 21, 27, 30, 31, 36, 37, 39, 40, 41, 48, 51, 57, 59, 60, 62, 66, 67];
    const partners = [16, 8, 26, 22, 27, 30, 35, 45, 44, 42, 47, 46, 54, 51, 57, 55, 64, 62, 66, 65];
    assert.deepEqual(
      known.map((index) => MIRRORED_LANDMARKS[index]),
      partners,
    );
  });

  it('keep a point on what it marks, wherever the crop lies and whichever way it is turned', () => {
    const crop = 8;
    const batches = landmarkBatches(oneFace(4, 5), {
      ...{ batch: 1, cropSize: crop, augment: true, flip: true },
      random: createRandom(3),
    });
    const places = new Set<string>();
    for (let step = 0; step < 40; step++) {
      const { images, landmarks } = batches.next().value;
      const at = images.findIndex((value) => value === 1);
      const [x, y] = [((at % crop) + 0.5) / crop, (Math.floor(at / crop) + 0.5) / crop].map((share) => 2 * share - 1);
      // A mirrored face has its white corner where the other eye's point is.
      const point = [36, 45].find((index) => {
        const [px, py] = [landmarks[2 * index]!, landmarks[2 * index + 1]!];
        return Math.abs(px - x!) < 1e-5 && Math.abs(py - y!) < 1e-5;
      });
      assert.ok(point !== undefined, `step ${step}`);
      places.add(`${point} ${at}`);
    }
    assert.ok(places.size > 6);
    assert.ok([36, 45].every((point) => [...places].some((place) => place.startsWith(`${point} `))));
  });

  it('go on where they were', () => {
    const options = { batch: 2, cropSize: 8, augment: true, flip: true, random: createRandom(3) };
    const [a, b] = [landmarkBatches(oneFace(4, 5), options), landmarkBatches(oneFace(4, 5), options)];
    a.next();
    b.restore(a.state());
    assert.deepEqual(a.next(), b.next());
  });
});
