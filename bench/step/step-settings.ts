import { rowsInMemory } from '../../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../../src/science/data/prepared/prepared.ts';
import type { MethodOptions } from '../../src/science/methods/options.ts';

import type { MethodShape } from '../../src/science/methods/method.ts';
import { BASE_NET_NAMES, type BaseNetName, PAIR_METHOD_NAMES } from '../../src/science/names.ts';
import { createRandom } from '../../src/base/random.ts';
import { defaultParams } from '../support/default-params.ts';

/** What `bench step` measures: the methods, and both pretrainings. */
export const STEPS = ['pretrain-e', 'pretrain-g', ...PAIR_METHOD_NAMES] as const;
export type StepName = (typeof STEPS)[number];

/** One training whose steps are timed. A worker gets this as JSON: ours (step-worker.ts), and PyTorch's. */
export interface StepSettings {
  readonly method: StepName;
  readonly net: BaseNetName;
  /** Pixels a side. */
  readonly size: number;
  readonly batch: number;
  /** Of every network: multiplies the paper's channels. */
  readonly width: number;
  /** Of a picture: 1 or 3. */
  readonly channels: number;
  /** One synthesis for all players of an iteration. */
  readonly share: boolean;
}

/** What only the twin needs to be told, because it does not read our options. */
export interface TwinSettings extends StepSettings {
  readonly threads: number;
  readonly layout: 'contiguous' | 'channels_last';
  readonly dense: readonly number[];
  readonly discriminatorDense: number;
  readonly rates: Readonly<Record<'generator' | 'discriminator' | 'extractor' | 'classifier', number>>;
  readonly weights: {
    readonly fooling: number;
    readonly foolingPeak: number;
    readonly classification: number;
    readonly extractor: { readonly fooling: number; readonly foolingPeak: number };
  };
  readonly peakNegatives: 'fake' | 'fake+weak';
  readonly classifierLearns: boolean;
}

/** The default options at the size of `settings`, for more steps than anybody asks for. */
export function methodOptions({ size, batch, width, share }: StepSettings): MethodOptions {
  const iterations = 1_000_000;
  const solo = { iterations, batch, learningRate: 1e-3 };
  const { training } = defaultParams();
  return {
    ...training,
    model: { ...training.model, width },
    generator: { ...training.generator, width },
    discriminator: { ...training.discriminator, width },
    pretrainE: solo,
    pretrainG: solo,
    train: { ...training.train, batch, iterations: { cnn: iterations, gan: iterations } },
    systems: {},
    players: { share },
    augment: { crop: size, flip: true },
    logEvery: 1,
  };
}

export const CLASSES = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'] as const;

/** Random pictures, twice as many weak ones as peaks. */
export function randomPairs({ size, channels }: Pick<StepSettings, 'size' | 'channels'>): PairSet {
  const random = createRandom(1);
  const labels = Uint8Array.from({ length: 8 * CLASSES.length }, (_, index) => index % CLASSES.length);
  const values = size * size * channels;
  const pixels = (count: number) =>
    rowsInMemory(
      Uint8Array.from({ length: count * values }, () => random.integer(256)),
      values,
    );
  return {
    size: { height: size, width: size, channels: channels === 3 ? 3 : 1 },
    classes: [...CLASSES],
    labels,
    subjects: [...labels].map(String),
    ids: [...labels].map((_, index) => String(index)),
    peaks: pixels(labels.length),
    weaks: pixels(2 * labels.length),
    weakSequence: Int32Array.from({ length: 2 * labels.length }, (_, index) => index >> 1),
  };
}

export function methodShape(settings: StepSettings): MethodShape {
  const { net, channels } = settings;
  return { net, channels: channels === 3 ? 3 : 1, classes: CLASSES.length, options: methodOptions(settings) };
}

/** The settings that make PyTorch do the work of our options. */
export function twinSettings(settings: StepSettings, threads: number, layout: TwinSettings['layout']): TwinSettings {
  const { model, discriminator, adversarial, train, dprime, classifier } = methodOptions(settings);
  const { alphaG, betaG, gammaG, alphaE, betaE, lambda } = adversarial;
  const dcgan = settings.method === 'dcgan';
  return {
    ...settings,
    threads,
    layout,
    dense: model.dense,
    discriminatorDense: discriminator.dense,
    rates: train.learningRates,
    weights: {
      fooling: dcgan ? lambda : alphaG,
      foolingPeak: betaG,
      classification: gammaG,
      extractor: { fooling: alphaE, foolingPeak: betaE },
    },
    peakNegatives: dprime.negatives,
    classifierLearns: classifier.update === 'joint',
  };
}

export function isStep(name: string): name is StepName {
  return (STEPS as readonly string[]).includes(name);
}

export function isBaseNet(name: string): name is BaseNetName {
  return (BASE_NET_NAMES as readonly string[]).includes(name);
}
