import type { LSEMSW_EXPRESSIONS } from '../science/data/corpus.ts';
import type { Activation, ActionUnit } from './face/action-units.ts';

/** One of the thirteen classes of LSEMSW. */
export type WildExpression = (typeof LSEMSW_EXPRESSIONS)[number];

/** How a state of mind shows. */
export interface WildPrototype {
  readonly units: Activation;
  /** Units that show on one half of the face only. */
  readonly oneSided?: readonly ActionUnit[];
  /** How the head goes with it, radians: nod (positive is down), tilt and turn, the last two to either side. */
  readonly head?: { readonly pitch?: number; readonly roll?: number; readonly yaw?: number };
}

/**
 * Happy, sad, scared, angry and surprised follow the prototypes of `expressions.ts`. For the other states of mind FACS has
 * none: what stands here is our choice, made so that neighbours share muscles (anxious and scared, thinking and
 * suspicious, hesitant and arrogant), as people mistake them for one another.
 */
export const WILD_PROTOTYPES: Readonly<Record<WildExpression, WildPrototype>> = {
  happy: { units: { 6: 0.7, 12: 1, 25: 0.5 } },
  anxious: { units: { 1: 0.9, 4: 0.7, 7: 0.3, 20: 0.5, 24: 0.6 } },
  sad: { units: { 1: 0.9, 4: 0.5, 15: 1, 17: 0.5 }, head: { pitch: 0.07 } },
  scared: { units: { 1: 1, 2: 0.6, 4: 0.6, 5: 1, 20: 0.8, 25: 0.8 } },
  angry: { units: { 4: 1, 5: 0.4, 7: 0.8, 23: 0.9, 24: 0.4 } },
  hesitant: { units: { 1: 0.5, 14: 0.9, 17: 0.3, 24: 0.8 }, oneSided: [14], head: { roll: 0.06 } },
  indifferent: { units: { 7: 0.25, 15: 0.15 } },
  surprised: { units: { 1: 1, 2: 1, 5: 0.8, 25: 0.7, 26: 1 } },
  arrogant: { units: { 2: 0.4, 7: 0.5, 10: 0.5, 12: 0.5, 17: 0.5 }, oneSided: [10, 12], head: { pitch: -0.12 } },
  thinking: { units: { 4: 0.7, 14: 0.6, 17: 0.9, 24: 0.8 }, head: { pitch: 0.05, roll: 0.09, yaw: 0.14 } },
  helpless: { units: { 1: 1, 2: 0.4, 15: 0.7, 17: 1, 25: 0.3 }, head: { roll: 0.09 } },
  suspicious: { units: { 4: 0.8, 7: 1, 10: 0.4, 23: 0.5 }, oneSided: [10], head: { yaw: 0.16 } },
  questioning: { units: { 1: 0.4, 2: 1, 4: 0.4, 25: 0.6, 26: 0.3 }, oneSided: [2], head: { roll: 0.1 } },
};
