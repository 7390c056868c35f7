import Type from 'typebox';
import { corpora } from './corpora.ts';
import { data } from './data.ts';
import { type Declared, group, oneOf } from './declare.ts';
import { pictures } from './pictures.ts';
import { synthesize } from './synthesize.ts';
import { tasks } from './tasks.ts';
import { judge, training } from './training.ts';

/** Everything that params/*.yaml can say. params/default.yaml gives each its value, a profile another one. */
export const params = group('Parameters of the GroupGAN experiment', {
  profile: Type.String({ description: "The profile's name, after which runs/ and reports/ are named", minLength: 1 }),
  seed: Type.Integer({
    description: 'Every random number of the experiment follows from it',
    minimum: 0,
    maximum: 2_147_483_647,
  }),
  backend: oneOf('What computes; wasm is the reference: the same bits on every machine', [
    'auto',
    'node-gpu',
    'node',
    'wasm',
  ]),
  synthesize,
  data,
  corpora,
  pictures,
  tasks,
  training,
  judge,
  figures: group('What the figures show', {
    litAbove: Type.Number({
      description: 'Fig. 4: share of the largest difference above which a position is lit; the paper does not say',
      minimum: 0,
      maximum: 1,
    }),
  }),
});

export type Params = Declared<typeof params>;
