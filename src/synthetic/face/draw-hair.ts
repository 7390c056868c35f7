import type { Point } from './curves.ts';
import { circle, mix } from './curves.ts';
import { skull } from './draw-head.ts';
import type { Identity } from './identity.ts';
import { blend, scaleColour } from './identity.ts';
import { intersect } from './raster.ts';
import type { Mask } from './raster.ts';
import type { Scene } from './scene.ts';
import { fill, fillInside, grain, line, outline, spindle, spot, tint } from './scene.ts';

/** Hair behind head and shoulders; drawn before the neck. */
export function drawBackHair(scene: Scene): void {
  const { identity, face } = scene;
  const wide = identity.faceWidth;
  const top = face.crown;
  const colour = scaleColour(identity.hairColour, 0.72 * scene.light.brightness);
  const drape = (length: number, flare: number): Point[] => [
    [0, top * 1.13],
    [0.75 * wide, top * 0.98],
    [1.2 * wide, top * 0.5],
    [1.28 * wide, 0.1],
    [(1.22 + flare) * wide, length * 0.6],
    [(1.05 + flare) * wide, length],
    [0, length * 1.02],
    [-(1.05 + flare) * wide, length],
    [-(1.22 + flare) * wide, length * 0.6],
    [-1.28 * wide, 0.1],
    [-1.2 * wide, top * 0.5],
    [-0.75 * wide, top * 0.98],
  ];
  switch (identity.hairStyle) {
    case 'long':
    case 'fringe':
      fill(scene, outline(scene, drape(2.7, 0.12)), colour);
      break;
    case 'bob':
      fill(scene, outline(scene, drape(1.35, 0.1)), colour);
      break;
    case 'tied':
      fill(scene, outline(scene, circle([0.1, top * 1.22], 0.42)), colour);
      break;
    case 'curly':
      for (const [x, y, radius] of CURLS) {
        fill(scene, outline(scene, circle([x * wide, (y * top) / -1.62], radius)), colour);
      }
      break;
    case 'bald':
    case 'buzz':
    case 'short':
    case 'parted':
      break;
  }
}

const CURLS: readonly (readonly [x: number, y: number, radius: number])[] = [
  [-1.12, -0.35, 0.32],
  [-1.14, -0.8, 0.36],
  [-0.9, -1.25, 0.4],
  [-0.45, -1.58, 0.42],
  [0.05, -1.68, 0.42],
  [0.55, -1.55, 0.42],
  [0.95, -1.2, 0.4],
  [1.16, -0.75, 0.36],
  [1.12, -0.3, 0.32],
];

/** Hair over the forehead and temples; drawn after the face. */
export function drawFrontHair(scene: Scene): void {
  const { identity } = scene;
  if (identity.hairStyle === 'bald') return;
  const bright = scene.light.brightness;
  const buzz = identity.hairStyle === 'buzz';
  const colour = scaleColour(identity.hairColour, bright);
  const cap = outline(scene, [...skull(identity, scene.face, buzz ? 1.015 : 1.075), ...hairline(identity)]);
  fill(scene, cap, colour, buzz ? 0.72 : 1);
  if (identity.hairStyle === 'curly') {
    for (const [x, y, radius] of CURLS) {
      const ball = circle([x * 0.82, y * 0.86], radius * 0.8);
      fillInside(scene, outline(scene, ball), cap, scaleColour(colour, 0.9), 0.5);
    }
  }
  drawStrands(scene, cap);
  const lamp = scene.light.direction[0];
  const sheen = spot(scene, [lamp * 0.7, scene.face.crown * 0.86], 0.8, 0.34);
  tint(scene, sheen, scaleColour(blend(identity.hairColour, [255, 250, 240], 0.45), bright), buzz ? 0.2 : 0.38, cap);
  // The hair throws a thin shadow on the forehead.
  const edge = line(scene, hairline(identity), () => 0.05);
  fillInside(scene, edge, scene.skin, scaleColour(identity.hairColour, 0.5), 0.3);
}

/** The lower edge of the hair, from the left temple to the right. */
function hairline(identity: Identity): Point[] {
  const wide = identity.faceWidth;
  const high = -1.08 * identity.foreheadHeight;
  const part = identity.parting;
  const temple = (sign: -1 | 1, low: number): Point[] => [
    [sign * 1.06 * wide, low],
    [sign * 0.99 * wide, low],
    [sign * 0.93 * wide, -0.52],
  ];
  const bothSides = (low: number, middle: readonly Point[]): Point[] => [
    ...temple(-1, low),
    ...middle,
    ...temple(1, low).reverse(),
  ];
  switch (identity.hairStyle) {
    case 'fringe':
      return bothSides(0.2, [
        [-0.7 * wide, -0.62],
        [-0.3, -0.57],
        [0.1, -0.6],
        [0.45, -0.57],
        [0.75 * wide, -0.63],
      ]);
    case 'parted': {
      const sweep: Point[] = [
        [-0.78 * wide, high * 0.84],
        [-0.42, high * 1.04],
        [-0.1, high * 0.93],
        [0.35, high * 0.8],
        [0.76 * wide, high * 0.72],
      ];
      return bothSides(0.05, part > 0 ? sweep : sweep.map(([x, y]): Point => [-x, y]).reverse());
    }
    case 'long':
    case 'bob': {
      // Parted hair falls to both sides and covers the temples.
      const at = part * 0.22;
      return [
        [-1.08 * wide, 0.9],
        [-0.97 * wide, 0.55],
        [-0.9 * wide, -0.25],
        [mix(-0.9 * wide, at, 0.42), high * 0.86],
        [at, high * 1.14],
        [mix(0.9 * wide, at, 0.42), high * 0.86],
        [0.9 * wide, -0.25],
        [0.97 * wide, 0.55],
        [1.08 * wide, 0.9],
      ];
    }
    case 'tied':
      return bothSides(0, [
        [-0.72 * wide, high * 0.9],
        [-0.3, high * 1.06],
        [0, high * 1.1],
        [0.3, high * 1.06],
        [0.72 * wide, high * 0.9],
      ]);
    case 'bald':
    case 'buzz':
    case 'short':
    case 'curly':
      return bothSides(0.1, [
        [-0.78 * wide, high * 0.78],
        [-0.62, high * 0.98],
        [0, high * 0.93],
        [0.62, high * 0.98],
        [0.78 * wide, high * 0.78],
      ]);
  }
}

function drawStrands(scene: Scene, cap: Mask): void {
  const { identity, face } = scene;
  if (identity.hairStyle === 'buzz') return;
  const random = grain(scene, 'strands');
  const colour = scaleColour(identity.hairColour, scene.light.brightness);
  const root = identity.hairStyle === 'tied' ? 0.1 : identity.parting * 0.3;
  for (let strand = 0; strand < 22; strand++) {
    const along = (strand + random.uniform()) / 22;
    const x = mix(-1.12, 1.12, along) * identity.faceWidth;
    const fall = -0.35 - 0.85 * (1 - x * x * 0.8) + random.between(-0.1, 0.1);
    const points: Point[] = [
      [root + (x - root) * 0.25, face.crown * 1.05],
      [mix(root, x, 0.72), mix(face.crown, fall, 0.3)],
      [x, fall],
    ];
    const tone = random.uniform() < 0.5 ? scaleColour(colour, 0.6) : blend(colour, [255, 240, 220], 0.22);
    fillInside(scene, line(scene, points, spindle(0.022)), cap, tone, 0.5);
  }
}

/** Beard and moustache; drawn after the skin and before the lips. */
export function drawBeard(scene: Scene): void {
  const { identity, face } = scene;
  const { beard } = identity;
  if (beard === 'none') return;
  const colour = blend(identity.browColour, identity.skin, beard === 'stubble' ? 0.35 : 0.12);
  const alpha = beard === 'stubble' ? 0.4 : 0.86;
  const { corners, upperOuter, lowerOuter } = face.mouth;
  const top = upperOuter[3] ?? [0, 0.97];
  const low = lowerOuter[3] ?? [0, 1.2];
  const [left, right] = corners;
  if (beard !== 'goatee') {
    const nose = face.nose.base[2] ?? [0, 0.7];
    const moustache = outline(scene, [
      [left[0] - 0.07, left[1] + 0.02],
      [left[0] * 0.75, mix(nose[1], top[1], 0.55)],
      [0, mix(nose[1], top[1], 0.4)],
      [right[0] * 0.75, mix(nose[1], top[1], 0.55)],
      [right[0] + 0.07, right[1] + 0.02],
      [right[0] * 0.6, top[1] + 0.05],
      [0, top[1] + 0.04],
      [left[0] * 0.6, top[1] + 0.05],
    ]);
    fillInside(scene, moustache, scene.skin, colour, alpha, true);
  }
  if (beard === 'moustache') return;
  const chin = face.jaw[8] ?? [0, 1.73];
  if (beard === 'goatee') {
    const middle = mix(low[1], chin[1], 0.66);
    tint(scene, spot(scene, [0, middle], 0.36, (chin[1] - low[1]) * 0.62), colour, 1, scene.skin);
    tint(scene, spot(scene, [0, middle + 0.06], 0.28, (chin[1] - low[1]) * 0.5), colour, 0.7, scene.skin);
    tint(scene, spot(scene, [0, low[1] + 0.08], 0.09, 0.12), colour, 0.6, scene.skin);
    return;
  }
  const shape: Point[] = [
    ...face.jaw.slice(1, 16).map(([x, y]): Point => [x * 1.02, y + 0.03]),
    [0.86 * identity.faceWidth, 0.62],
    [0.62, 0.98],
    [right[0] + 0.12, right[1]],
    [right[0] * 0.8, low[1] + 0.05],
    [0, low[1] + 0.1],
    [left[0] * 0.8, low[1] + 0.05],
    [left[0] - 0.12, left[1]],
    [-0.62, 0.98],
    [-0.86 * identity.faceWidth, 0.62],
  ];
  fill(scene, intersect(outline(scene, shape), scene.skin), colour, alpha, true);
}

/** Glasses, over everything else. */
export function drawGlasses(scene: Scene): void {
  const { identity } = scene;
  if (identity.glasses === 'none') return;
  const radius = identity.glasses === 'thick' ? 0.024 : 0.011;
  const colour = identity.glasses === 'thick' ? ([30, 28, 30] as const) : ([96, 92, 90] as const);
  for (const side of scene.face.sides) {
    const { sign } = side;
    const x = 0.5 * identity.eyeSpacing * sign;
    const rim: Point[] = [
      [x - sign * 0.36, -0.12],
      [x, -0.2],
      [x + sign * 0.36, -0.16],
      [x + sign * 0.36, 0.12],
      [x + sign * 0.1, 0.27],
      [x - sign * 0.26, 0.2],
      [x - sign * 0.36, -0.12],
    ];
    fill(
      scene,
      line(scene, rim, () => radius, 0.12),
      colour,
      0.9,
    );
    const temple: Point[] = [
      [x + sign * 0.36, -0.1],
      [sign * 1.05 * identity.faceWidth, -0.08],
    ];
    fill(
      scene,
      line(scene, temple, () => radius, 0.05),
      colour,
      0.8,
    );
  }
  const bridge: Point[] = [
    [-0.14, -0.06],
    [0, -0.09],
    [0.14, -0.06],
  ];
  fill(
    scene,
    line(scene, bridge, () => radius, 0.15),
    colour,
    0.9,
  );
}
