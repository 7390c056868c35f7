import type { Random } from '../../base/random.ts';
import type { Activation } from './action-units.ts';
import type { Colour } from './canvas.ts';

/** Who a face is: everything that stays the same from frame to frame. Ratios are relative to an average adult. */
export interface Identity {
  readonly faceWidth: number;
  readonly jawWidth: number;
  readonly chinLength: number;
  /** 0 pointed to 1 square. */
  readonly chinSquareness: number;
  readonly foreheadHeight: number;
  readonly eyeSize: number;
  readonly eyeSpacing: number;
  readonly eyeOpening: number;
  /** Outer corner above the inner one, in face units. */
  readonly eyeTilt: number;
  readonly irisColour: Colour;
  /** Offset of the brows, negative is higher, in face units. */
  readonly browHeight: number;
  readonly browThickness: number;
  readonly browArch: number;
  readonly browLength: number;
  readonly noseLength: number;
  readonly noseWidth: number;
  readonly noseBridge: number;
  readonly mouthWidth: number;
  readonly mouthHeight: number;
  readonly upperLip: number;
  readonly lowerLip: number;
  readonly skin: Colour;
  readonly lipColour: Colour;
  readonly hairColour: Colour;
  readonly browColour: Colour;
  readonly hairStyle: HairStyle;
  /** Which side the hair is parted on, -1 or 1. */
  readonly parting: -1 | 1;
  readonly blush: number;
  /** 0 young to 1 lined. */
  readonly age: number;
  readonly beard: Beard;
  readonly glasses: Glasses;
  readonly freckles: number;
  readonly clothes: Colour;
  /** What the face shows at rest: a frowning or smiling cast that is not an expression. */
  readonly resting: Activation;
  /** Seeds the small irregularities of hair, brows and freckles. */
  readonly grain: number;
}

export type HairStyle = 'bald' | 'buzz' | 'short' | 'parted' | 'fringe' | 'curly' | 'long' | 'bob' | 'tied';
export type Beard = 'none' | 'stubble' | 'moustache' | 'goatee' | 'full';
export type Glasses = 'none' | 'thin' | 'thick';

const SKINS: readonly Colour[] = [
  [243, 210, 190],
  [235, 196, 170],
  [226, 181, 150],
  [208, 160, 126],
  [184, 133, 98],
  [156, 110, 80],
  [132, 92, 68],
  [108, 76, 58],
];
const HAIRS: readonly Colour[] = [
  [28, 24, 24],
  [44, 33, 28],
  [70, 48, 34],
  [102, 70, 44],
  [150, 108, 62],
  [196, 160, 104],
  [136, 70, 40],
  [128, 126, 124],
];
const IRISES: readonly Colour[] = [
  [62, 40, 26],
  [84, 56, 34],
  [104, 92, 52],
  [86, 112, 96],
  [84, 116, 148],
  [104, 118, 128],
];
const CLOTHES: readonly Colour[] = [
  [52, 60, 76],
  [96, 44, 48],
  [70, 88, 72],
  [150, 148, 144],
  [36, 36, 40],
  [128, 104, 76],
  [196, 196, 200],
];

/**
 * Draws a person at random. `restingFace` (0 to 1) says how strongly a face at rest may look like an expression.
 */
export function createIdentity(random: Random, restingFace: number): Identity {
  const spread = (centre: number, deviation: number): number =>
    centre + deviation * Math.min(2, Math.max(-2, random.normal()));
  const masculine = random.uniform();
  const place = random.uniform();
  const tone = place * (0.55 + 0.45 * place) * (SKINS.length - 1);
  const skin = blend(SKINS[Math.floor(tone)] as Colour, SKINS[Math.ceil(tone)] as Colour, tone - Math.floor(tone));
  const dark = tone > 3.4;
  const age = random.uniform() * random.uniform();
  const hair = age > 0.55 && random.uniform() < 0.6 ? (HAIRS[7] as Colour) : pickHair(random, dark);
  const male = masculine > 0.5;
  return {
    faceWidth: spread(1 + 0.02 * (masculine - 0.5), 0.045),
    jawWidth: spread(0.98 + 0.08 * (masculine - 0.5), 0.05),
    chinLength: spread(1 + 0.05 * (masculine - 0.5), 0.035),
    chinSquareness: Math.min(1, Math.max(0, spread(masculine, 0.2))),
    foreheadHeight: spread(1, 0.06),
    eyeSize: spread(1.08 - 0.1 * (masculine - 0.5), 0.05),
    eyeSpacing: spread(1, 0.03),
    eyeOpening: spread(1, 0.1),
    eyeTilt: spread(0.012, 0.018),
    irisColour: dark ? (IRISES[random.integer(2)] as Colour) : random.pick(IRISES),
    browHeight: spread(0.02 * (masculine - 0.5), 0.025),
    browThickness: spread(0.048 + 0.024 * (masculine - 0.5), 0.008),
    browArch: spread(0.05 - 0.03 * (masculine - 0.5), 0.018),
    browLength: spread(1, 0.05),
    noseLength: spread(1, 0.045),
    noseWidth: spread(dark ? 1.1 : 1, 0.08),
    noseBridge: spread(1, 0.2),
    mouthWidth: spread(1, 0.06),
    mouthHeight: spread(0, 0.025),
    upperLip: spread(dark ? 1.2 : 0.92, 0.18),
    lowerLip: spread(dark ? 1.15 : 0.95, 0.16),
    skin,
    lipColour: blend(skin, male ? [146, 70, 66] : [172, 58, 64], male ? 0.42 : 0.58),
    hairColour: hair,
    browColour: blend(blend(hair, [40, 30, 26], 0.45), skin, 0.08),
    hairStyle: pickStyle(random, male),
    parting: random.uniform() < 0.5 ? -1 : 1,
    blush: random.between(0.1, 0.5),
    age,
    beard: male && random.uniform() < 0.42 ? random.pick(['stubble', 'moustache', 'goatee', 'full'] as const) : 'none',
    glasses: random.uniform() < 0.12 ? random.pick(['thin', 'thick'] as const) : 'none',
    freckles: !dark && random.uniform() < 0.15 ? random.between(0.3, 1) : 0,
    clothes: random.pick(CLOTHES),
    resting: createResting(random.fork('resting'), restingFace),
    grain: random.integer(2 ** 31),
  };
}

function pickHair(random: Random, dark: boolean): Colour {
  return dark ? (HAIRS[random.integer(2)] as Colour) : (HAIRS[random.integer(7)] as Colour);
}

function pickStyle(random: Random, male: boolean): HairStyle {
  return male
    ? random.pick(['bald', 'buzz', 'short', 'short', 'parted', 'parted', 'curly'] as const)
    : random.pick(['long', 'long', 'bob', 'bob', 'fringe', 'tied', 'tied', 'curly'] as const);
}

function createResting(random: Random, strength: number): Activation {
  const some = (chance: number, most: number): number =>
    random.uniform() < chance ? strength * most * random.uniform() : 0;
  return {
    1: some(0.3, 0.35),
    2: some(0.3, 0.35),
    4: some(0.4, 0.4),
    5: some(0.3, 0.3),
    7: some(0.3, 0.3),
    12: some(0.35, 0.3),
    15: some(0.35, 0.4),
    17: some(0.25, 0.3),
    24: some(0.25, 0.35),
    25: some(0.2, 0.3),
  };
}

/** The colour a share of the way from one to the other. */
export function blend(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** The colour times a factor, held below white. */
export function scaleColour(colour: Colour, factor: number): Colour {
  return [Math.min(255, colour[0] * factor), Math.min(255, colour[1] * factor), Math.min(255, colour[2] * factor)];
}
