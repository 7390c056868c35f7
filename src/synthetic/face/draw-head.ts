import type { Point } from './curves.ts';
import type { Identity } from './identity.ts';
import { blend, scaleColour } from './identity.ts';
import type { Geometry } from './geometry.ts';
import type { Scene } from './scene.ts';
import { fill, fillInside, grain, line, outline, spindle, spot, tint } from './scene.ts';
import type { Canvas } from './canvas.ts';
import { tones } from './canvas.ts';
import type { Mask } from './raster.ts';
import type { Crease } from './creases.ts';

/** The outline of the skull above the jaw, from the right ear over the crown to the left ear. */
export function skull(identity: Identity, face: Geometry, grow = 1): Point[] {
  const wide = identity.faceWidth * grow;
  const top = face.crown * grow;
  const right: Point[] = [
    [1.05 * wide, top * 0.2],
    [1.02 * wide, top * 0.46],
    [0.88 * wide, top * 0.74],
    [0.52 * wide, top * 0.94],
  ];
  return [...right, [0, top], ...right.map(([x, y]): Point => [-x, y]).reverse()];
}

/** The wall behind: a gradient, lighter where the lamp stands. */
export function drawBackground(canvas: Canvas, background: number, lampX: number): void {
  const wall = 60 + 170 * background;
  const values = tones(canvas, [wall, wall * 0.99, wall * 0.97]);
  canvas.planes.forEach((plane, channel) => {
    const value = values[channel] as number;
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        const across = (x / canvas.width - 0.5) * lampX;
        plane[y * canvas.width + x] = value * (1 + 0.16 * across - 0.18 * (y / canvas.height - 0.4));
      }
    }
  });
}

/** Neck, shoulders and ears: what lies behind the face. */
export function drawBody(scene: Scene): void {
  const { identity, face } = scene;
  const wide = 0.66 * identity.faceWidth * identity.jawWidth;
  const chin = 1.73 * identity.chinLength;
  // The body does not turn with the head, but a shifted copy of it is near enough for small turns.
  const neck = outline(scene, [
    [-wide, 0.9],
    [wide, 0.9],
    [wide * 0.98, chin + 0.3],
    [wide * 1.5, chin + 0.75],
    [0, chin + 1.3],
    [-wide * 1.5, chin + 0.75],
    [-wide * 0.98, chin + 0.3],
  ]);
  fill(scene, neck, scaleColour(identity.skin, 0.78 * scene.light.brightness));
  tint(scene, spot(scene, [0, chin + 0.12 + face.jawDrop], 1.0, 0.62), scaleColour(identity.skin, 0.36), 0.75, neck);
  const clothes = outline(scene, [
    [-3.6, 4.6],
    [-2.5, chin + 0.95],
    [-1.2, chin + 0.62],
    [-0.74, chin + 0.5],
    [0, chin + 0.98],
    [0.74, chin + 0.5],
    [1.2, chin + 0.62],
    [2.5, chin + 0.95],
    [3.6, 4.6],
  ]);
  fill(scene, clothes, scaleColour(identity.clothes, scene.light.brightness));
  tint(scene, spot(scene, [0, chin + 0.75], 1.1, 0.4), [0, 0, 0], 0.2, clothes);

  for (const sign of [-1, 1]) {
    const x = 1.06 * identity.faceWidth * sign;
    const ear = outline(scene, [
      [x - sign * 0.1, -0.12],
      [x + sign * 0.1, -0.24],
      [x + sign * 0.17, 0],
      [x + sign * 0.12, 0.3],
      [x + sign * 0.02, 0.56],
      [x - sign * 0.1, 0.5],
    ]);
    fill(scene, ear, scaleColour(blend(identity.skin, [190, 90, 80], 0.12), 0.86 * scene.light.brightness));
    tint(scene, spot(scene, [x + sign * 0.05, 0.12], 0.09, 0.24), scaleColour(identity.skin, 0.5), 0.6, ear);
  }
}

/** The pixels of the face. */
export function faceMask(scene: Omit<Scene, 'skin' | 'shade'>): Mask {
  const full = scene as Scene;
  return outline(full, [...scene.face.jaw, ...skull(scene.identity, scene.face)]);
}

/** Skin with its tints and furrows. */
export function drawSkin(scene: Scene, furrows: readonly Crease[]): void {
  const { identity, face, skin } = scene;
  const red = blend(identity.skin, [205, 80, 75], 0.55);
  const deep = blend(scaleColour(identity.skin, 0.45), [110, 40, 30], 0.2);
  fill(scene, skin, identity.skin, 1, true);
  // The edge turns away from the viewer: a darker rim keeps the head from looking cut out.
  for (const side of face.sides) {
    tint(scene, spot(scene, [side.sign * 1.12 * identity.faceWidth, 0.6], 0.32, 1.5), deep, 0.32, skin);
    tint(scene, spot(scene, side.cheek, 0.42, 0.32), red, 0.42 * identity.blush, skin);
    tint(scene, spot(scene, [side.eye.centre[0] - side.sign * 0.12, 0.02], 0.3, 0.22), deep, 0.26, skin);
    tint(scene, spot(scene, [side.eye.centre[0], 0.17], 0.26, 0.1), deep, 0.1 + 0.22 * identity.age, skin);
  }
  tint(scene, spot(scene, [0, 0.55], 0.28, 0.26, 0, 0.2), red, 0.3 * identity.blush, skin);
  for (const furrow of furrows) {
    const mask = line(scene, furrow.points, spindle(furrow.radius * 0.62));
    fillInside(scene, mask, skin, deep, 0.5 * Math.min(1.25, furrow.strength));
  }
  drawFreckles(scene);
}

function drawFreckles(scene: Scene): void {
  const { identity } = scene;
  if (identity.freckles === 0) return;
  const random = grain(scene, 'freckles');
  const colour = blend(identity.skin, [120, 66, 40], 0.6);
  const count = Math.round(26 * identity.freckles);
  for (let i = 0; i < count; i++) {
    const sign = random.uniform() < 0.5 ? -1 : 1;
    const point: Point = [sign * random.between(0.1, 0.8), random.between(0.2, 0.62)];
    tint(scene, spot(scene, point, 0.024, 0.024), colour, random.between(0.3, 0.8), scene.skin);
  }
}
