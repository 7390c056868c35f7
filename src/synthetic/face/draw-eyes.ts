import { intensity } from './action-units.ts';
import { circle, mix, mixPoint } from './curves.ts';
import type { Point } from './curves.ts';
import type { Side } from './geometry.ts';
import { blend, scaleColour } from './identity.ts';
import type { Scene } from './scene.ts';
import { between, fill, fillInside, grain, line, outline, spindle, spot, tint } from './scene.ts';

/** Both eyes with their lids, and both brows. */
export function drawEyes(scene: Scene): void {
  for (const side of scene.face.sides) {
    drawEye(scene, side);
    drawBrow(scene, side);
  }
}

function drawEye(scene: Scene, side: Side): void {
  const { identity } = scene;
  const { eye, sign } = side;
  const bright = scene.light.brightness;
  const dark = blend(scaleColour(identity.skin, 0.28), [40, 20, 18], 0.5);
  const opening = between(scene, eye.upper, eye.lower);
  fill(scene, opening, scaleColour([232, 228, 224], 0.97 * bright));
  // Both ends of the eyeball lie in the shadow of the lids.
  tint(scene, spot(scene, eye.inner, 0.13, 0.12), [150, 96, 90], 0.55, opening);
  tint(scene, spot(scene, eye.outer, 0.12, 0.12), [140, 110, 104], 0.5, opening);

  const radius = eye.irisRadius;
  const disc = outline(scene, circle(eye.centre, radius));
  fillInside(scene, disc, opening, scaleColour(identity.irisColour, 0.62 * bright));
  fillInside(
    scene,
    outline(scene, circle(eye.centre, radius * 0.8)),
    opening,
    scaleColour(identity.irisColour, bright),
  );
  fillInside(scene, outline(scene, circle(eye.centre, radius * 0.46)), opening, [14, 11, 11]);
  const lamp = scene.light.direction[0] < 0 ? -1 : 1;
  const glint = spot(scene, [eye.centre[0] + lamp * radius * 0.36, eye.centre[1] - radius * 0.36], 0.045, 0.045);
  tint(scene, glint, [255, 255, 255], 0.9, opening);
  // The upper lid's shadow on the eyeball.
  const shadow = line(scene, eye.upper, () => 0.034);
  fillInside(scene, shadow, opening, dark, 0.5);

  fill(
    scene,
    line(scene, eye.upper, (along) => 0.017 + 0.016 * along),
    dark,
    0.95,
  );
  fill(
    scene,
    line(
      scene,
      [
        mixPoint(eye.upper[3] ?? eye.outer, eye.outer, 0.4),
        eye.outer,
        [eye.outer[0] + sign * 0.045, eye.outer[1] - 0.012],
      ],
      (along) => 0.024 * (1.1 - along),
    ),
    dark,
    0.8,
  );
  fill(
    scene,
    line(scene, eye.lower, (along) => 0.009 + 0.005 * along),
    dark,
    0.5,
  );
  drawLidFold(scene, side, dark);
}

/** The fold over the upper lid: near the edge of a wide eye, covered when the brow comes down. */
function drawLidFold(scene: Scene, side: Side, dark: readonly [number, number, number]): void {
  const { eye, brow } = side;
  const raised = intensity(side.action, 5);
  const covered = Math.min(1, intensity(side.action, 4) * 0.7 + intensity(side.action, 9) * 0.4);
  const browMiddle = brow[2] ?? eye.centre;
  const room = mix(0.075, 0.04, raised);
  const fold = eye.upper.map((point, i): Point => {
    const height = i === 0 || i === 4 ? 0.02 : room;
    const y = point[1] - height;
    return [point[0] + (i === 4 ? side.sign * 0.05 : 0), Math.max(y, browMiddle[1] + 0.05)];
  });
  fill(scene, line(scene, fold, spindle(0.014)), dark, 0.62 * (1 - 0.5 * covered));
}

function drawBrow(scene: Scene, side: Side): void {
  const { identity } = scene;
  const { brow } = side;
  const thick = identity.browThickness;
  const bulk = (along: number): number => thick * (along < 0.2 ? 0.72 + along * 1.6 : 1.04 - 0.95 * (along - 0.2));
  const colour = scaleColour(identity.browColour, Math.min(1.1, scene.light.brightness));
  fill(scene, line(scene, brow, bulk), colour, 0.78);
  const random = grain(scene, `brow${side.sign}`);
  for (let hair = 0; hair < 14; hair++) {
    const along = (hair + random.uniform()) / 14;
    const index = Math.min(3, Math.floor(along * 4));
    const root = mixPoint(brow[index] ?? [0, 0], brow[index + 1] ?? [0, 0], along * 4 - index);
    const low = bulk(along) * 0.8;
    const lean = mix(0.02, 0.07, along) + random.between(-0.01, 0.01);
    const from: Point = [root[0], root[1] + low * 0.7];
    const to: Point = [root[0] + side.sign * lean, root[1] - low * mix(1.15, 0.4, along)];
    fill(
      scene,
      line(scene, [from, to], (t) => 0.011 * (1.1 - t)),
      scaleColour(colour, random.between(0.55, 1.15)),
      0.7,
    );
  }
}
