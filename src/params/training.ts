import Type from 'typebox';
import { BASE_NET_NAMES } from '../science/names.ts';
import { type Declared, group, oneOf, partOf } from './declare.ts';

const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1 });
const weight = (description: string) => Type.Number({ description, minimum: 0 });
const positive = (description: string) => Type.Number({ description, exclusiveMinimum: 0 });
const whole = (description: string, minimum = 1) => Type.Integer({ description, minimum });

/** A training of one network alone. */
const solo = (description: string) =>
  group(description, {
    iterations: whole('Steps', 0),
    batch: whole('Pictures in a batch'),
    learningRate: positive('Of the optimiser, before the schedule'),
  });

/** Learns from the peaks of the training people, with a seed of its own and the networks of its task. */
export const judge = group('The judge of magnified pictures: a classifier that takes part in no game', {
  net: oneOf('Its BaseNet', BASE_NET_NAMES),
  iterations: whole('Steps', 0),
  batch: whole('Pictures in a batch'),
  learningRate: positive('Of the optimiser, before the schedule'),
});

const width = positive("Times the paper's channels of every convolution");

export const training = group('How networks are built and trained', {
  model: group('The BaseNets: classifier and extractor', {
    width,
    dense: Type.Array(Type.Integer({ minimum: 1 }), {
      description:
        'Sizes of the dense layers before the last; the last of them is the size of F_exp. The paper: 512, 256',
      minItems: 1,
      maxItems: 2,
    }),
    normalization: oneOf('Of the convolutions; the paper: none', ['batch', 'none']),
    residualGamma: share(
      'Where the last batch normalisation of each residual path of a ResNet starts: 0 the identity, 1 as torchvision',
    ),
    init: group('Where the weights of every network start', {
      kind: oneOf('he: N(0, 2 / fan-in), biases 0; gaussian: N(0, sd), the paper', ['he', 'gaussian']),
      sd: positive('gaussian: standard deviation; the paper: 0.01'),
      bias: Type.Number({ description: 'gaussian: start of the biases; the paper: 1' }),
    }),
  }),
  generator: group('G', {
    width,
    skips: Type.Boolean({ description: 'Connections from the encoder to the decoder; the paper: false' }),
    output: oneOf('residual: what is added to the picture; tanh: the picture, as in the paper', ['residual', 'tanh']),
  }),
  discriminator: group("D and D'", { width, dense: whole('Size of the dense layer') }),
  optimizer: group('What moves the weights', {
    kind: oneOf('The paper: sgd', ['adam', 'sgd']),
    momentum: share('sgd: share of the velocity that is kept; the paper: 0.9'),
    beta1: share('adam: decay rate of the first moment'),
    beta2: share('adam: decay rate of the second moment'),
    weightDecay: weight('L2 penalty on every weight and bias, added to the gradient; the paper: 0.005'),
  }),
  augment: group('Beside the random crops from data.resize to data.size, both pictures of a pair alike', {
    flip: Type.Boolean({ description: 'Mirror half of the pictures' }),
  }),
  pretrainE: solo('C, from which E starts, on peaks (Algorithm 1, line 1)'),
  pretrainG: solo("G's encoder and decoder on all pictures (Algorithm 1, line 2)"),
  train: group('The training of a method (Algorithm 1, the loop)', {
    batch: whole('Pairs in a batch of the GAN methods, pictures in one of cnn'),
    iterations: group('Steps; equal numbers show every classifier as many weak pictures', {
      cnn: whole('Of the methods without a generator'),
      gan: whole('Of the methods with a generator'),
    }),
    learningRates: group('Before the schedule', {
      generator: positive('G; the paper: 1e-4'),
      discriminator: positive("D and D'"),
      extractor: positive('E'),
      classifier: positive('C, where it learns: classifier.update joint or fine-tune'),
      cnn: positive('The classifier of the methods without a generator'),
    }),
    schedule: group('By what every learning rate is multiplied; of pretraining, too', {
      kind: oneOf(
        'constant; step: once, at a share of the iterations; plateau: whenever the training loss has stopped falling ' +
          "(PyTorch's ReduceLROnPlateau, counted in reports)",
        ['constant', 'step', 'plateau'],
      ),
      at: share('step: where, as a share of the iterations'),
      factor: share('What a drop multiplies the rates by'),
      patience: whole('plateau: reports without a lower loss; the one after them drops'),
      threshold: Type.Number({
        description: 'plateau: by which share of the best loss so far another must be lower to count as lower',
        minimum: 0,
        exclusiveMaximum: 1,
      }),
      minimum: share('plateau: the least that drops leave of the rates at the start'),
    }),
  }),
  adversarial: group('The adversarial terms of Eqs 6 and 13', {
    form: oneOf('saturating: log(1 - D(fake)) as in Eq. 2; non-saturating: -log D(fake)', [
      'saturating',
      'non-saturating',
    ]),
    alphaG: weight('Eq. 6: of fooling D'),
    betaG: weight("Eq. 6: of fooling D'"),
    gammaG: weight('Eq. 6: of the classification energy'),
    alphaE: weight('Eq. 13: of fooling D'),
    betaE: weight("Eq. 13: of fooling D'"),
    lambda: weight('Eq. 3: of fooling D in DCGAN'),
  }),
  content: group("The generator's distance to the real peak", {
    kind: oneOf('pixel: Eq. 12; perceptual: Eq. 20', ['pixel', 'perceptual']),
    reduction: oneOf('Over the numbers of a picture; over a batch it is a mean', ['mean', 'sum']),
  }),
  players: group('Who sees which synthesis', {
    share: Type.Boolean({
      description: "true: one synthesis an iteration serves D and D', one G and E; false: Algorithm 1 to the letter",
    }),
  }),
  dprime: group("D', which tells real peaks from others", {
    negatives: oneOf('What it learns to reject', ['fake', 'fake+weak']),
  }),
  classifier: group('C during the game', {
    update: oneOf(
      'frozen: as pretrained on peaks (section 3.1); fine-tune: frozen, then trained on magnified pictures; joint: ' +
        'trained on peaks and fakes in every iteration',
      ['frozen', 'fine-tune', 'joint'],
    ),
    iterations: whole('Steps of fine-tune'),
  }),
  baseline: group('The CNN columns', {
    start: oneOf('pretrained: from C pretrained on peaks, as the GAN methods; scratch: from random weights', [
      'pretrained',
      'scratch',
    ]),
  }),
  logEvery: whole('Iterations between two rows of the history'),
});

/** Keys of `training` that are replaced for one task. */
export const ownTraining = partOf('What replaces keys of `training` for this task', training);

export type Training = Declared<typeof training>;
export type OwnTraining = Declared<typeof ownTraining>;
