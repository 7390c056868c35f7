import Type from 'typebox';
import { byName, type Declared, group, oneOf } from './declare.ts';

/** `kind` says which of the other keys count, so that a profile can change the kind and leave the rest as it is. */
const crop = Type.Object(
  {
    kind: oneOf('landmarks: a square around the points; box: a square by its place; whole: all of the picture', [
      'landmarks',
      'box',
      'whole',
    ]),
    margin: Type.Optional(
      Type.Number({
        description:
          'landmarks: what to add on each side, as a share of the face; 0.1 takes in half the forehead and leaves an open jaw room',
        minimum: 0,
      }),
    ),
    reference: Type.Optional(
      oneOf(
        'landmarks: whose points place the square; with those of the first frame an opening mouth does not shrink the face, and weak and peak stay aligned',
        ['first', 'own'],
      ),
    ),
    upright: Type.Optional(
      Type.Boolean({ description: 'landmarks: turn the square so that the outer corners of the eyes are level' }),
    ),
    x: Type.Optional(Type.Number({ description: 'box: left edge, as a share of the width', minimum: 0, maximum: 1 })),
    y: Type.Optional(Type.Number({ description: 'box: top edge, as a share of the height', minimum: 0, maximum: 1 })),
    size: Type.Optional(
      Type.Number({ description: 'box: side, as a share of the shorter side', exclusiveMinimum: 0, maximum: 1 }),
    ),
  },
  { description: 'Where the face lies in a picture', additionalProperties: false },
);

export const corpora = byName(
  'How each corpus is read, by the name of its reader (docs/adding-a-corpus.md)',
  group('How a corpus is read', {
    options: Type.Unsafe<Record<string, unknown>>({ type: 'object', description: 'Options of the reader' }),
    crop,
  }),
);

export type CropParams = Declared<typeof crop>;

type CropOf<Kind extends CropParams['kind'], Needed extends keyof CropParams> = { readonly kind: Kind } & Required<
  Pick<CropParams, Needed>
>;

/** A crop with what its kind needs and nothing else. */
export type Crop =
  CropOf<'whole', never> | CropOf<'box', 'x' | 'y' | 'size'> | CropOf<'landmarks', 'margin' | 'reference' | 'upright'>;
