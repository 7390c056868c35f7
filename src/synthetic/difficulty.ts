/** The least and the most of something. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * How hard a synthetic corpus is, as a few numbers. docs/synthetic-faces.md says what each one does to
 * accuracy.
 */
export interface Difficulty {
  /** Strength of the apex before a subject's expressivity, 0 (nothing) to 1 (the prototype in full). */
  readonly peakIntensity: Range;
  /** Share of the apex that the seventh frame has reached, above 0 and up to 0.95; the ramp bends to pass through it. */
  readonly weakShare: Range;
  /** Standard deviation of subjects' expressivity around 1. */
  readonly expressivitySpread: number;
  /** 0 everyone follows the prototypes, 1 units are often missing, added, uneven or one-sided. */
  readonly idiosyncrasy: number;
  /** 0 pure expressions, 1 as much of a neighbouring expression (fear and surprise, anger and disgust) as allowed. */
  readonly blend: number;
  /** 0 every neutral face is blank, 1 faces at rest look cross, sad or amused. */
  readonly restingFace: number;
  /** 0 frontal and still, 1 up to 9 degrees of turn, 12 % of shift and size. */
  readonly pose: number;
  /** 0 one studio lamp, 1 lamps from anywhere in front, hard or soft, bright or dim. */
  readonly light: number;
  /** Standard deviation of sensor noise in grey levels (0 to 255). */
  readonly noise: number;
  /** 0 sharp, 1 as soft as a 3 x 3 binomial filter. */
  readonly blur: number;
}

export const DEFAULT_DIFFICULTY: Difficulty = {
  peakIntensity: { min: 0.65, max: 1 },
  weakShare: { min: 0.25, max: 0.5 },
  expressivitySpread: 0.15,
  idiosyncrasy: 0.4,
  blend: 0.4,
  restingFace: 0.5,
  pose: 0.5,
  light: 0.5,
  noise: 3,
  blur: 0.4,
};

const SHARES = ['idiosyncrasy', 'blend', 'restingFace', 'pose', 'light', 'blur'] as const;

/** What is wrong with a difficulty, in words, or undefined. */
export function difficultyProblem(difficulty: Difficulty): string | undefined {
  for (const name of SHARES) {
    if (!(difficulty[name] >= 0 && difficulty[name] <= 1))
      return `${name} must be from 0 to 1, not ${difficulty[name]}`;
  }
  if (!(difficulty.expressivitySpread >= 0 && difficulty.expressivitySpread <= 0.5)) {
    return `expressivitySpread must be from 0 to 0.5, not ${difficulty.expressivitySpread}`;
  }
  if (!(difficulty.noise >= 0 && difficulty.noise <= 64)) {
    return `noise must be from 0 to 64 grey levels, not ${difficulty.noise}`;
  }
  for (const name of ['peakIntensity', 'weakShare'] as const) {
    const { min, max } = difficulty[name];
    const most = name === 'weakShare' ? 0.95 : 1;
    if (!(min > 0 && min <= max && max <= most)) {
      return `${name} needs 0 < min <= max <= ${most}, not min ${min}, max ${max}`;
    }
  }
  return undefined;
}
