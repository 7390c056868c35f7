import Type, { type TSchema } from 'typebox';
import { group } from './declare.ts';

/** A number in [0, 1]. */
const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1 });

const between = <Bound extends TSchema>(description: string, bound: (description: string) => Bound) =>
  group(description, { min: bound('The least'), max: bound('The most') });

const corpus = (description: string, scale: string) =>
  group(description, {
    subjects: Type.Integer({ description: 'People', minimum: 1 }),
    scale: Type.Number({ description: `Size of a picture: ${scale}`, exclusiveMinimum: 0, maximum: 2 }),
  });

/** As hard to recognise for corpora of sequences as for single pictures. */
const faces = {
  expressivitySpread: Type.Number({
    description: 'Standard deviation of people around the mean strength of their expressions, which is 1',
    minimum: 0,
    maximum: 0.5,
  }),
  idiosyncrasy: share('How far people depart from the prototype: missing, added, uneven and one-sided action units'),
  blend: share('How much of a neighbouring expression (fear and surprise, anger and disgust) is mixed in'),
  restingFace: share('How often neutral faces look cross, sad or amused'),
};
const camera = {
  noise: Type.Number({
    description: 'Standard deviation of the sensor noise, in grey levels',
    minimum: 0,
    maximum: 64,
  }),
  blur: share('0 sharp, 1 as soft as a 3 x 3 binomial filter'),
};

const difficulty = group('How hard the sequences are to recognise', {
  peakIntensity: between('Strength of the apex: 0 nothing, 1 the prototype in full', share),
  weakShare: between('Share of the apex that frame 7 has reached', share),
  ...faces,
  pose: share('0 frontal and still, 1 up to 9 degrees of turn, 12 % of shift and size'),
  light: share('0 one studio lamp, 1 lamps from anywhere in front, hard or soft, bright or dim'),
  ...camera,
});

const wildDifficulty = group('How hard the single pictures are to recognise', {
  intensity: between('Strength of the expression: 0 nothing, 1 the prototype in full', share),
  ...faces,
  pose: share('0 frontal, 1 up to 30 degrees of turn and 14 of tilt and nod, and a loose crop'),
  light: share('0 one studio lamp, 1 any light of a film: from the side, dim, glaring, coloured'),
  occlusion: share('Share of pictures with something before the face: a hand, dark glasses, hair, a bar'),
  background: share('0 a plain wall, 1 a crowded room'),
  ...camera,
});

const frames = (description: string) => Type.Integer({ description, minimum: 8 });
const pictures = (description: string, minimum: number) => Type.Integer({ description, minimum, maximum: 7000 });

export const synthesize = group('The synthetic faces (docs/synthetic-faces.md)', {
  'ck-plus': corpus('Sequences in the layout of CK+', '1 is the real 640x490'),
  'oulu-casia': corpus('Sequences in the layout of Oulu-CASIA', '1 is the real 320x240'),
  frames: between('Frames of a sequence, neutral to apex', frames),
  difficulty,
  wild: group('Single pictures in the form of LSEMSW, all of them subtle', {
    perClass: group('Pictures of each of the 13 classes', {
      train: pictures('To train on', 1),
      val: pictures('To validate on', 0),
      test: pictures('To test on', 1),
    }),
    scale: Type.Number({ description: 'Size of a picture: 1 is 128 pixels a side', minimum: 0.125, maximum: 8 }),
    difficulty: wildDifficulty,
  }),
});
