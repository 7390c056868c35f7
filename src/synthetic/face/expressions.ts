import type { Random } from '../../base/random.ts';
import type { Activation } from './action-units.ts';

/** The expressions of CK+ and Oulu-CASIA. */
export type Expression = 'anger' | 'contempt' | 'disgust' | 'fear' | 'happiness' | 'sadness' | 'surprise';

/** The six that both corpora share. */
export const BASIC_EXPRESSIONS = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'] as const;

/** One way of showing an expression, and how often it is shown so. */
export interface Variant {
  readonly share: number;
  readonly units: Activation;
}

/**
 * Prototypes and major variants after the FACS Investigator's Guide (Ekman, Friesen & Hager 2002, emotion prediction
 * table) and the criteria by which CK+ assigned its labels (Lucey et al. 2010, Table 1).
 */
export const PROTOTYPES: Readonly<Record<Expression, readonly Variant[]>> = {
  anger: [
    { share: 0.4, units: { 4: 1, 5: 0.45, 7: 0.85, 23: 0.9, 24: 0.5, 17: 0.35 } },
    { share: 0.35, units: { 4: 1, 7: 0.9, 24: 1, 17: 0.6 } },
    { share: 0.25, units: { 4: 1, 5: 0.5, 7: 0.8, 10: 0.45, 23: 0.5, 25: 0.7 } },
  ],
  contempt: [
    { share: 0.75, units: { 14: 1, 12: 0.25 } },
    { share: 0.25, units: { 14: 0.9, 24: 0.3 } },
  ],
  disgust: [
    { share: 0.4, units: { 9: 1, 4: 0.35, 7: 0.5, 17: 0.6, 10: 0.4 } },
    { share: 0.35, units: { 9: 0.75, 10: 0.9, 6: 0.4, 7: 0.4, 25: 0.55 } },
    { share: 0.25, units: { 10: 1, 9: 0.5, 15: 0.35, 17: 0.7, 11: 0.5 } },
  ],
  fear: [
    { share: 0.45, units: { 1: 1, 2: 0.6, 4: 0.7, 5: 0.9, 20: 0.9, 25: 0.8 } },
    { share: 0.3, units: { 1: 1, 2: 0.4, 4: 0.8, 5: 0.7, 7: 0.3, 20: 1, 25: 0.6 } },
    { share: 0.25, units: { 1: 0.9, 2: 0.7, 4: 0.5, 5: 1, 20: 0.6, 25: 0.8, 26: 0.5 } },
  ],
  happiness: [
    { share: 0.55, units: { 6: 0.85, 12: 1, 25: 0.9 } },
    { share: 0.25, units: { 6: 0.7, 12: 0.95 } },
    { share: 0.2, units: { 6: 1, 12: 1, 25: 1, 26: 0.5 } },
  ],
  sadness: [
    { share: 0.5, units: { 1: 1, 4: 0.6, 15: 1, 17: 0.45 } },
    { share: 0.25, units: { 1: 0.85, 4: 0.8, 15: 0.8, 17: 0.8, 11: 0.4, 7: 0.3 } },
    { share: 0.25, units: { 1: 1, 4: 0.4, 6: 0.3, 15: 0.95, 11: 0.4 } },
  ],
  surprise: [
    { share: 0.5, units: { 1: 1, 2: 1, 5: 0.75, 25: 0.6, 27: 0.9 } },
    { share: 0.3, units: { 1: 0.95, 2: 0.95, 5: 0.7, 25: 0.5, 26: 1 } },
    { share: 0.2, units: { 1: 1, 2: 1, 5: 0.9, 25: 0.6, 26: 0.7 } },
  ],
};

/** Expressions that share muscles with each other, and so are taken for one another when weak. */
export const NEIGHBOURS: Readonly<Record<Expression, readonly Expression[]>> = {
  anger: ['disgust', 'sadness'],
  contempt: ['happiness', 'anger'],
  disgust: ['anger', 'sadness'],
  fear: ['surprise', 'sadness'],
  happiness: ['disgust', 'contempt'],
  sadness: ['anger', 'fear', 'disgust'],
  surprise: ['fear'],
};

/** A variant drawn by its share. */
export function pickVariant(random: Random, expression: Expression): Activation {
  const variants = PROTOTYPES[expression];
  let rest = random.uniform() * variants.reduce((sum, variant) => sum + variant.share, 0);
  for (const variant of variants) {
    rest -= variant.share;
    if (rest < 0) return variant.units;
  }
  return variants[0]?.units ?? {};
}
