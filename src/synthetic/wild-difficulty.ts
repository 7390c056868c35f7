import type { Difficulty, Range } from './difficulty.ts';
import { difficultyProblem } from './difficulty.ts';

/** How hard a synthetic corpus in the wild is. What is not said here is as in `Difficulty`. */
export interface WildDifficulty extends Pick<
  Difficulty,
  'expressivitySpread' | 'idiosyncrasy' | 'blend' | 'restingFace' | 'noise' | 'blur'
> {
  /** Strength of an expression, 0 (nothing) to 1 (the prototype in full). */
  readonly intensity: Range;
  /** 0 frontal, 1 up to 30 degrees of turn and 14 of tilt and nod, and a loose crop. */
  readonly pose: number;
  /** 0 one studio lamp, 1 any light of a film: from the side, dim, glaring, coloured. */
  readonly light: number;
  /** Share of pictures with something before the face: a hand, dark glasses, hair, a bar. */
  readonly occlusion: number;
  /** 0 a plain wall, 1 a crowded room. */
  readonly background: number;
}

/** What is wrong with a difficulty, in words, or undefined. */
export function wildDifficultyProblem(difficulty: WildDifficulty): string | undefined {
  const { intensity, occlusion, background, ...shared } = difficulty;
  for (const [name, value] of Object.entries({ occlusion, background })) {
    if (!(value >= 0 && value <= 1)) return `${name} must be from 0 to 1, not ${value}`;
  }
  const problem = difficultyProblem({ ...shared, peakIntensity: intensity, weakShare: { min: 0.5, max: 0.5 } });
  return problem?.replace('peakIntensity', 'intensity');
}
