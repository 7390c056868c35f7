import type { Difficulty, Range } from './difficulty.ts';
import { DEFAULT_DIFFICULTY, difficultyProblem } from './difficulty.ts';

/** What both corpora can be asked for. */
export interface CorpusOptions {
  /** Everything random follows from it: the same seed gives the same files. */
  readonly seed: number;
  /** Number of people, 1 to 999. */
  readonly subjects: number;
  /** Size of a frame as a share of the real one (640 x 490 in CK+, 320 x 240 in Oulu-CASIA). */
  readonly scale?: number;
  /** Frames of a sequence, at least 8 (frames 6 to 8 are the weak ones); 10 to 30 unless told. */
  readonly frames?: Range;
  /** Overrides of `DEFAULT_DIFFICULTY`. */
  readonly difficulty?: Partial<Difficulty>;
  /** Called with the finished share, 0 to 1, after each sequence. */
  readonly onProgress?: (fraction: number) => void;
  /** Ends the writing early; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface CorpusSummary {
  readonly subjects: number;
  readonly sequences: number;
  readonly frames: number;
}

/** A synthetic corpus that could not be written; the message says why and what to do. */
export class SyntheticCorpusError extends Error {
  override readonly name = 'SyntheticCorpusError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

export interface CheckedOptions {
  readonly seed: number;
  readonly subjects: number;
  readonly scale: number;
  readonly frames: Range;
  readonly difficulty: Difficulty;
  readonly onProgress: (fraction: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Fills in defaults. Throws SyntheticCorpusError for a value outside its range. */
export function checkOptions(options: CorpusOptions, defaultScale: number): CheckedOptions {
  const scale = options.scale ?? defaultScale;
  const frames = options.frames ?? { min: 10, max: 26 };
  const difficulty = { ...DEFAULT_DIFFICULTY, ...options.difficulty };
  if (!Number.isFinite(options.seed)) fail(`seed must be a number, not ${options.seed}`);
  if (!Number.isInteger(options.subjects) || options.subjects < 1 || options.subjects > 999) {
    fail(`subjects must be a whole number from 1 to 999, not ${options.subjects}`);
  }
  if (!(scale >= 0.1 && scale <= 4)) fail(`scale must be from 0.1 to 4, not ${scale}`);
  const whole = Number.isInteger(frames.min) && Number.isInteger(frames.max);
  if (!whole || frames.min < 8 || frames.max < frames.min || frames.max > 999) {
    fail(`frames needs whole numbers 8 <= min <= max <= 999, not min ${frames.min}, max ${frames.max}`);
  }
  const problem = difficultyProblem(difficulty);
  if (problem !== undefined) fail(problem);
  return {
    seed: options.seed,
    subjects: options.subjects,
    scale,
    frames,
    difficulty,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
}

function fail(problem: string): never {
  throw new SyntheticCorpusError(`synthetic corpus: ${problem}; change it in the params of the stage`);
}
