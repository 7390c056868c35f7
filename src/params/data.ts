import Type from 'typebox';
import { group, oneOf } from './declare.ts';

export const data = group('Pictures as the networks get them', {
  size: Type.Integer({
    description: 'Pixels a side that the networks see; the paper: 128',
    minimum: 16,
    maximum: 512,
  }),
  resize: Type.Integer({
    description: 'Pixels a side before the random crop; the paper: 144',
    minimum: 16,
    maximum: 1024,
  }),
  channels: oneOf('1 grey, 3 colour', [1, 3]),
  onBadImage: oneOf('Whether a picture that cannot be read ends the stage, or is left out and counted', [
    'fail',
    'skip',
  ]),
});
