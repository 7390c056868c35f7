import type { Point } from './curves.ts';
import { mixPoint } from './curves.ts';
import type { Geometry } from './geometry.ts';
import type { Projection } from './pose.ts';

/**
 * The 68 landmarks of a face in picture coordinates, in the order of iBUG 300-W: jaw 0-16, brows 17-26, nose 27-35,
 * eyes 36-47, outer lips 48-59, inner lips 60-67, each from the left of the picture.
 */
export function landmarks(face: Geometry, projection: Projection): Point[] {
  const surface = (points: readonly Point[], lift = 0): Point[] => points.map((point) => projection.at(point, lift));
  const [left, right] = face.sides;
  const { mouth, nose } = face;
  const pick = (points: readonly Point[], index: number): Point => points[index] as Point;
  const innerCorner = (index: 0 | 1): Point => mixPoint(mouth.corners[index], pick(mouth.upperInner, 3), 0.08);
  return [
    ...surface(face.jaw),
    ...surface([...left.brow].reverse()),
    ...surface(right.brow),
    ...nose.bridge.map((point, i) => projection.at(point, NOSE_LIFT[i] as number)),
    ...surface(nose.base, 0.12),
    ...surface([left.eye.outer, pick(left.eye.upper, 3), pick(left.eye.upper, 1), left.eye.inner]),
    ...surface([pick(left.eye.lower, 1), pick(left.eye.lower, 3)]),
    ...surface([right.eye.inner, pick(right.eye.upper, 1), pick(right.eye.upper, 3), right.eye.outer]),
    ...surface([pick(right.eye.lower, 3), pick(right.eye.lower, 1)]),
    ...surface(mouth.upperOuter),
    ...surface(mouth.lowerOuter.slice(1, 6).reverse()),
    projection.at(innerCorner(0)),
    ...surface(mouth.upperInner.slice(2, 5)),
    projection.at(innerCorner(1)),
    ...surface(mouth.lowerInner.slice(2, 5).reverse()),
  ];
}

/** How far the ridge of the nose stands out, root to tip. */
export const NOSE_LIFT: readonly number[] = [0.06, 0.14, 0.22, 0.3];
