import Type from 'typebox';
import { EXPRESSIONS } from '../science/names.ts';
import { byKey, byName, type Declared, distinct, group, oneOf, orNone, range } from './declare.ts';

const mixed = byName(
  'The corpora to mix: where each lies; ~ is not used',
  orNone(Type.String({ description: 'The folder or the list of your own copy; npm:NAME is a package', minLength: 1 })),
);

const foldCount = Type.Integer({ description: 'Into how many folds the pictures are split', minimum: 2 });
const classes = distinct('What is recognised, in the order that becomes their number', Type.String({ minLength: 1 }), {
  least: 2,
});

/** How a sequence becomes pairs of a weak picture and the peak. */
const pairing = {
  classes: distinct(
    'The expressions that are recognised, in the order that becomes their number',
    oneOf('An expression', EXPRESSIONS),
    { least: 2 },
  ),
  weakFrames: distinct(
    'Positions in the sequence, from 1, of the weak pictures; the last frame is the peak',
    Type.Integer({ minimum: 1 }),
    { least: 1 },
  ),
  short: oneOf('Of a sequence that ends before those positions, take the frame before the apex, or skip the sequence', [
    'before-apex',
    'skip',
  ]),
};

const faces = group('Sequences from neutral to apex', {
  corpora: mixed,
  ...pairing,
  folds: group('How the pictures are split', {
    count: foldCount,
    by: oneOf('subject: nobody is in two folds; sequence: as the paper has it', ['subject', 'sequence']),
  }),
});

const notNegative = Type.Number({ minimum: 0 });
const drawings = group('Drawings, destroyed by slashes (section 4.6)', {
  corpora: mixed,
  classes,
  perClass: Type.Integer({ description: 'Drawings of each class', minimum: 2 }),
  variants: Type.Integer({ description: 'Destroyed copies of each drawing', minimum: 1 }),
  slashes: group('How a drawing is destroyed', {
    count: range('How many slashes', notNegative),
    width: range("Thickness as a share of the picture's shorter side", notNegative),
    length: range("Length as a share of the picture's shorter side", notNegative),
    angle: range('Direction in degrees, counter-clockwise from pointing right', Type.Number()),
    colour: oneOf('ink adds strokes, paper rubs the drawing out, both draws lots', ['ink', 'paper', 'both']),
  }),
  folds: group('How the pictures are split', { count: foldCount }),
});

const stills = group('Single pictures without peaks, in the splits of their corpus', {
  corpora: mixed,
  classes,
  annotated: group('The pairs of a corpus of faces beside them, whose landmarks RN+LAF+ADA learns', pairing),
});

/** Faces have weak frames, drawings have slashes; single pictures have neither. */
export const pictures = byName(
  'What is read, cropped and split, once for all tasks that look at it',
  byKey('weakFrames', faces, byKey('slashes', drawings, stills)),
);

export type FacePictures = Declared<typeof faces>;
export type DrawingPictures = Declared<typeof drawings>;
export type StillPictures = Declared<typeof stills>;
