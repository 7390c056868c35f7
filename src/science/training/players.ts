import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialForm, Reduction } from '../losses/losses.ts';
import {
  classificationEnergy,
  contentEnergy,
  discriminatorLoss,
  foolingEnergy,
  perceptualEnergy,
} from '../losses/losses.ts';
import type { Classifier, Extractor } from '../models/base-net.ts';
import type { Discriminator } from '../models/discriminator.ts';
import type { Generator } from '../models/generator.ts';
import type { Network } from '../models/network.ts';
import type { Training } from '../../params/training.ts';
import { pullBack, record, unrecorded } from '../../compute/tape.ts';
import type { ImageTensors, PairTensors } from './batch.ts';

/** Who plays. 1V2 has no extractor; DCGAN has neither extractor nor peak discriminator; restoration has G alone. */
export interface Players {
  /** G */
  readonly generator: Generator;
  /** E */
  readonly extractor: Extractor | null;
  /** D, real or fake */
  readonly discriminator: Discriminator | null;
  /** D', peak or not */
  readonly peakDiscriminator: Discriminator | null;
  /** C, which judges but does not compete */
  readonly classifier: Classifier;
}

/** The weights of the energies and how they are measured. */
export interface Rules {
  readonly form: AdversarialForm;
  /** Weights in Eq. 6 (alpha_G, beta_G, gamma_G); for DCGAN `fooling` is the lambda of Eq. 3. */
  readonly generator: { readonly fooling: number; readonly foolingPeak: number; readonly classification: number };
  /** Weights in Eq. 13 (alpha_E, beta_E). */
  readonly extractor: { readonly fooling: number; readonly foolingPeak: number };
  readonly content: { readonly kind: 'pixel' | 'perceptual'; readonly reduction: Reduction };
  /** What D' learns to reject: fakes, or fakes and real weak pictures. */
  readonly peakNegatives: 'fake' | 'fake+weak';
}

/**
 * The rules as params have them.
 *
 * @param isGroup Eq. 6, with the classification energy; false: Eq. 3 of DCGAN
 */
export function rulesOf(
  { adversarial, content, dprime }: Pick<Training, 'adversarial' | 'content' | 'dprime'>,
  isGroup: boolean,
): Rules {
  const { form, alphaG, betaG, gammaG, alphaE, betaE, lambda } = adversarial;
  return {
    form,
    generator: isGroup
      ? { fooling: alphaG, foolingPeak: betaG, classification: gammaG }
      : { fooling: lambda, foolingPeak: 0, classification: 0 },
    extractor: { fooling: alphaE, foolingPeak: betaE },
    content,
    peakNegatives: dprime.negatives,
  };
}

/** A batch and what G made of it, on the tape of the current recording. */
export interface Synthesis {
  readonly batch: PairTensors;
  /** F_exp = E(X^weak), null without E. */
  readonly expression: tf.Tensor2D | null;
  /** X_fake = G(X^weak, F_exp). */
  readonly fake: tf.Tensor4D;
  /** Energies that one of the players has asked for already. */
  readonly energies: Map<EnergyName, Energy>;
}

/** The terms of Eq. 6, in its order. */
const GENERATOR_TERMS = ['content', 'fooling', 'foolingPeak', 'classification'] as const;
type EnergyName = (typeof GENERATOR_TERMS)[number];

/** A term of Eqs 6 and 13 and how it changes with the two things that G and E make. */
type Energy = {
  readonly value: tf.Scalar;
  readonly onFake: tf.Tensor4D;
  /** Through the condition of a discriminator, where the term has one. */
  readonly onExpression?: tf.Tensor2D;
  /** Share of pictures classified rightly, for the classification energy. */
  readonly accuracy?: tf.Scalar;
};

/** The loss that a player minimises, and the gradients of its weights in their order. */
export type PlayerLoss = {
  readonly loss: tf.Scalar;
  readonly gradients: tf.Tensor[];
  /** The energies that the loss sums up, before their weights, and accuracies, by name. */
  readonly parts: Readonly<Record<string, tf.Scalar>>;
};

const INFERENCE = { training: false } as const;

/** The trainable tensors of a player, in the order its optimiser expects. */
export function weightsOf(network: Network): tf.Variable[] {
  return [...network.weights.values()];
}

/** Synthesises X_fake from the weak pictures of a batch. */
export function synthesize(players: Players, batch: PairTensors): Synthesis {
  const expression = players.extractor?.extract(batch.weak, { training: true }).expression ?? null;
  return { batch, expression, fake: players.generator.magnify(batch.weak, expression), energies: new Map() };
}

/** D, Eq. 4: positives are real pictures, weak and peak; negatives are fakes. */
export function discriminatorPlayerLoss(discriminator: Discriminator, synthesis: Synthesis): PlayerLoss {
  return separate('discriminatorAccuracy', discriminator, synthesis.batch.real, [synthesis.fake], synthesis.expression);
}

/** D', Eq. 5: positives are real peaks; negatives are fakes, and real weak pictures if the rules say so. */
export function peakDiscriminatorPlayerLoss(
  discriminator: Discriminator,
  rules: Rules,
  synthesis: Synthesis,
): PlayerLoss {
  const { peak, weak } = synthesis.batch;
  const negatives = rules.peakNegatives === 'fake' ? [synthesis.fake] : [synthesis.fake, weak];
  return separate('peakDiscriminatorAccuracy', discriminator, peak, negatives, synthesis.expression);
}

/** Reals and fakes alike are judged beside the F_exp of their pair (Eqs 14 to 17). The accuracy is reported by name. */
function separate(
  accuracyName: string,
  discriminator: Discriminator,
  positives: tf.Tensor4D,
  negatives: readonly tf.Tensor4D[],
  expression: tf.Tensor2D | null,
): PlayerLoss {
  return record(() => {
    // One pass over all pictures: the network has no batch statistics, so that they do not see each other.
    const images = tf.concat([positives, ...negatives]);
    const conditions = expression === null ? null : tf.concat([expression, ...negatives.map(() => expression)]);
    const logits = discriminator.judge(images, conditions);
    const batch = positives.shape[0];
    const [real, fake] = [tf.slice(logits, [0, 0], [batch, 1]), tf.slice(logits, [batch, 0])];
    const loss = discriminatorLoss(real, fake);
    const parts = { [accuracyName]: separation(real, fake) };
    return { loss, gradients: pullBack(loss, weightsOf(discriminator)), parts };
  });
}

/** How well a discriminator tells the two sides apart: mean of the shares judged rightly on each, 0.5 for guessing. */
export function separation(real: tf.Tensor, fake: tf.Tensor): tf.Scalar {
  return unrecorded(() => {
    const right = [tf.greater(real, 0), tf.lessEqual(fake, 0)].map((side) => tf.mean(tf.cast(side, 'float32')));
    return tf.mean(tf.stack(right));
  });
}

/** G, Eq. 6. */
export function generatorPlayerLoss(players: Players, rules: Rules, synthesis: Synthesis): PlayerLoss {
  const terms = termsOf(players, rules, synthesis, { content: 1, ...rules.generator });
  const onFake = weightedSum(terms.map(({ energy, weight }) => [energy.onFake, weight]));
  const { loss, parts } = sumOf(terms);
  const gradients = pullBack(synthesis.fake, weightsOf(players.generator), onFake);
  return { loss, gradients, parts: { ...parts, ...gradientNorms(terms) } };
}

/**
 * How hard each term of G's loss pulls at the fakes: the Euclidean norm of its gradient, times its weight. Beside a term
 * that pulls much harder, another counts for little, whatever the values of the energies are.
 */
function gradientNorms(terms: readonly Term[]): Record<string, tf.Scalar> {
  return unrecorded(() =>
    Object.fromEntries(
      terms.map(({ name, energy: { onFake }, weight }) => [
        gradientNormOf(name),
        tf.mul(tf.sqrt(tf.sum(tf.mul(onFake, onFake))), weight),
      ]),
    ),
  );
}

/** The measure that holds the gradient norm of a term. */
function gradientNormOf(term: EnergyName): string {
  return `${term}Gradient`;
}

/**
 * What share of the pull at G's pictures each term of its loss has, in the order of `GENERATOR_TERMS`; null where there are
 * fewer than two terms.
 *
 * @param measures of a report of the game
 * @returns shares of the sum of the gradients' norms, in [0, 1]
 */
export function gradientShares(measures: Measured): ReadonlyMap<EnergyName, number> | null {
  const norms = GENERATOR_TERMS.flatMap((term): [EnergyName, number][] => {
    const norm = measures[gradientNormOf(term)];
    return norm === undefined ? [] : [[term, norm]];
  });
  const sum = norms.reduce((total, [, norm]) => total + norm, 0);
  if (norms.length < 2 || sum === 0) return null;
  return new Map(norms.map(([term, norm]) => [term, norm / sum]));
}

type Measured = Readonly<Record<string, number>>;

/** E, Eq. 13: no content term, so its gradient is kept apart from G's although both share the synthesis. */
export function extractorPlayerLoss(
  extractor: Extractor,
  players: Players,
  rules: Rules,
  synthesis: Synthesis,
): PlayerLoss {
  const { expression, fake } = synthesis;
  if (expression === null) throw new Error('an extractor has no loss in a synthesis that was made without one');
  const terms = termsOf(players, rules, synthesis, { content: 0, ...rules.extractor, classification: 1 });
  const onFake = weightedSum(terms.map(({ energy, weight }) => [energy.onFake, weight]));
  // F_exp acts twice: in the bottleneck of G, and as the condition of D and D'.
  const [throughFake] = pullBack(fake, [expression], onFake) as [tf.Tensor2D];
  const throughConditions = terms.flatMap(({ energy, weight }): [tf.Tensor2D, number][] =>
    energy.onExpression === undefined ? [] : [[energy.onExpression, weight]],
  );
  const onExpression = weightedSum([[throughFake, 1], ...throughConditions]);
  return { ...sumOf(terms), gradients: pullBack(expression, weightsOf(extractor), onExpression) };
}

/** C, Eq. 11, where it learns at all: cross-entropy on the given pictures. */
export function classifierPlayerLoss(classifier: Classifier, { images, oneHot }: ImageTensors): PlayerLoss {
  return record(() => {
    const logits = classifier.classify(images, { training: true });
    const loss = classificationEnergy(logits, oneHot);
    const gradients = pullBack(loss, weightsOf(classifier));
    return { loss, gradients, parts: { accuracy: accuracy(logits, oneHot) } };
  });
}

/** Share of logits whose largest is the true class. */
export function accuracy(logits: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Scalar {
  return unrecorded(() => tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), tf.argMax(oneHot, 1)), 'float32')));
}

interface Term {
  readonly name: EnergyName;
  readonly energy: Energy;
  readonly weight: number;
}

/** The terms of a player's loss that count and that this game has. */
function termsOf(
  players: Players,
  rules: Rules,
  synthesis: Synthesis,
  weights: Readonly<Record<EnergyName, number>>,
): readonly Term[] {
  return GENERATOR_TERMS.filter((name) => weights[name] !== 0)
    .filter((name) => name !== 'fooling' || players.discriminator !== null)
    .filter((name) => name !== 'foolingPeak' || players.peakDiscriminator !== null)
    .map((name) => ({ name, weight: weights[name], energy: energyOf(name, players, rules, synthesis) }));
}

/** An energy of a synthesis, computed when the first player asks for it. */
function energyOf(name: EnergyName, players: Players, rules: Rules, synthesis: Synthesis): Energy {
  const known = synthesis.energies.get(name);
  if (known !== undefined) return known;
  // The synthesis outlives the update that asks first; of what the computation took, only the energy stays.
  const computed = tf.tidy(() => record(() => compute(name, players, rules, synthesis)));
  synthesis.energies.set(name, computed);
  return computed;
}

function compute(name: EnergyName, players: Players, rules: Rules, synthesis: Synthesis): Energy {
  const { fake, batch } = synthesis;
  switch (name) {
    case 'content':
      return plain(contentOf(players, rules, synthesis), fake);
    case 'classification': {
      const logits = players.classifier.classify(fake, INFERENCE);
      return { ...plain(classificationEnergy(logits, batch.oneHot), fake), accuracy: accuracy(logits, batch.oneHot) };
    }
    case 'fooling':
      if (players.discriminator === null) throw new Error('this game has no discriminator to fool');
      return fool(players.discriminator, rules, synthesis);
    case 'foolingPeak':
      if (players.peakDiscriminator === null) throw new Error('this game has no discriminator of peaks to fool');
      return fool(players.peakDiscriminator, rules, synthesis);
  }
}

function contentOf(players: Players, rules: Rules, { fake, batch }: Synthesis): tf.Scalar {
  const { kind, reduction } = rules.content;
  if (kind === 'pixel') return contentEnergy(batch.peak, fake, reduction);
  // "Calculated by extractor" (§4.3); where there is none, by the classifier it would have come from.
  const network = players.extractor ?? players.classifier;
  const peakMap = unrecorded(() => network.extract(batch.peak, INFERENCE).featureMap);
  return perceptualEnergy(peakMap, network.extract(fake, INFERENCE).featureMap, reduction);
}

function plain(value: tf.Scalar, fake: tf.Tensor4D): Energy {
  const [onFake] = pullBack(value, [fake]) as [tf.Tensor4D];
  return { value, onFake };
}

function fool(discriminator: Discriminator, rules: Rules, { fake, expression }: Synthesis): Energy {
  // A copy, because the tape also leads from F_exp to the fake: to the copy comes the condition's own share alone.
  const condition = expression === null ? null : tf.clone(expression);
  const value = foolingEnergy(discriminator.judge(fake, condition), rules.form);
  if (condition === null) return plain(value, fake);
  const [onFake, onExpression] = pullBack(value, [fake, condition]) as [tf.Tensor4D, tf.Tensor2D];
  return { value, onFake, onExpression };
}

function sumOf(terms: readonly Term[]): Pick<PlayerLoss, 'loss' | 'parts'> {
  const parts: Record<string, tf.Scalar> = {};
  for (const { name, energy } of terms) {
    parts[name] = energy.value;
    if (energy.accuracy !== undefined) parts['accuracyOfFakes'] = energy.accuracy;
  }
  return { loss: weightedSum(terms.map(({ energy, weight }) => [energy.value, weight])), parts };
}

function weightedSum<T extends tf.Tensor>(parts: readonly (readonly [T, number])[]): T {
  const scaled = parts.map(([tensor, weight]) => (weight === 1 ? tensor : tf.mul<T>(tensor, weight)));
  const [first, ...rest] = scaled;
  if (first === undefined) throw new Error('a player whose every energy has weight 0 cannot move');
  return rest.reduce((sum, tensor) => tf.add<T>(sum, tensor), first);
}
