import type { Random } from '../base/random.ts';
import type { Difficulty } from './difficulty.ts';
import { ACTION_UNIT_NUMBERS } from './face/action-units.ts';
import type { Activation, ActionUnit } from './face/action-units.ts';
import { NEIGHBOURS, pickVariant } from './face/expressions.ts';
import type { Expression } from './face/expressions.ts';
import type { Identity } from './face/identity.ts';
import { createIdentity } from './face/identity.ts';

/** A person: a face, and a way of using it. */
export interface Subject {
  readonly identity: Identity;
  /** Strength of everything this person shows, around 1. */
  readonly expressivity: number;
  /** This person's strength of each unit, around 1; a small value is a muscle hardly used. */
  readonly habit: Readonly<Record<ActionUnit, number>>;
  /** What each half of the face adds or loses, per unit, -1 to 1: positive is stronger on the picture's right. */
  readonly skew: Readonly<Record<ActionUnit, number>>;
}

export function createSubject(
  random: Random,
  difficulty: Pick<Difficulty, 'idiosyncrasy' | 'expressivitySpread' | 'restingFace'>,
): Subject {
  const { idiosyncrasy } = difficulty;
  const manner = random.fork('manner');
  const bounded = (deviation: number): number => deviation * clampNormal(manner.normal());
  const expressivity = 1 + difficulty.expressivitySpread * clampNormal(manner.normal());
  const habit = {} as Record<ActionUnit, number>;
  const skew = {} as Record<ActionUnit, number>;
  const lopsided = bounded(0.15) * idiosyncrasy;
  for (const unit of ACTION_UNIT_NUMBERS) {
    const missing = manner.uniform() < 0.2 * idiosyncrasy;
    habit[unit] = missing ? 0.2 : Math.max(0.3, 1 + bounded(0.25) * idiosyncrasy);
    skew[unit] = lopsided + bounded(0.12) * idiosyncrasy;
  }
  return { identity: createIdentity(random.fork('identity'), difficulty.restingFace), expressivity, habit, skew };
}

/** The apex of one performance: what each half of the face shows at its strongest. */
export interface Apex {
  readonly left: Activation;
  readonly right: Activation;
  /** Head start of each unit, -1 to 1 (see `performance.ts`). */
  readonly lead: Readonly<Partial<Record<ActionUnit, number>>>;
}

/** How a subject shows an expression this time. */
export function createApex(random: Random, subject: Subject, expression: Expression, difficulty: Difficulty): Apex {
  const units = pickVariant(random, expression);
  const neighbour = pickVariant(random, random.pick(NEIGHBOURS[expression]));
  // Contempt shows on one side; which one is the subject's.
  const side = expression === 'contempt' ? (subject.identity.parting > 0 ? 1 : -1) : 0;
  return createApexOf(random, subject, { units, neighbour, halves: () => oneSided(side, 0.12) }, difficulty);
}

/** What is to be shown, before a subject's habits and chance change it. */
export interface Plan {
  readonly units: Activation;
  /** What may be mixed in. */
  readonly neighbour: Activation;
  /** Shares of a unit's strength that the left and the right half show. */
  readonly halves: (unit: ActionUnit) => readonly [left: number, right: number];
}

/** The halves of a unit that shows on one side (-1 left, 1 right) and leaves a rest on the other; 0 is both sides. */
export function oneSided(side: -1 | 0 | 1, rest: number): readonly [left: number, right: number] {
  return [side > 0 ? rest : 1, side < 0 ? rest : 1];
}

/** How a subject shows any plan this time. */
export function createApexOf(
  random: Random,
  subject: Subject,
  { units, neighbour, halves }: Plan,
  difficulty: Pick<Difficulty, 'idiosyncrasy' | 'blend' | 'peakIntensity'>,
): Apex {
  const { idiosyncrasy } = difficulty;
  const share = 0.55 * difficulty.blend * random.uniform();
  const extra = random.pick(ACTION_UNIT_NUMBERS);
  const extraStrength = random.uniform() < 0.5 * idiosyncrasy ? random.between(0.1, 0.45) : 0;
  const strength = subject.expressivity * random.between(difficulty.peakIntensity.min, difficulty.peakIntensity.max);

  const left: Partial<Record<ActionUnit, number>> = {};
  const right: Partial<Record<ActionUnit, number>> = {};
  const lead: Partial<Record<ActionUnit, number>> = {};
  for (const unit of ACTION_UNIT_NUMBERS) {
    const pure = (units[unit] ?? 0) * (1 - 0.3 * share) + (neighbour[unit] ?? 0) * share;
    const wobble = 1 + 0.15 * idiosyncrasy * clampNormal(random.normal());
    const value = strength * subject.habit[unit] * wobble * pure + (unit === extra ? extraStrength * strength : 0);
    lead[unit] = 0.6 * idiosyncrasy * random.between(-1, 1);
    if (value <= 0.005) continue;
    const tilt = subject.skew[unit];
    const [onLeft, onRight] = halves(unit);
    left[unit] = bound(value * (1 - tilt) * onLeft);
    right[unit] = bound(value * (1 + tilt) * onRight);
  }
  return { left, right, lead };
}

function clampNormal(value: number): number {
  return Math.min(2, Math.max(-2, value));
}

function bound(value: number): number {
  return Math.min(1.1, Math.max(0, value));
}
