import { intensity } from './action-units.ts';
import type { Point } from './curves.ts';
import { mix, smoothStep } from './curves.ts';
import { blend, scaleColour } from './identity.ts';
import type { Mask } from './raster.ts';
import type { Scene } from './scene.ts';
import { between, fill, fillInside, line, outline, spindle, spot, tint } from './scene.ts';

/** Nose: nostrils, wings and the shadow underneath. Its ridge is part of the relief. */
export function drawNose(scene: Scene): void {
  const { identity, face, skin } = scene;
  const deep = blend(scaleColour(identity.skin, 0.34), [90, 30, 24], 0.3);
  const { base, wings } = face.nose;
  const middle = base[2] ?? [0, 0.7];
  tint(scene, spot(scene, [0, middle[1] + 0.03], 0.27 * identity.noseWidth, 0.085, 0, 0.05), deep, 0.42, skin);
  for (const index of [0, 1] as const) {
    const wing = wings[index];
    const sign = index === 0 ? -1 : 1;
    const nostril = spot(
      scene,
      [wing[0] * 0.5, (wing[1] + 0.06 + middle[1]) / 2],
      0.085 * identity.noseWidth,
      0.05,
      sign * -0.25,
      0.15,
    );
    tint(scene, nostril, scaleColour(deep, 0.55), 0.95, skin);
    const flare = intensity(face.sides[index].action, 9);
    const curve: Point[] = [
      [wing[0] * 0.88, wing[1] - 0.1],
      [wing[0] + sign * 0.012, wing[1] - 0.02],
      [wing[0] * 0.95, wing[1] + 0.055],
      [wing[0] * 0.74, wing[1] + 0.085],
    ];
    fill(scene, line(scene, curve, spindle(0.017)), deep, 0.5 + 0.3 * flare);
  }
}

/** Lips, and what shows between them. */
export function drawMouth(scene: Scene): void {
  const { identity, face } = scene;
  const { mouth } = face;
  const lip = identity.lipColour;
  const deep = blend(scaleColour(lip, 0.36), [50, 14, 16], 0.5);
  const open = smoothStep(0.01, 0.05, mouth.gap);
  const cavity = between(scene, mouth.upperInner, mouth.lowerInner);
  if (open > 0) drawCavity(scene, cavity);
  fill(scene, between(scene, mouth.upperOuter, mouth.upperInner), scaleColour(lip, 0.84), 0.92, true);
  const lower = between(scene, mouth.lowerInner, mouth.lowerOuter);
  fill(scene, lower, lip, 0.92, true);
  const bottom = mouth.lowerOuter[3] ?? [0, 1.2];
  const inner = mouth.lowerInner[3] ?? [0, 1.06];
  const shine = spot(scene, [0, mix(inner[1], bottom[1], 0.5)], 0.17, Math.max(0.02, (bottom[1] - inner[1]) * 0.4));
  tint(scene, shine, scaleColour(blend(lip, [255, 225, 220], 0.55), scene.light.brightness), 0.4, lower);
  tint(scene, spot(scene, [0, bottom[1] + 0.055], 0.3, 0.07), scaleColour(identity.skin, 0.42), 0.45, scene.skin);

  fill(
    scene,
    line(scene, mouth.upperInner, (along) => 0.013 + 0.012 * Math.abs(along - 0.5)),
    deep,
    0.9,
  );
  if (open > 0)
    fill(
      scene,
      line(scene, mouth.lowerInner, () => 0.011),
      deep,
      0.55 * open,
    );
  for (const corner of mouth.corners) tint(scene, spot(scene, corner, 0.05, 0.045), deep, 0.5);
}

function drawCavity(scene: Scene, cavity: Mask): void {
  const { face } = scene;
  const { mouth, jawDrop } = face;
  fill(scene, cavity, [44, 14, 16]);
  const rest = 1.06 + scene.identity.mouthHeight;
  const bright = scene.light.brightness;
  const width = Math.abs(mouth.corners[1][0] - mouth.corners[0][0]) / 2;
  // The upper teeth stay with the skull, the lower teeth and the tongue go with the jaw.
  if (jawDrop > 0.08) {
    const tongue = spot(scene, [0, rest + jawDrop + 0.02], width * 0.75, 0.2 + jawDrop * 0.3);
    tint(scene, tongue, scaleColour([176, 84, 84], bright), 0.85, cavity);
  }
  const upperEdge = rest + 0.045;
  const upper = outline(scene, teeth(width * 0.86, rest - 0.2, upperEdge, mouth.corners[0][1] - rest));
  fillInside(scene, upper, cavity, scaleColour([236, 230, 218], 0.94 * bright));
  const lowerEdge = rest + jawDrop + 0.035;
  const lower = outline(scene, teeth(width * 0.7, lowerEdge + 0.15, lowerEdge, 0));
  fillInside(scene, lower, cavity, scaleColour([214, 206, 192], 0.82 * bright), jawDrop > 0.2 ? 0.75 : 0.9);
  for (let tooth = -3; tooth <= 3; tooth++) {
    const x = (tooth + 0.5) * 0.085;
    const gap = line(
      scene,
      [
        [x, rest - 0.2],
        [x, upperEdge - 0.01],
      ],
      () => 0.005,
    );
    fillInside(scene, gap, cavity, [120, 96, 86], 0.4);
  }
  // Lips and cheeks shade the ends of the row.
  for (const corner of mouth.corners) tint(scene, spot(scene, corner, 0.2, 0.18), [40, 12, 14], 0.75, cavity);
  fillInside(
    scene,
    line(scene, mouth.upperInner, () => 0.03),
    cavity,
    [40, 12, 14],
    0.5,
  );
}

/** A row of teeth as a closed outline: a straight back edge, a front edge that bends with the corners. */
function teeth(width: number, back: number, front: number, bend: number): Point[] {
  const end = front + bend * 0.35;
  return [
    [-width, back],
    [0, back],
    [width, back],
    [width, end - 0.015],
    [width * 0.55, mix(front, end, 0.3)],
    [0, front],
    [-width * 0.55, mix(front, end, 0.3)],
    [-width, end - 0.015],
  ];
}
