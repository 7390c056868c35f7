import { intensity, midline } from './action-units.ts';
import type { Action } from './action-units.ts';
import type { Crease } from './creases.ts';
import { smooth, tapered } from './curves.ts';
import type { Geometry } from './geometry.ts';
import type { Identity } from './identity.ts';
import type { Projection } from './pose.ts';
import { depth } from './pose.ts';
import type { Canvas } from './canvas.ts';
import { addMask } from './canvas.ts';
import { softMask, strokeMask } from './raster.ts';
import type { Light } from './scene.ts';
import { spindle, spot } from './scene.ts';

/**
 * How bright lit skin is at each pixel: a plane of [height, width] values around 1.
 *
 * The face is a relief: a dome with bumps (nose, cheeks, lips, chin) and hollows (eye sockets, furrows), lit by one
 * lamp and by ambient light. So a raised cheek or a deepened fold shows as it does on a face, from any side.
 */
export function shadeFace(
  canvas: Canvas,
  identity: Identity,
  face: Geometry,
  furrows: readonly Crease[],
  projection: Projection,
  light: Light,
): Float32Array {
  const { width, height } = canvas;
  const [, top] = projection.at([0, face.crown - 0.2]);
  const [, bottom] = projection.at([0, 2 + face.jawDrop]);
  const reach = 1.45 * projection.unit;
  const [middle] = projection.at([0, 0]);
  const box = {
    x0: Math.max(0, Math.floor(middle - reach)),
    x1: Math.min(width, Math.ceil(middle + reach)),
    y0: Math.max(0, Math.floor(top)),
    y1: Math.min(height, Math.ceil(bottom)),
  };

  const relief = new Float32Array(width * height);
  const origin = projection.inverse(0.5, 0.5);
  const right = projection.inverse(1.5, 0.5);
  const down = projection.inverse(0.5, 1.5);
  for (let y = box.y0; y < box.y1; y++) {
    for (let x = box.x0; x < box.x1; x++) {
      const faceX = origin[0] + (right[0] - origin[0]) * x + (down[0] - origin[0]) * y;
      const faceY = origin[1] + (right[1] - origin[1]) * x + (down[1] - origin[1]) * y;
      relief[y * width + x] = depth(faceX, faceY);
    }
  }
  addFeatures(relief, canvas, identity, face, projection);
  for (const furrow of furrows) {
    const points = smooth(
      furrow.points.map((point) => projection.at(point)),
      3,
    );
    const taper = spindle(furrow.radius * projection.unit);
    addMask(relief, width, strokeMask(canvas, tapered(points, taper)), -0.024 * Math.min(1.3, furrow.strength));
  }
  return lightUp(relief, width, height, box, projection.unit, light);
}

function addFeatures(
  relief: Float32Array,
  canvas: Canvas,
  identity: Identity,
  face: Geometry,
  projection: Projection,
): void {
  const scene = { projection };
  const bump = (
    point: readonly [number, number],
    radiusX: number,
    radiusY: number,
    amount: number,
    tilt = 0,
    lift = 0,
  ): void => addMask(relief, canvas.width, softMask(canvas, spot(scene, point, radiusX, radiusY, tilt, lift)), amount);

  const action: Action = [face.sides[0].action, face.sides[1].action];
  const { nose, mouth, jawDrop } = face;
  const tip = nose.base[2] ?? [0, 0.7];
  bump([0, 0.22], 0.2, 0.55, 0.16 * identity.noseBridge, 0, 0.15);
  bump([0, tip[1] - 0.13], 0.23 * identity.noseWidth, 0.24, 0.2, 0, 0.25);
  for (const wing of nose.wings) bump([wing[0] * 0.86, wing[1]], 0.12, 0.13, 0.075, 0, 0.1);

  const lower = mouth.lowerOuter[3] ?? [0, 1.2];
  const upper = mouth.upperOuter[3] ?? [0, 0.97];
  const mouthMiddle = (upper[1] + lower[1]) / 2;
  bump([0, mouthMiddle - 0.05], 0.62, 0.5, 0.09);
  bump([0, (upper[1] + tip[1]) / 2 + 0.02], 0.07, 0.12, -0.03);
  bump([0, lower[1] - 0.06], 0.3, 0.11, 0.05);
  bump([0, upper[1] + 0.05], 0.36, 0.09, 0.035);
  bump(
    [0, 1.58 * identity.chinLength + jawDrop - 0.05 * midline(action, 17)],
    0.34,
    0.28,
    0.1 + 0.07 * midline(action, 17),
  );

  for (const side of face.sides) {
    const au = (unit: 1 | 2 | 4 | 6 | 9 | 10 | 12 | 20): number => intensity(side.action, unit);
    const { sign, eye, cheek } = side;
    bump([sign * 0.46, -0.06], 0.36, 0.26, -0.1);
    bump([sign * 0.26, 0.0], 0.2, 0.22, -0.045);
    bump(eye.centre, 0.27, 0.2, 0.07);
    bump([eye.centre[0], 0.2], 0.26, 0.1, 0.025 + 0.03 * au(6) + 0.02 * au(9));
    bump(cheek, 0.42, 0.36, 0.06 + 0.1 * au(6) + 0.07 * au(12) + 0.05 * au(9) + 0.04 * au(10), sign * 0.25);
    bump([sign * 0.66 * identity.faceWidth, 1.02], 0.3, 0.36, -0.02 - 0.05 * Math.min(1, jawDrop * 2) - 0.03 * au(20));
    const brow = side.brow[2] ?? [sign * 0.5, -0.4];
    bump([brow[0], brow[1] + 0.01], 0.4, 0.13, 0.045 + 0.03 * au(4));
    bump([sign * 0.14, -0.3], 0.12, 0.14, 0.05 * au(4) + 0.02 * au(9));
    bump([sign * 0.38, -0.86], 0.42, 0.34, 0.04);
  }
}

interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/** Lambert's law on the slopes of the relief, scaled so that a surface facing the viewer has brightness 1. */
function lightUp(
  relief: Float32Array,
  width: number,
  height: number,
  box: Box,
  unit: number,
  light: Light,
): Float32Array {
  const shade = new Float32Array(width * height).fill(1);
  const [x, y, z] = light.direction;
  const length = Math.sqrt(x * x + y * y + z * z);
  const lx = x / length;
  const ly = y / length;
  const lz = z / length;
  const { ambient } = light;
  const facing = 1 / (ambient + (1 - ambient) * lz);
  const slope = unit / 2;
  for (let row = Math.max(1, box.y0 + 1); row < Math.min(height - 1, box.y1 - 1); row++) {
    for (let column = Math.max(1, box.x0 + 1); column < Math.min(width - 1, box.x1 - 1); column++) {
      const at = row * width + column;
      const gx = ((relief[at + 1] as number) - (relief[at - 1] as number)) * slope;
      const gy = ((relief[at + width] as number) - (relief[at - width] as number)) * slope;
      const facingLamp = (lz - gx * lx - gy * ly) / Math.sqrt(1 + gx * gx + gy * gy);
      shade[at] = (ambient + (1 - ambient) * (facingLamp > 0 ? facingLamp : 0)) * facing;
    }
  }
  return shade;
}
