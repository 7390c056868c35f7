import assert from 'node:assert/strict';
import { cropRegion } from '../../../../src/science/data/pictures/face-crop.ts';
import type { LandmarkCrop } from '../../../../src/science/data/pictures/face-crop.ts';
import { parseLandmarks } from '../../../../src/science/data/pictures/landmarks.ts';
import type { Point } from '../../../../src/science/data/pictures/landmarks.ts';
import { dataErrorOf, landmarkRows } from '../rig.ts';

const IMAGE = { width: 640, height: 480, channels: 1, data: new Uint8Array(0) } as const;
const CROP: LandmarkCrop = { kind: 'landmarks', margin: 0, reference: 'own', upright: false };

/** Turns points about the origin by the angle whose cosine is 0.8 and sine 0.6. */
function turned(points: readonly Point[]): Point[] {
  return points.map(({ x, y }) => ({ x: 0.8 * x - 0.6 * y, y: 0.6 * x + 0.8 * y }));
}

function near(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) < 1e-9, `${actual.join()} not ${expected.join()}`),
  );
}

describe('cropping', () => {
  it('takes the whole picture', () => {
    assert.deepEqual(cropRegion(IMAGE, { kind: 'whole' }, null, 'a.png'), {
      x: 0,
      y: 0,
      right: [640, 0],
      down: [0, 480],
    });
  });

  it('takes a square given in fractions', () => {
    const region = cropRegion(IMAGE, { kind: 'box', x: 0.25, y: 0.1, size: 0.5 }, null, 'a.png');
    assert.deepEqual(region, { x: 160, y: 48, right: [240, 0], down: [0, 240] });
  });

  it('takes the square around the landmarks, the shorter side centred', () => {
    const points = parseLandmarks(landmarkRows(100, 50, 180, 150), 'a.txt');
    const region = cropRegion(IMAGE, CROP, points, 'a.png');
    assert.deepEqual(region, { x: 90, y: 50, right: [100, 0], down: [0, 100] });
  });

  it('adds the margin on each side', () => {
    const points = parseLandmarks(landmarkRows(100, 50, 180, 150), 'a.txt');
    const { x, y, right, down } = cropRegion(IMAGE, { ...CROP, margin: 0.2 }, points, 'a.png');
    near([x, y, ...right, ...down], [70, 30, 140, 0, 0, 140]);
  });

  it('follows a turned head, so that the square turns with the eyes', () => {
    const points = parseLandmarks(landmarkRows(100, 50, 180, 150), 'a.txt');
    const { x, y, right, down } = cropRegion(IMAGE, { ...CROP, upright: true }, turned(points), 'a.png');
    const [corner] = turned([{ x: 90, y: 50 }]);
    near([x, y, ...right, ...down], [corner!.x, corner!.y, 80, 60, -60, 80]);
  });

  it('refuses landmarks in one place, and a picture without any', async () => {
    const points = parseLandmarks('5 5\n'.repeat(68), 'a.txt');
    assert.match(await dataErrorOf(() => cropRegion(IMAGE, CROP, points, 'a.png')), /a\.png: .*points in one place/);
    assert.match(await dataErrorOf(() => cropRegion(IMAGE, CROP, null, 'a.png')), /a\.png: expected landmarks/);
  });
});

describe('landmark files', () => {
  it('are read with any line ends, spaces, and blank lines at the end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const points = parseLandmarks(`   1.5000000e+00   -2${end}`.repeat(68) + end, 'a.txt');
      assert.deepEqual(points[67], { x: 1.5, y: -2 });
      assert.equal(points.length, 68);
    }
  });

  for (const [name, text, message] of [
    ['too few rows', '1 2\n'.repeat(67), 'a.txt:67: expected 68 rows "x y", found 67'],
    ['too many rows', '1 2\n'.repeat(69), 'a.txt:69: expected 68 rows "x y", found 69'],
    ['a row with three numbers', '1 2\n1 2 3\n', 'a.txt:2: expected two numbers "x y", found "1 2 3"'],
    ['a row with NaN', '1 NaN\n', 'a.txt:1: expected two numbers "x y", found "1 NaN"'],
    ['a blank row in the middle', '1 2\n\n1 2\n', 'a.txt:2: expected two numbers "x y", found ""'],
    ['nothing', '', 'a.txt:1: expected two numbers "x y", found ""'],
  ] as const) {
    it(`are refused with ${name}, naming file and line`, async () => {
      assert.ok((await dataErrorOf(() => parseLandmarks(text, 'a.txt'))).startsWith(`${message}.`));
    });
  }
});
