import { intensity, midline } from './action-units.ts';
import type { Action, ActionUnit } from './action-units.ts';
import type { Point } from './curves.ts';
import { mix } from './curves.ts';
import type { Identity } from './identity.ts';

/** The lips, in face units (see `geometry.ts`). */
export interface Mouth {
  readonly corners: readonly [Point, Point];
  /** Seven points of each outer edge from the left corner to the right, corners included. */
  readonly upperOuter: readonly Point[];
  readonly lowerOuter: readonly Point[];
  /** Seven points of each inner edge from the left corner to the right, corners included. */
  readonly upperInner: readonly Point[];
  readonly lowerInner: readonly Point[];
  /** Height of the gap between the lips in the middle. */
  readonly gap: number;
}

/** The mouth of an identity at a given action; `jawDrop` is how far the jaw has dropped, in face units. */
export function shapeMouth(identity: Identity, action: Action, jawDrop: number): Mouth {
  const mid = (unit: ActionUnit): number => midline(action, unit);
  const rest = 1.06 + identity.mouthHeight;
  const halfWidth = 0.4 * identity.mouthWidth;
  const corner = (sign: -1 | 1): Point => {
    const au = (unit: ActionUnit): number => intensity(action[sign < 0 ? 0 : 1], unit);
    const out =
      0.15 * au(12) +
      0.16 * au(20) -
      0.02 * au(14) -
      0.03 * au(23) -
      0.045 * au(24) -
      0.035 * au(17) -
      0.015 * au(15) -
      0.03 * au(26) -
      0.1 * mid(27);
    const down =
      0.16 * au(15) + 0.045 * au(20) + 0.38 * jawDrop - 0.175 * au(12) - 0.07 * au(14) - 0.02 * au(10) - 0.015 * au(17);
    return [sign * (halfWidth + out), rest + down];
  };
  const left = corner(-1);
  const right = corner(1);

  const parted = Math.min(1, mid(25) + mid(26) + mid(27));
  const press = Math.min(1, 0.5 * mid(23) + 0.75 * mid(24));
  let upperMiddle =
    rest - 0.045 * mid(25) - 0.03 * mid(12) * parted - 0.05 * mid(10) - 0.03 * mid(9) - 0.05 * mid(27) - 0.05 * mid(17);
  let lowerMiddle =
    rest + 0.055 * mid(25) + 0.04 * mid(12) * parted + 0.04 * mid(20) * parted + 0.97 * jawDrop - 0.06 * mid(17);
  upperMiddle += 0.03 * mid(12) * (1 - parted);
  lowerMiddle += 0.03 * mid(12) * (1 - parted) - 0.05 * (mid(10) + mid(9)) * (1 - parted) * 0.8;
  if (lowerMiddle < upperMiddle) {
    upperMiddle = (upperMiddle + lowerMiddle) / 2;
    lowerMiddle = upperMiddle;
  }

  const stretch = 1 - 0.22 * (mid(12) + mid(20)) * 0.5 - 0.12 * mid(27);
  const thickUpper = 0.098 * identity.upperLip * (1 - 0.72 * press) * stretch * (1 - 0.15 * mid(17));
  const thickLower = 0.14 * identity.lowerLip * (1 - 0.62 * press) * stretch * (1 + 0.12 * mid(17));
  // From the middle (0) to the corner (1) a closed mouth bends like a parabola, more sharply where the corners are
  // pulled down; an open one is half an ellipse.
  const sharp = Math.min(1, mid(15));
  const round = Math.min(1, jawDrop * 4);
  const bow = (along: number): number => {
    const closed = along * along * mix(1, 0.35 + 0.65 * along, sharp);
    return mix(closed, 1 - Math.sqrt(1 - along * along), round);
  };
  const lip = (along: number, middle: number, thick: number): Point => {
    const side = along < 0 ? 0 : 1;
    const end = side === 0 ? left : right;
    const t = Math.abs(along);
    return [end[0] * t, mix(middle, end[1], bow(t)) + thick];
  };
  const upper = (along: number, thick = 0): Point => {
    const t = Math.abs(along);
    const raise = 0.24 * t * (1 - t) * intensity(action[along < 0 ? 0 : 1], 10);
    return lip(along, upperMiddle, -thick * thickUpper - raise);
  };
  const lower = (along: number, thick = 0): Point => lip(along, lowerMiddle, thick * thickLower);
  const inner = [-0.82, -0.48, 0, 0.48, 0.82];
  return {
    corners: [left, right],
    upperOuter: [
      left,
      upper(-0.62, 0.68),
      upper(-0.24, 1.02),
      upper(0, 0.82),
      upper(0.24, 1.02),
      upper(0.62, 0.68),
      right,
    ],
    lowerOuter: [left, lower(-0.7, 0.66), lower(-0.36, 0.97), lower(0, 1), lower(0.36, 0.97), lower(0.7, 0.66), right],
    upperInner: [left, ...inner.map((along) => upper(along)), right],
    lowerInner: [left, ...inner.map((along) => lower(along)), right],
    gap: lowerMiddle - upperMiddle,
  };
}
