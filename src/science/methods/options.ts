import type { AdversarialForm, Reduction } from '../losses/losses.ts';
import type { Normalization } from '../models/layers.ts';
import type { Initialization } from '../models/network.ts';
import type { OptimizerOptions } from '../training/optimizer.ts';
import type { ScheduleOptions } from '../training/schedule.ts';

/** A training of one network alone. */
export interface SoloTraining {
  readonly iterations: number;
  readonly batch: number;
  readonly learningRate: number;
}

/** Everything that can be set about the methods, named as in params/*.yaml. docs/paper-to-code.md says why each is so. */
export interface MethodOptions {
  /** The BaseNets: C, E and the paper's `CNN`. */
  readonly model: {
    /** Multiplies the channels of every convolution; 1 is the paper. */
    readonly width: number;
    /** Dense layers before the last; the last of them is the length of F_exp. The paper: [512, 256]. */
    readonly dense: readonly number[];
    readonly normalization: Normalization;
    /** Where the last batch normalisation of each residual path starts: 0 (identity) to 1. ResNets only. */
    readonly residualGamma: number;
    /** For every network. */
    readonly init: Initialization;
  };
  readonly generator: { readonly width: number; readonly skips: boolean; readonly output: 'tanh' | 'residual' };
  readonly discriminator: { readonly width: number; readonly dense: number };
  /** C, from which E starts, on peaks. */
  readonly pretrainE: SoloTraining;
  /** G's encoder and decoder on all pictures. */
  readonly pretrainG: SoloTraining;
  readonly train: {
    /** Pairs in a batch of the GAN methods, pictures in a batch of `cnn`. */
    readonly batch: number;
    readonly iterations: { readonly cnn: number; readonly gan: number };
    readonly learningRates: {
      readonly generator: number;
      /** D and D'. */
      readonly discriminator: number;
      readonly extractor: number;
      /** C with `classifier.update` joint or fine-tune. */
      readonly classifier: number;
      /** The CNN baselines. */
      readonly cnn: number;
    };
    /** Of pretraining, too. */
    readonly schedule: ScheduleOptions;
  };
  readonly optimizer: OptimizerOptions;
  readonly adversarial: {
    readonly form: AdversarialForm;
    /** Eq. 6. */
    readonly alphaG: number;
    readonly betaG: number;
    readonly gammaG: number;
    /** Eq. 13. */
    readonly alphaE: number;
    readonly betaE: number;
    /** Eq. 3, DCGAN. */
    readonly lambda: number;
  };
  readonly content: { readonly kind: 'pixel' | 'perceptual'; readonly reduction: Reduction };
  /** One synthesis for all players of an iteration, or one for each as Algorithm 1 is printed. */
  readonly players: { readonly share: boolean };
  readonly dprime: { readonly negatives: 'fake' | 'fake+weak' };
  readonly classifier: {
    /**
     * frozen: C stays as pretrained on peaks (§3.1). fine-tune: frozen during the game, then trained on magnified
     * training pictures. joint: trained on peaks and fakes in every iteration.
     */
    readonly update: 'frozen' | 'fine-tune' | 'joint';
    /** Iterations of `fine-tune`. */
    readonly iterations: number;
  };
  readonly baseline: {
    /** Whether the CNN baselines go on from the C pretrained on peaks, as the GAN methods do, or start anew. */
    readonly start: 'pretrained' | 'scratch';
  };
  readonly augment: {
    /** Side of the pictures that the networks see, in pixels: cut from the larger prepared pictures. */
    readonly crop: number;
    readonly flip: boolean;
  };
  /** Steps between two reports. */
  readonly logEvery: number;
}

/** The practical settings, with which the networks train at a small scale (params/paper.yaml has the paper's). */
export const DEFAULT_OPTIONS: MethodOptions = {
  model: {
    width: 0.25,
    dense: [512, 256],
    normalization: 'batch',
    residualGamma: 0,
    init: { kind: 'he', sd: 0.01, bias: 1 },
  },
  generator: { width: 0.25, skips: true, output: 'residual' },
  discriminator: { width: 0.25, dense: 256 },
  pretrainE: { iterations: 800, batch: 16, learningRate: 1e-3 },
  pretrainG: { iterations: 200, batch: 16, learningRate: 1e-3 },
  train: {
    batch: 16,
    iterations: { cnn: 700, gan: 700 },
    learningRates: { generator: 1e-3, discriminator: 2e-4, extractor: 1e-4, classifier: 3e-4, cnn: 3e-4 },
    schedule: { kind: 'step', at: 0.7, factor: 0.2, patience: 10, threshold: 1e-4, minimum: 0.1 },
  },
  optimizer: { kind: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, weightDecay: 0 },
  adversarial: {
    form: 'non-saturating',
    alphaG: 2e-3,
    betaG: 2e-3,
    gammaG: 0.01,
    alphaE: 2e-3,
    betaE: 2e-3,
    lambda: 2e-3,
  },
  content: { kind: 'pixel', reduction: 'mean' },
  players: { share: true },
  dprime: { negatives: 'fake+weak' },
  classifier: { update: 'joint', iterations: 200 },
  baseline: { start: 'pretrained' },
  augment: { crop: 48, flip: true },
  logEvery: 20,
};
