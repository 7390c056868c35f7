import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { symmetric } from '../../../src/synthetic/face/action-units.ts';
import { BASIC_EXPRESSIONS, PROTOTYPES } from '../../../src/synthetic/face/expressions.ts';
import type { Identity } from '../../../src/synthetic/face/identity.ts';
import { createIdentity } from '../../../src/synthetic/face/identity.ts';
import { FRONTAL } from '../../../src/synthetic/face/pose.ts';
import type { FaceView, Picture } from '../../../src/synthetic/face/render.ts';
import { renderFace } from '../../../src/synthetic/face/render.ts';
import { createRandom } from '../../../src/base/random.ts';

const person = createIdentity(createRandom(5), 0);
const view: FaceView = {
  identity: person,
  action: symmetric({}),
  pose: FRONTAL,
  light: { direction: [-0.3, -0.4, 0.9], ambient: 0.5, brightness: 1, background: 0.5 },
  camera: { blur: 0.4, noise: 2 },
};
const small = { width: 80, height: 61, channels: 3 } as const;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const difference = (a: Picture, b: Picture): number =>
  a.pixels.reduce((sum, value, i) => sum + Math.abs(value - b.pixels[i]!), 0) / a.pixels.length;

describe('renderFace', () => {
  it('gives the same bytes for the same arguments', () => {
    const first = renderFace(view, small, createRandom(9));
    const second = renderFace(view, small, createRandom(9));
    assert.deepEqual(first.pixels, second.pixels);
    assert.deepEqual(first.landmarks, second.landmarks);
  });

  it('gives these very bytes on every machine and every version of Node', () => {
    // Whoever changes the drawing on purpose replaces the digests; nobody else should ever see this fail.
    const digests = [1, 2, 3, 4].map((seed) => {
      const identity = createIdentity(createRandom(seed), 0.5);
      const units = Object.values(PROTOTYPES)[seed]![0]!.units;
      const pose = { roll: 0.05, yaw: -0.1, pitch: 0.04, scale: 1.03, shiftX: 0.1, shiftY: -0.05 };
      return sha256(renderFace({ ...view, identity, action: [units, {}], pose }, small, createRandom(seed)).pixels);
    });
    assert.deepEqual(digests, EXPECTED);
  });

  it('draws a symmetric face symmetrically', () => {
    const identity: Identity = { ...person, hairStyle: 'bald', beard: 'none', freckles: 0, glasses: 'none' };
    const light = { ...view.light, direction: [0, -0.4, 0.9] as const };
    const size = { width: 160, height: 122, channels: 1 } as const;
    const camera = { blur: 0, noise: 0 };
    const picture = renderFace({ ...view, identity, light, camera }, size, createRandom(1));
    const pairs = [
      [0, 16],
      [4, 12],
      [17, 26],
      [21, 22],
      [31, 35],
      [36, 45],
      [38, 43],
      [48, 54],
      [50, 52],
      [58, 56],
      [61, 63],
    ] as const;
    for (const [left, right] of pairs) {
      const a = picture.landmarks[left]!;
      const b = picture.landmarks[right]!;
      assert.ok(Math.abs(a[0] + b[0] - 160) < 1e-9 && Math.abs(a[1] - b[1]) < 1e-9, `${left} and ${right}`);
    }
    const mirrored = { ...picture, pixels: picture.pixels.map((_, i) => picture.pixels[i - 2 * (i % 160) + 159]!) };
    assert.ok(difference(picture, mirrored) < 0.6, 'only the glint in the eyes and the hairs of the brows differ');
  });

  it('draws a grey face as the luma of the coloured one', () => {
    const sharp = { ...view, camera: { blur: 0, noise: 0 } };
    const colour = renderFace(sharp, small, createRandom(1));
    const grey = renderFace(sharp, { ...small, channels: 1 }, createRandom(1));
    for (let i = 0; i < grey.pixels.length; i++) {
      const [r, g, b] = [colour.pixels[3 * i]!, colour.pixels[3 * i + 1]!, colour.pixels[3 * i + 2]!];
      // A channel held at 255 loses light that grey keeps.
      if (Math.max(r, g, b) === 255) continue;
      assert.ok(Math.abs(grey.pixels[i]! - (0.299 * r + 0.587 * g + 0.114 * b)) <= 1.5);
    }
  });

  it('draws each of the six expressions clearly unlike the neutral face and unlike each other', () => {
    const quiet = { ...view, camera: { blur: 0, noise: 0 } };
    const neutral = renderFace(quiet, small, createRandom(1));
    const shown = BASIC_EXPRESSIONS.map((expression) =>
      renderFace({ ...quiet, action: symmetric(PROTOTYPES[expression][0]!.units) }, small, createRandom(1)),
    );
    const changed = (a: Picture, b: Picture): number =>
      a.pixels.reduce((count, value, i) => count + (Math.abs(value - b.pixels[i]!) > 8 ? 1 : 0), 0) / 3;
    shown.forEach((picture, i) => {
      for (const other of [neutral, ...shown.slice(0, i)]) {
        const pixels = changed(picture, other);
        assert.ok(pixels > 50, `only ${pixels} pixels differ by more than 8 levels`);
      }
    });
  });

  it('draws other people for other seeds', () => {
    const faces = [1, 2, 3].map((seed) =>
      renderFace({ ...view, identity: createIdentity(createRandom(seed), 0) }, small, createRandom(1)),
    );
    assert.ok(difference(faces[0]!, faces[1]!) > 5 && difference(faces[1]!, faces[2]!) > 5);
  });

  it('follows the pose: landmarks and pixels move together', () => {
    const picture = renderFace({ ...view, pose: { ...FRONTAL, shiftX: 0.5 } }, small, createRandom(1));
    const frontal = renderFace(view, small, createRandom(1));
    const unit = small.height / 5;
    for (const [i, [x, y]] of picture.landmarks.entries()) {
      assert.ok(Math.abs(x - frontal.landmarks[i]![0] - unit / 2) < 1e-9);
      assert.equal(y, frontal.landmarks[i]![1]);
    }
  });

  it('refuses a picture too small for a face', () => {
    assert.throws(() => renderFace(view, { ...small, width: 8 }, createRandom(1)), /at least 16 pixels, not 8 x 61/);
    assert.throws(() => renderFace(view, { ...small, height: 61.5 }, createRandom(1)), RangeError);
  });
});

const EXPECTED = [
  '0be2d258f6a0a4d7e1ce24b68ae7eb306666ec8bd9d2077944d697a0177d759d',
  'a7f8bd285c4565391e9c056b46a142fa126dd40fbfb8bce8b90a7a1d9fd71caf',
  '0c26938746344ba009baa70a0a33c06347a6001690c0caa2daa242acbd441aa5',
  '67aca65506fc940b859f9e3181d20aa20757dc092bef1c04b5999420b3ee2f7c',
];
