/**
 * Action units of the Facial Action Coding System (Ekman & Friesen 1978): what each muscle movement is called, and how
 * strongly each half of a face shows it.
 */

/** The action units this face can show, with the names FACS gives them. */
export const ACTION_UNITS = {
  1: 'inner brow raiser',
  2: 'outer brow raiser',
  4: 'brow lowerer',
  5: 'upper lid raiser',
  6: 'cheek raiser',
  7: 'lid tightener',
  9: 'nose wrinkler',
  10: 'upper lip raiser',
  11: 'nasolabial deepener',
  12: 'lip corner puller',
  14: 'dimpler',
  15: 'lip corner depressor',
  17: 'chin raiser',
  20: 'lip stretcher',
  23: 'lip tightener',
  24: 'lip pressor',
  25: 'lips part',
  26: 'jaw drop',
  27: 'mouth stretch',
} as const;

export type ActionUnit = keyof typeof ACTION_UNITS;

export const ACTION_UNIT_NUMBERS = Object.keys(ACTION_UNITS).map(Number) as ActionUnit[];

/** Intensities from 0 (absent) to 1 (extreme, FACS E); a missing unit is absent. */
export type Activation = Readonly<Partial<Record<ActionUnit, number>>>;

/** The activation of each half of the face, in picture order: [left half of the picture, right half]. */
export type Action = readonly [left: Activation, right: Activation];

/** The same activation on both halves. */
export function symmetric(activation: Activation): Action {
  return [activation, activation];
}

/** Intensity of a unit in one half, 0 where absent. */
export function intensity(activation: Activation, unit: ActionUnit): number {
  return activation[unit] ?? 0;
}

/** Mean of both halves: for what has no side, such as the jaw. */
export function midline(action: Action, unit: ActionUnit): number {
  return (intensity(action[0], unit) + intensity(action[1], unit)) / 2;
}

/** FACS letters as numbers, as CK+ writes them: 1 (A, trace) to 5 (E, maximum); 0 where absent. */
export function facsLevel(value: number): number {
  if (value < 0.08) return 0;
  if (value < 0.2) return 1;
  if (value < 0.4) return 2;
  if (value < 0.65) return 3;
  if (value < 0.85) return 4;
  return 5;
}
