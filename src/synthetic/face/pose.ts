import { cos, sin } from '../../base/deterministic-math.ts';
import type { Point } from './curves.ts';

/** How a head is turned and where it stands in the picture. Angles in radians, lengths as shares. */
export interface Pose {
  /** Turn in the picture's plane, clockwise. */
  readonly roll: number;
  /** Turn to the picture's right. */
  readonly yaw: number;
  /** Nod, positive is down. */
  readonly pitch: number;
  /** Relative size, 1 is usual. */
  readonly scale: number;
  /** Shift of the head in face units. */
  readonly shiftX: number;
  readonly shiftY: number;
}

export const FRONTAL: Pose = { roll: 0, yaw: 0, pitch: 0, scale: 1, shiftX: 0, shiftY: 0 };

/** Where points of the face fall in a picture. */
export interface Projection {
  /** Pixels per face unit. */
  readonly unit: number;
  readonly cosRoll: number;
  readonly sinRoll: number;
  readonly sinYaw: number;
  readonly sinPitch: number;
  /** Picture position of a point of the face; `lift` raises it over the surface towards the viewer. */
  at(point: Point, lift?: number): Point;
  /** The face position whose unturned surface falls on a pixel. */
  inverse(x: number, y: number): Point;
}

/** Face units in a picture's height: 98 pixels between the pupils of a 490-pixel frame, as in CK+. */
const UNITS_PER_HEIGHT = 5;
/** The eyes stand above the middle, so that a dropped jaw stays inside. */
const EYE_LINE = 0.42;

/** The dome of the face: how far its surface lies before the plane of the ears. */
export function depth(x: number, y: number): number {
  const lower = y - 0.2;
  return 0.75 - 0.62 * x * x - 0.12 * lower * lower;
}

export function createProjection(width: number, height: number, pose: Pose): Projection {
  const unit = (height / UNITS_PER_HEIGHT) * pose.scale;
  const cosRoll = cos(pose.roll);
  const sinRoll = sin(pose.roll);
  const cosYaw = cos(pose.yaw);
  const sinYaw = sin(pose.yaw);
  const cosPitch = cos(pose.pitch);
  const sinPitch = sin(pose.pitch);
  const originX = width / 2 + pose.shiftX * unit;
  const originY = height * EYE_LINE + pose.shiftY * unit;
  return {
    unit,
    cosRoll,
    sinRoll,
    sinYaw,
    sinPitch,
    at([x, y], lift = 0) {
      const z = depth(x, y) + lift;
      const turnedX = x * cosYaw + z * sinYaw;
      const turnedY = y * cosPitch + z * sinPitch;
      return [
        originX + unit * (turnedX * cosRoll - turnedY * sinRoll),
        originY + unit * (turnedX * sinRoll + turnedY * cosRoll),
      ];
    },
    inverse(x, y) {
      const dx = (x - originX) / unit;
      const dy = (y - originY) / unit;
      return [
        (dx * cosRoll + dy * sinRoll - 0.6 * sinYaw) / cosYaw,
        (dy * cosRoll - dx * sinRoll - 0.6 * sinPitch) / cosPitch,
      ];
    },
  };
}
