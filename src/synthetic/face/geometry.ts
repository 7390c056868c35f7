import { intensity, midline } from './action-units.ts';
import type { Action, Activation, ActionUnit } from './action-units.ts';
import type { Point } from './curves.ts';
import { mix, smoothStep } from './curves.ts';
import type { Identity } from './identity.ts';
import type { Mouth } from './mouth-shape.ts';
import { shapeMouth } from './mouth-shape.ts';

/**
 * Where the features of a face are, in face units: 1 is the average distance between the pupils (about 63 mm), the
 * origin lies between the eyes, x to the right of the picture, y down. Proportions follow adult anthropometry: face
 * 2.1 wide, chin 1.7 below the eyes, mouth 1.05 below, nose base 0.7 below.
 */
export interface Geometry {
  /** The outline from the left ear over the chin to the right ear: 17 points. */
  readonly jaw: readonly Point[];
  /** Height of the skull over the eyes. */
  readonly crown: number;
  readonly sides: readonly [Side, Side];
  readonly mouth: Mouth;
  readonly nose: Nose;
  /** How far the jaw has dropped. */
  readonly jawDrop: number;
}

/** One half of the face: -1 is the left of the picture, 1 the right. */
export interface Side {
  readonly sign: -1 | 1;
  readonly action: Activation;
  /** Five points from the inner to the outer end along the middle of the brow. */
  readonly brow: readonly Point[];
  readonly eye: Eye;
  /** Highest point of the cheek's roundness. */
  readonly cheek: Point;
  /** The fold from the wing of the nose round the corner of the mouth. */
  readonly nasolabial: readonly Point[];
}

export interface Eye {
  readonly centre: Point;
  readonly inner: Point;
  readonly outer: Point;
  /** Five points of each lid's edge from the inner to the outer corner, corners included. */
  readonly upper: readonly Point[];
  readonly lower: readonly Point[];
  readonly irisRadius: number;
}

export interface Nose {
  /** Four points from the root to the tip. */
  readonly bridge: readonly Point[];
  /** Five points along the base from the left wing to the right. */
  readonly base: readonly Point[];
  readonly wings: readonly [Point, Point];
}

const HALF_JAW: readonly Point[] = [
  [1.06, 0],
  [1.06, 0.27],
  [1.03, 0.54],
  [0.98, 0.81],
  [0.88, 1.06],
  [0.73, 1.3],
  [0.53, 1.51],
  [0.28, 1.67],
  [0, 1.73],
];

/** The face of an identity at a given action, before any pose. */
export function shapeFace(identity: Identity, action: Action): Geometry {
  const shown: Action = [withResting(action[0], identity.resting), withResting(action[1], identity.resting)];
  const jawDrop = 0.27 * midline(shown, 26) + 0.46 * midline(shown, 27);
  const nose = shapeNose(identity, shown);
  const mouth = shapeMouth(identity, shown, jawDrop);
  return {
    jaw: shapeJaw(identity, shown, jawDrop),
    crown: -1.62 * identity.foreheadHeight,
    sides: [shapeSide(identity, shown[0], -1, nose, mouth), shapeSide(identity, shown[1], 1, nose, mouth)],
    mouth,
    nose,
    jawDrop,
  };
}

/** A resting cast fades as real action takes over, so that an apex looks the same on every face. */
function withResting(activation: Activation, resting: Activation): Activation {
  const sum: Partial<Record<ActionUnit, number>> = { ...activation };
  for (const [key, rest] of Object.entries(resting)) {
    const unit = Number(key) as ActionUnit;
    const value = intensity(activation, unit);
    sum[unit] = value + rest * (1 - Math.min(1, value));
  }
  return sum;
}

function shapeJaw(identity: Identity, action: Action, jawDrop: number): Point[] {
  const chinUp = midline(action, 17);
  const half = HALF_JAW.map(([x, y], index): Point => {
    const low = smoothStep(0.3, 1.6, y);
    const square = index > 4 && index < 8 ? 0.07 * (identity.chinSquareness - 0.4) : 0;
    const wide = identity.faceWidth * mix(1, identity.jawWidth, low);
    const drop = jawDrop * smoothStep(0.55, 1.7, y) - 0.04 * chinUp * smoothStep(1.2, 1.7, y);
    return [(x + square) * wide * (1 - 0.06 * jawDrop * low), y * identity.chinLength + drop];
  });
  const left = half.map(([x, y]): Point => [-x, y]);
  return [...left, ...half.slice(0, 8).reverse()];
}

function shapeSide(identity: Identity, activation: Activation, sign: -1 | 1, nose: Nose, mouth: Mouth): Side {
  const au = (unit: ActionUnit): number => intensity(activation, unit);
  const wing = nose.wings[sign < 0 ? 0 : 1];
  const corner = mouth.corners[sign < 0 ? 0 : 1];
  const lift = 0.1 * au(6) + 0.08 * au(12) + 0.04 * au(9) + 0.03 * au(10);
  const out = Math.abs(corner[0]) + 0.17;
  return {
    sign,
    action: activation,
    brow: shapeBrow(identity, au, sign),
    eye: shapeEye(identity, au, sign),
    cheek: [sign * 0.62 * identity.faceWidth, 0.52 - lift],
    nasolabial: [
      [wing[0] + sign * 0.03, wing[1] - 0.05],
      [sign * mix(Math.abs(wing[0]) + 0.03, out, 0.5), mix(wing[1], corner[1], 0.3)],
      [sign * (out - 0.03), mix(wing[1], corner[1], 0.72)],
      [sign * out, corner[1] + 0.06],
    ],
  };
}

function shapeBrow(identity: Identity, au: (unit: ActionUnit) => number, sign: -1 | 1): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < 5; i++) {
    const along = i / 4;
    const inner = (1 - along) * (1 - along);
    const outer = smoothStep(0.05, 0.6, along);
    const arch = identity.browArch * 4 * along * (1 - along) * (0.6 + 0.8 * along);
    const rise =
      0.19 * au(1) * inner +
      0.05 * au(1) * (1 - along) +
      0.17 * au(2) * outer +
      0.03 * au(2) -
      0.165 * au(4) * (0.4 + 0.6 * inner) * (1 - 0.55 * au(1) * inner) -
      0.05 * au(9) * (0.3 + 0.7 * inner) -
      0.02 * au(6) * outer;
    const inward = 0.09 * au(4) * (1 - 0.6 * along) + 0.02 * au(9) * inner;
    const x = (0.2 + 0.62 * along * identity.browLength) * identity.eyeSpacing - inward;
    points.push([sign * x, -0.34 + identity.browHeight + 0.05 * along * along - arch - rise]);
  }
  return points;
}

function shapeEye(identity: Identity, au: (unit: ActionUnit) => number, sign: -1 | 1): Eye {
  const half = 0.25 * identity.eyeSize;
  const x = 0.5 * identity.eyeSpacing;
  const brow = Math.max(0, au(4) - 0.6 * au(5));
  const up =
    0.106 * identity.eyeOpening * identity.eyeSize +
    0.075 * au(5) -
    0.03 * au(7) -
    0.022 * brow -
    0.022 * au(9) -
    0.018 * au(6) -
    0.012 * au(12) +
    0.01 * au(1);
  const down =
    0.068 * identity.eyeOpening * identity.eyeSize +
    0.012 * au(5) -
    0.038 * au(7) -
    0.045 * au(6) -
    0.022 * au(9) -
    0.01 * au(12);
  const top = Math.max(0.03, up);
  const bottom = Math.max(0.008, down);
  const inner: Point = [sign * (x - half), 0.012];
  const outer: Point = [sign * (x + half), -identity.eyeTilt + 0.012 * au(6)];
  const lid = (along: number, height: number, bend: number): Point => [
    mix(inner[0], outer[0], along),
    mix(inner[1], outer[1], along) - height * bend,
  ];
  return {
    centre: [sign * x, -0.008],
    inner,
    outer,
    upper: [inner, lid(0.24, top, 0.78), lid(0.5, top, 1.04), lid(0.77, top, 0.76), outer],
    lower: [inner, lid(0.27, -bottom, 0.72), lid(0.54, -bottom, 1), lid(0.79, -bottom, 0.74), outer],
    irisRadius: 0.112 * mix(1, identity.eyeSize, 0.5),
  };
}

function shapeNose(identity: Identity, action: Action): Nose {
  const length = 0.69 * identity.noseLength;
  const wingUp = (side: Activation): number =>
    0.07 * intensity(side, 9) + 0.03 * intensity(side, 10) + 0.012 * intensity(side, 12);
  const wingOut = (side: Activation): number =>
    0.025 * intensity(side, 9) + 0.03 * intensity(side, 12) + 0.012 * intensity(side, 10);
  const middleUp = 0.035 * midline(action, 9) + 0.012 * midline(action, 10);
  const wide = 0.235 * identity.noseWidth;
  const wing = (sign: -1 | 1): Point => {
    const side = action[sign < 0 ? 0 : 1];
    return [sign * (wide + wingOut(side)), length - 0.09 - wingUp(side)];
  };
  const left = wing(-1);
  const right = wing(1);
  const bottom = length - middleUp;
  return {
    bridge: [
      [0, -0.06],
      [0, 0.14],
      [0, 0.34],
      [0, length - 0.14 - middleUp],
    ],
    base: [
      [left[0] * 0.72, left[1] + 0.075],
      [left[0] * 0.36, bottom - 0.005],
      [0, bottom + 0.012],
      [right[0] * 0.36, bottom - 0.005],
      [right[0] * 0.72, right[1] + 0.075],
    ],
    wings: [left, right],
  };
}
