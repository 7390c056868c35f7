import { hashBytes } from '../store/contents/digest.ts';

/** Numbers in [0, 1) by label: the same label always gives the same number. */
export type Draw = (...label: readonly (string | number)[]) => number;

/**
 * Random numbers that follow from a seed and a label. Unlike those of a stream they do not depend on what was drawn
 * before: a parameter that is added to a sweep changes no draw of the others, and trial 7 is the same wherever it runs.
 */
export function drawsFrom(seed: number): Draw {
  return (...label) => Number.parseInt(hashBytes(JSON.stringify([seed, ...label])).slice(0, 12), 16) / 2 ** 48;
}
