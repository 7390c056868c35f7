import type { Canvas, Colour } from './canvas.ts';
import { paint } from './canvas.ts';
import type { Point } from './curves.ts';
import { flat, mix, smooth } from './curves.ts';
import { blend, scaleColour } from './identity.ts';
import { polygonMask, softMask } from './raster.ts';
import type { Scene } from './scene.ts';
import { between, fill, fillInside, grain, line, outline, spindle } from './scene.ts';

/** Where a face was filmed: what is behind it, what is before it, and how the film colours it. */
export interface Setting {
  /** From far to near. */
  readonly behind: readonly Thing[];
  readonly before: readonly Occluder[];
  /** Factors of red, green and blue; a grey picture takes their mean. */
  readonly tint: Colour;
}

/** Something behind the head. Lengths are shares of the picture's sides. */
export type Thing =
  | {
      readonly kind: 'glow';
      readonly at: Point;
      readonly radius: number;
      readonly colour: Colour;
      readonly alpha: number;
    }
  | { readonly kind: 'panel'; readonly corners: readonly Point[]; readonly colour: Colour };

/** Something between the camera and the face. */
export type Occluder =
  /** Dark lenses. */
  | { readonly kind: 'sunglasses'; readonly alpha: number }
  /** A lock that falls from the crown over one eye, ending at `low` (face units below the eyes). */
  | { readonly kind: 'hair'; readonly side: -1 | 1; readonly low: number; readonly strands: number }
  /** A hand from below, its fingertips at `tip` (face units), pointing up and inwards. */
  | { readonly kind: 'hand'; readonly side: -1 | 1; readonly tip: Point; readonly skin: Colour }
  /** A straight bar across the picture: the edge of a door, a shoulder. Shares of the picture's sides. */
  | { readonly kind: 'bar'; readonly corners: readonly Point[]; readonly colour: Colour };

/** Draws what is behind; over the wall and under the person. */
export function drawBehind(canvas: Canvas, { behind }: Setting): void {
  for (const thing of behind) {
    if (thing.kind === 'panel') paint(canvas, panel(canvas, thing.corners), thing.colour);
    else {
      const radius = thing.radius * canvas.height;
      const [x, y] = [thing.at[0] * canvas.width, thing.at[1] * canvas.height];
      paint(
        canvas,
        softMask(canvas, { x, y, radiusX: radius, radiusY: radius, cos: 1, sin: 0 }),
        thing.colour,
        thing.alpha,
      );
    }
  }
}

/** Draws what is before the face; over everything else. */
export function drawBefore(scene: Scene, { before }: Setting): void {
  for (const occluder of before) {
    switch (occluder.kind) {
      case 'sunglasses':
        drawSunglasses(scene, occluder.alpha);
        break;
      case 'hair':
        drawFallenHair(scene, occluder.side, occluder.low, occluder.strands);
        break;
      case 'hand':
        drawHand(scene, occluder.side, occluder.tip, occluder.skin);
        break;
      case 'bar':
        paint(scene.canvas, panel(scene.canvas, occluder.corners), occluder.colour);
        break;
    }
  }
}

/** Multiplies the planes by the film's tint. */
export function gradeColours({ planes }: Canvas, { tint }: Setting): void {
  const factors = planes.length === 3 ? tint : [(tint[0] + tint[1] + tint[2]) / 3];
  planes.forEach((plane, channel) => {
    const factor = factors[channel] as number;
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] as number) * factor;
  });
}

function panel(canvas: Canvas, corners: readonly Point[]) {
  return polygonMask(canvas, flat(corners.map(([x, y]): Point => [x * canvas.width, y * canvas.height])));
}

function drawSunglasses(scene: Scene, alpha: number): void {
  for (const { sign } of scene.face.sides) {
    const x = 0.5 * scene.identity.eyeSpacing * sign;
    const lens: Point[] = [
      [x - sign * 0.36, -0.16],
      [x, -0.21],
      [x + sign * 0.38, -0.18],
      [x + sign * 0.36, 0.12],
      [x + sign * 0.1, 0.29],
      [x - sign * 0.26, 0.22],
    ];
    fill(scene, outline(scene, lens, 0.14), [26, 26, 30], alpha);
    const temple: Point[] = [
      [x + sign * 0.36, -0.1],
      [sign * 1.05 * scene.identity.faceWidth, -0.08],
    ];
    fill(
      scene,
      line(scene, temple, () => 0.03, 0.05),
      [26, 26, 30],
      0.9,
    );
  }
  const bridge: Point[] = [
    [-0.15, -0.08],
    [0, -0.11],
    [0.15, -0.08],
  ];
  fill(
    scene,
    line(scene, bridge, () => 0.03, 0.16),
    [26, 26, 30],
    0.9,
  );
}

/** A lock that parts from the hair at the crown and narrows to a tip, with strands of lighter and darker tone on it. */
function drawFallenHair(scene: Scene, side: -1 | 1, low: number, strands: number): void {
  const { identity, face, light } = scene;
  const colour = scaleColour(identity.hairColour, light.brightness);
  const random = grain(scene, 'lock');
  const course = (along: number): Point[] => [
    [side * mix(-0.2, 0.75, along), face.crown * mix(0.98, 0.8, along)],
    [side * mix(0.02, 0.92, along), face.crown * mix(0.55, 0.42, along)],
    [side * mix(0.24, 0.98, along), mix(-0.12, 0.05, along)],
    [side * mix(0.5, 0.95, along), mix(0.1, low * 0.62, along)],
    [side * 0.82, low],
  ];
  const lock = between(scene, course(0), course(1), 0.06);
  fill(scene, lock, colour, 0.96);
  for (let strand = 0; strand < strands; strand++) {
    const tone = strand % 2 === 0 ? scaleColour(colour, 0.65) : blend(colour, [255, 240, 220], 0.25);
    fillInside(scene, line(scene, course(random.uniform()), spindle(0.03), 0.06), lock, tone, 0.6);
  }
}

/** Back of the hand and four fingers, each with a darker edge so that they stay apart on skin of the same tone. */
function drawHand(scene: Scene, side: -1 | 1, tip: Point, skin: Colour): void {
  const tone = scaleColour(skin, 0.94 * scene.light.brightness);
  const shadow = scaleColour(skin, 0.5 * scene.light.brightness);
  const [x, y] = tip;
  // Along the fingers: from the wrist, which is below and outside, to the tips.
  const palm = outline(
    scene,
    [
      [x + side * 0.62, y + 1.9],
      [x + side * 0.2, y + 0.98],
      [x + side * 0.1, y + 0.62],
      [x + side * 0.5, y + 0.4],
      [x + side * 0.86, y + 0.5],
      [x + side * 1.0, y + 1.0],
      [x + side * 1.3, y + 1.9],
    ],
    0.2,
  );
  fill(scene, palm, tone);
  for (let finger = 3; finger >= 0; finger--) {
    const spread = 0.215 * finger;
    const shorter = [0.1, 0, 0.03, 0.16][finger] ?? 0;
    const points: Point[] = [
      [x + side * (0.2 + spread), y + 0.86],
      [x + side * (0.1 + spread), y + 0.42 + 0.3 * shorter],
      [x + side * (0.02 + spread * 0.95), y + shorter],
    ];
    const edge = line(scene, points, () => 0.118, 0.22);
    fill(scene, edge, shadow, 0.55);
    const body = line(scene, points, () => 0.1, 0.22);
    fill(scene, body, tone);
    fillInside(
      scene,
      line(scene, smooth(points.slice(1), 4), () => 0.04, 0.22),
      body,
      blend(tone, [255, 255, 255], 0.2),
      0.4,
    );
  }
}
