import { intensity } from './action-units.ts';
import type { ActionUnit } from './action-units.ts';
import type { Point } from './curves.ts';
import { mix } from './curves.ts';
import type { Geometry, Side } from './geometry.ts';
import type { Identity } from './identity.ts';

/** A furrow of the skin: its course in face units, half its width, and its depth from 0 to about 1. */
export interface Crease {
  readonly points: readonly Point[];
  readonly radius: number;
  readonly strength: number;
}

/** All furrows of a face: those of age, and those that muscles draw. Furrows too faint to be seen are left out. */
export function creases(identity: Identity, face: Geometry): Crease[] {
  const result: Crease[] = [];
  for (const side of face.sides) result.push(...sideCreases(identity, side, face));
  result.push(...foreheadCreases(identity, face), ...noseCreases(face), ...chinCreases(identity, face));
  return result.filter((crease) => crease.strength > 0.04);
}

function sideCreases(identity: Identity, side: Side, face: Geometry): Crease[] {
  const au = (unit: ActionUnit): number => intensity(side.action, unit);
  const { sign, eye } = side;
  const corner = face.mouth.corners[sign < 0 ? 0 : 1];
  const { age } = identity;
  const result: Crease[] = [
    {
      points: side.nasolabial,
      radius: 0.05,
      strength: 0.1 + 0.4 * age + 0.62 * au(12) + 0.55 * au(10) + 0.5 * au(9) + 0.6 * au(11) + 0.2 * au(20),
    },
    {
      // Under the eye: pushed up by the cheek, drawn by the tightened lid.
      points: [
        [eye.inner[0], eye.inner[1] + 0.1],
        [eye.centre[0], 0.15 - 0.03 * au(6) - 0.02 * au(7)],
        [eye.outer[0] + sign * 0.03, eye.outer[1] + 0.1],
      ],
      radius: 0.032,
      strength: 0.1 + 0.35 * age + 0.55 * au(6) + 0.45 * au(7) + 0.3 * au(9),
    },
    {
      // Between brow and nose: brows drawn together.
      points: [
        [sign * 0.1, -0.48],
        [sign * 0.075, -0.34],
        [sign * 0.085, -0.22],
        [sign * 0.12, -0.12],
      ],
      radius: 0.034,
      strength: 0.95 * au(4) + 0.4 * au(9) + 0.15 * age,
    },
    {
      // Beside the mouth: the dimple of the dimpler, the bracket of a smile.
      points: [
        [corner[0] + sign * 0.075, corner[1] - 0.13],
        [corner[0] + sign * 0.11, corner[1] - 0.01],
        [corner[0] + sign * 0.08, corner[1] + 0.11],
      ],
      radius: 0.04,
      strength: 0.95 * au(14) + 0.12 * au(12) + 0.3 * au(20),
    },
    {
      // Under the corner: pulled down.
      points: [
        [corner[0] + sign * 0.01, corner[1] + 0.02],
        [corner[0] + sign * 0.07, corner[1] + 0.12],
        [corner[0] + sign * 0.06, corner[1] + 0.24],
      ],
      radius: 0.04,
      strength: 0.9 * au(15) + 0.25 * age + 0.2 * au(17),
    },
  ];
  for (const fan of [-1, 0, 1]) {
    result.push({
      points: [
        [eye.outer[0] + sign * 0.07, eye.outer[1] + 0.035 * fan],
        [eye.outer[0] + sign * 0.15, eye.outer[1] + 0.075 * fan],
        [eye.outer[0] + sign * 0.24, eye.outer[1] + 0.13 * fan + 0.01],
      ],
      radius: 0.018,
      strength: 0.7 * au(6) + 0.3 * age,
    });
  }
  return result;
}

function foreheadCreases(identity: Identity, face: Geometry): Crease[] {
  const inner = (intensity(face.sides[0].action, 1) + intensity(face.sides[1].action, 1)) / 2;
  const outer = (intensity(face.sides[0].action, 2) + intensity(face.sides[1].action, 2)) / 2;
  return [0, 1, 2].map((row) => {
    const height = -0.62 - 0.14 * row - 0.02 * inner;
    // Without the outer brow the furrows stay in the middle and bend up there.
    const half = face.sides.map(({ sign, action }): Point[] => {
      const side = intensity(action, 2);
      const reach = mix(0.34, 0.7, Math.min(1, side + 0.4 * identity.age));
      const bend = 0.07 * Math.max(0, inner - side);
      return [
        [sign * reach, height + bend + 0.03 * side],
        [sign * reach * 0.55, height + 0.2 * bend - 0.015 * side],
      ];
    });
    const [left = [], right = []] = half;
    return {
      points: [...left, [0, height + 0.012 * outer - 0.02 * inner * (1 - outer)], ...right.reverse()],
      radius: 0.028,
      strength: (0.55 * Math.max(inner * 0.8, outer) + 0.25 * identity.age) * (1 - 0.15 * row),
    };
  });
}

function noseCreases(face: Geometry): Crease[] {
  const result: Crease[] = [];
  for (const side of face.sides) {
    const wrinkle = intensity(side.action, 9);
    for (let row = 0; row < 3; row++) {
      const y = -0.1 + 0.1 * row;
      result.push({
        points: [
          [side.sign * 0.02, y],
          [side.sign * 0.09, y + 0.015],
          [side.sign * (0.17 + 0.02 * row), y + 0.075],
        ],
        radius: 0.024,
        strength: 0.75 * wrinkle,
      });
    }
  }
  return result;
}

function chinCreases(identity: Identity, face: Geometry): Crease[] {
  const raised = (intensity(face.sides[0].action, 17) + intensity(face.sides[1].action, 17)) / 2;
  const low = face.mouth.lowerOuter[3] ?? [0, 1.2];
  return [
    {
      points: [
        [-0.24, low[1] + 0.13],
        [0, low[1] + 0.085],
        [0.24, low[1] + 0.13],
      ],
      radius: 0.055,
      strength: 0.22 + 0.15 * identity.age + 0.6 * raised,
    },
  ];
}
