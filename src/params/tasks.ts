import Type from 'typebox';
import { BASE_NET_NAMES, PAIR_METHOD_NAMES, STILL_METHOD_NAMES } from '../science/names.ts';
import { byName, byNull, type Declared, distinct, group, oneOf, orNone } from './declare.ts';
import { ownTraining, type Training } from './training.ts';

const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1 });
const weight = (description: string) => Type.Number({ description, minimum: 0 });
const partly = (description: string) => Type.Number({ description, exclusiveMinimum: 0, exclusiveMaximum: 1 });
const counted = (description: string) => distinct(description, Type.Integer({ minimum: 0 }));

const net = (description: string) => oneOf(description, BASE_NET_NAMES);
const pictures = Type.String({ description: 'The name of its pictures in `pictures`', minLength: 1 });
const repeats = counted(
  'Repetitions, which differ in what the seed decides but for corpora and folds; an empty list: none is run',
);

/** Settings of single methods of stills; a task that does not have such a method leaves them out. */
const systems = group('Settings of single systems of Table 3', {
  easyFrom: Type.Optional(oneOf('groupgan: which pictures can serve as peaks; val is section 4.1', ['train', 'val'])),
  easyShare: Type.Optional(
    partly('groupgan: the share of each class, those of which the pretrained classifier is surest'),
  ),
  svm: Type.Optional(
    group('lpq, lbp, eoh: the support vector machine with squared hinge loss', {
      cost: Type.Number({ description: 'C, the price of a squared violation of the margin', exclusiveMinimum: 0 }),
      tolerance: Type.Number({
        description:
          "Ends when the projected gradient's largest and smallest component of a pass differ by at most this",
        exclusiveMinimum: 0,
      }),
      maxPasses: Type.Integer({ description: 'Ends after so many passes over all points in any case', minimum: 1 }),
    }),
  ),
  selfCure: Type.Optional(
    group('scn (K. Wang et al. 2020)', {
      rankWeight: share('Of the rank regularisation; the cross-entropy has the rest'),
      highShare: partly('Share of a batch in the group of high importance'),
      rankMargin: weight('How far the means of the two groups should be apart'),
      relabelMargin: weight('By how much the likeliest class must beat the given one for a picture to get a new label'),
      warmUp: share('Share of the iterations before the first relabelling'),
    }),
  ),
  multiTask: Type.Optional(
    group('rn-laf-ada: our reading', {
      landmarkWeight: weight("Of the landmarks' mean squared error; that of the expression is 1"),
      domainWeight: weight("Of the domain branch's cross-entropy"),
      reversal: weight("Times the body's gradient from the domain branch, before its sign is turned"),
      domainUnits: Type.Integer({ description: 'Size of the hidden layer of the domain branch', minimum: 1 }),
    }),
  ),
});

const shared = {
  pictures,
  evaluateOn: oneOf(
    'test: pictures that no setting was chosen on. validation: others, while settings are chosen: of pairs the fold after ' +
      'the one to test on, which training then does not see; of stills those that their corpus calls so',
    ['test', 'validation'],
  ),
  net: orNone(net('The BaseNet of methods that need one, where `nets` is ~')),
  training: ownTraining,
  systems,
};

const pairTask = group('A task on pairs of weak and peak pictures', {
  ...shared,
  methods: distinct('In the order of the columns', oneOf('A method', PAIR_METHOD_NAMES)),
  nets: distinct('BaseNets, each with every method', net('A BaseNet')),
  folds: counted('Which of the folds of its pictures, from 0'),
  repeats: orNone(repeats),
});

const stillTask = group('A task on single pictures, in the splits of their corpus', {
  ...shared,
  methods: distinct('In the order of the rows', oneOf('A method', STILL_METHOD_NAMES)),
  nets: Type.Null({ description: 'None: a BaseNet is a method of its own, or `net`' }),
  folds: Type.Null({ description: 'None: the splits are those of the corpus' }),
  repeats,
});

/** Pictures in the splits of their corpus have no folds. */
export const tasks = byName(
  'Each a block of tables: which methods on which pictures, BaseNets, folds and repetitions; ~: no such dimension',
  byNull('folds', stillTask, pairTask),
);

export type PairTask = Declared<typeof pairTask>;
export type StillTask = Declared<typeof stillTask>;
export type Task = PairTask | StillTask;
export type Systems = Task['systems'];

/** Settings of every system of Table 3. */
export type AllSystems = Required<Systems>;

type WithTraining<Own extends Task> = Omit<Own, 'training'> & { readonly training: Training };

/** A task with all of its training: what is its own, and what it shares with others. */
export type TaskParams = WithTraining<PairTask> | WithTraining<StillTask>;
