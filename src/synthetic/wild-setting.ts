import type { Random } from '../base/random.ts';
import type { Colour } from './face/canvas.ts';
import type { Point } from './face/curves.ts';
import type { Identity } from './face/identity.ts';
import type { Pose } from './face/pose.ts';
import type { Light } from './face/scene.ts';
import type { Occluder, Setting, Thing } from './face/setting.ts';
import type { WildDifficulty } from './wild-difficulty.ts';
import type { WildPrototype } from './wild-expressions.ts';

/** A head as a face detector cuts it out of a film: it fills the picture, turned any way. */
export function createWildPose(random: Random, amount: number, { head = {} }: WildPrototype): Pose {
  const { pitch = 0, roll = 0, yaw = 0 } = head;
  const either = () => (random.uniform() < 0.5 ? -1 : 1);
  const wide = (most: number): number => amount * most * random.between(-1, 1);
  return {
    roll: either() * roll + wide(0.22),
    // Most film faces look somewhere near the camera: two draws crowd the middle.
    yaw: either() * yaw + (wide(0.5) + wide(0.5)) / 2,
    pitch: pitch + wide(0.22),
    scale: 1.62 * (1 + wide(0.12)),
    shiftX: wide(0.16),
    shiftY: 0.02 + wide(0.12),
  };
}

export function createWildLight(random: Random, amount: number): Light {
  const wide = (most: number): number => amount * most * random.between(-1, 1);
  return {
    direction: [-0.15 + wide(1.2), -0.4 + wide(0.7), 0.9],
    ambient: 0.5 + wide(0.35),
    brightness: 1 + wide(0.42),
    background: 0.4 + wide(0.38),
  };
}

const WARM: Colour = [1.12, 1, 0.8];
const COLD: Colour = [0.86, 0.98, 1.14];

/** Everything around the face, at random. */
export function createWildSetting(random: Random, difficulty: WildDifficulty, identity: Identity): Setting {
  const cast = random.fork('cast');
  const film = cast.uniform() < 0.5 ? WARM : COLD;
  const share = difficulty.light * cast.uniform();
  const tint = film.map((factor) => 1 + (factor - 1) * share) as unknown as Colour;
  const chance = random.fork('occlusion');
  const before = chance.uniform() < difficulty.occlusion ? [createOccluder(chance, identity)] : [];
  return { behind: createThings(random.fork('behind'), difficulty.background), before, tint };
}

function createThings(random: Random, amount: number): Thing[] {
  const things: Thing[] = [];
  const colour = (): Colour => {
    const grey = random.between(20, 210);
    const hue = () => Math.min(255, Math.max(0, grey + random.between(-40, 40)));
    return [hue(), hue(), hue()];
  };
  const panels = random.integer(1 + Math.round(5 * amount));
  for (let i = 0; i < panels; i++) {
    const x = random.between(-0.2, 1);
    const y = random.between(-0.3, 0.7);
    const right = x + random.between(0.15, 0.6);
    const bottom = y + random.between(0.3, 1.2);
    const lean = random.between(-0.08, 0.08);
    const corners: Point[] = [
      [x, y],
      [right, y + lean],
      [right + lean, bottom],
      [x + lean, bottom],
    ];
    things.push({ kind: 'panel', corners, colour: colour() });
  }
  const glows = random.integer(1 + Math.round(6 * amount));
  for (let i = 0; i < glows; i++) {
    const at: Point = [random.between(0, 1), random.between(0, 0.8)];
    things.push({
      kind: 'glow',
      at,
      radius: random.between(0.08, 0.3),
      colour: colour(),
      alpha: random.between(0.4, 0.9),
    });
  }
  return things;
}

function createOccluder(random: Random, identity: Identity): Occluder {
  const kind = random.pick(['hand', 'hair', 'sunglasses', 'bar', 'hand', 'hair', 'bar'] as const);
  const side = random.uniform() < 0.5 ? -1 : 1;
  switch (kind) {
    case 'hand':
      // On the cheek, at the chin, or over a corner of the mouth.
      return { kind, side, tip: [side * random.between(0.02, 0.7), random.between(0.7, 1.35)], skin: identity.skin };
    case 'hair':
      return { kind, side, low: random.between(0.5, 1.5), strands: 6 + random.integer(6) };
    case 'sunglasses':
      return { kind, alpha: random.between(0.72, 0.95) };
    case 'bar':
      return createBar(random, side);
  }
}

function createBar(random: Random, side: -1 | 1): Occluder {
  const tone = random.between(12, 120);
  const colour: Colour = [tone, tone * random.between(0.85, 1), tone * random.between(0.7, 1)];
  const reach = random.between(0.12, 0.3);
  const lean = random.between(-0.1, 0.1);
  const upright = random.uniform() < 0.6;
  const [near, far] = side < 0 ? [0, reach] : [1, 1 - reach];
  // An upright bar at one side, or one that lies across the lower edge.
  const corners: Point[] = upright
    ? [
        [near, 0],
        [far + lean, 0],
        [far - lean, 1],
        [near, 1],
      ]
    : [
        [0, 1],
        [0, 1 - reach + lean],
        [1, 1 - reach - lean],
        [1, 1],
      ];
  return { kind: 'bar', corners, colour };
}
