import type { Movement } from '../science/evaluation/magnification.ts';

/** How many of how many images were recognised. */
export interface Score {
  readonly correct: number;
  readonly count: number;
}

/** A score with its confusion matrix: rows are true classes, columns predicted ones, counts. */
export interface ConfusedScore extends Score {
  readonly confusion: readonly (readonly number[])[];
}

/** What `eval` found for one method, BaseNet and fold, on the fold's unseen people. */
export interface EvalMetrics {
  readonly kind: 'eval';
  readonly task: string;
  readonly method: string;
  readonly net: string;
  readonly fold: number;
  /** Which repetition of the fold, in the ablation; absent where a fold is trained once. */
  readonly repeat?: number;
  readonly classes: readonly string[];
  /** The table's number: weak images recognised as the method does it (the GANs magnify first). */
  readonly weak: ConfusedScore;
  /** The same classifier on the weak images as they are; null where the method never magnifies. */
  readonly weakUnmagnified: Score | null;
  /** The same classifier on the real peak images. */
  readonly peak: Score;
  /** How far the method magnifies; absent where it does not, and in reports of before this was measured. */
  readonly magnification?: Magnification;
  /** Section 3.3, of GroupGAN (2v2) on faces; absent elsewhere. */
  readonly differences?: MagnificationDifferences;
  /** Fig. 4, of CNN and GroupGAN (2v2) on faces; absent elsewhere. */
  readonly features?: FeatureDifferences;
}

/** What a generator makes of the weak images of unseen people. */
export interface Magnification extends Movement {
  /** A classifier that learnt from peaks, and took no part in the game, on weak images, on magnified ones, on peaks. */
  readonly judge: { readonly net: string; readonly weak: Score; readonly magnified: Score; readonly peak: Score };
}

/** Distance to the real peak of the weak image (before) and of what was made of it (after): mean over pairs. */
export interface MagnificationDifferences {
  readonly pairs: number;
  /** GroupGAN Eq. 21. */
  readonly content: { readonly before: number; readonly after: number };
  /** GroupGAN Eq. 20. */
  readonly perceptual: { readonly before: number; readonly after: number };
}

/** In how many positions F_exp of two faces differs: mean over pairs of faces. */
export interface FeatureDifferences {
  /** Length of F_exp. */
  readonly size: number;
  /** Share of the largest difference above which a position is lit. */
  readonly threshold: number;
  /** Pairs of one class, in the order of the classes; null where there is no pair. */
  readonly same: readonly (number | null)[];
  readonly different: number | null;
}

/** What the peak-trained classifier (Algorithm 1, line 1) makes of the unseen people, before any method trains. */
export interface PretrainMetrics {
  readonly kind: 'pretrain-e';
  readonly task: string;
  readonly net: string;
  readonly fold: number;
  /** Which repetition of the fold, in the ablation; absent where a fold is trained once. */
  readonly repeat?: number;
  readonly classes: readonly string[];
  readonly weak: Score;
  readonly peak: Score;
}

/** What `eval` found for one method and one repetition on a corpus of stills, on the corpus's own test pictures. */
export interface StillMetrics {
  readonly kind: 'wild';
  /** Absent in reports of before there were several tasks of stills: `wild`. */
  readonly task?: string;
  readonly method: string;
  /** Repetitions differ in what the seed decides: where weights start, and the order of batches. */
  readonly repeat: number;
  readonly classes: readonly string[];
  /** The table's number: as the method does it (GroupGAN magnifies first). */
  readonly test: ConfusedScore;
  /** The same classifier on the test pictures as they are; null where the method never magnifies. */
  readonly testUnmagnified: Score | null;
  /** On the validation pictures; null where the corpus has none. */
  readonly val: Score | null;
}

/** What the pretrained classifier makes of a corpus's validation pictures, before any method trains. */
export interface StillPretrainMetrics {
  readonly kind: 'pretrain-stills';
  readonly task: string;
  readonly net: string;
  readonly repeat: number;
  readonly classes: readonly string[];
  /** Null where the corpus has no validation pictures. */
  readonly validation: Score | null;
}

export type Metrics = EvalMetrics | PretrainMetrics | StillMetrics | StillPretrainMetrics;

export class MetricsError extends Error {
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isScore(value: unknown): value is Score {
  if (typeof value !== 'object' || value === null) return false;
  const { correct, count } = value as Partial<Score>;
  return isCount(correct) && isCount(count) && count > 0 && correct <= count;
}

function isConfusedScore(value: unknown, classes: number): value is ConfusedScore {
  if (!isScore(value)) return false;
  const { confusion } = value as Partial<ConfusedScore>;
  if (!Array.isArray(confusion) || confusion.length !== classes) return false;
  if (!confusion.every((row) => Array.isArray(row) && row.length === classes && row.every(isCount))) return false;
  const rows = confusion as number[][];
  const total = rows.flat().reduce((sum, n) => sum + n, 0);
  const diagonal = rows.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  return total === value.count && diagonal === value.correct;
}

function isDistance(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isMagnification(value: unknown): value is Magnification {
  if (typeof value !== 'object' || value === null) return false;
  const { pictures, toPeak, moved, along, judge } = value as Partial<Magnification>;
  return (
    isCount(pictures) &&
    [toPeak?.before, toPeak?.after, moved].every(isDistance) &&
    Number.isFinite(along) &&
    typeof judge?.net === 'string' &&
    [judge.weak, judge.magnified, judge.peak].every(isScore)
  );
}

function isDifferences(value: unknown): value is MagnificationDifferences {
  if (typeof value !== 'object' || value === null) return false;
  const { pairs, content, perceptual } = value as Partial<MagnificationDifferences>;
  return (
    isCount(pairs) && [content, perceptual].every((found) => isDistance(found?.before) && isDistance(found?.after))
  );
}

function isFeatures(value: unknown, classes: number): value is FeatureDifferences {
  if (typeof value !== 'object' || value === null) return false;
  const { size, threshold, same, different } = value as Partial<FeatureDifferences>;
  const isLit = (lit: unknown) => lit === null || isDistance(lit);
  return isCount(size) && isDistance(threshold) && same?.length === classes && [...same, different].every(isLit);
}

/** Reads a metrics file's text. Throws MetricsError naming `where` when it is not what a stage writes. */
export function parseMetrics(text: string, where: string): Metrics {
  const fail = (problem: string): never => {
    throw new MetricsError(`${where}: ${problem}; restore it from git, or let the pipeline write it again`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('expected JSON, found something else');
  }
  if (typeof value !== 'object' || value === null) return fail('expected an object');
  const { kind, task, net, fold, repeat, classes, weak, peak } = value as Record<string, unknown>;
  if (kind === 'pretrain-stills') return pretrainStillMetrics(value as Readonly<Record<string, unknown>>, fail);
  if (kind === 'wild') return stillMetrics(value as Readonly<Record<string, unknown>>, fail);
  const { method, weakUnmagnified, magnification, differences, features } = value as Record<string, unknown>;
  if (kind !== 'eval' && kind !== 'pretrain-e') return fail(`unknown kind ${JSON.stringify(kind)}`);
  if (typeof task !== 'string' || typeof net !== 'string' || !isCount(fold))
    return fail('task, net or fold is missing');
  if (repeat !== undefined && !isCount(repeat)) return fail('the repetition is no whole number from 0');
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string')) return fail('classes are missing');
  if (!isScore(peak)) return fail('the score on peak images is not correct <= count');
  if (kind === 'pretrain-e') {
    if (!isScore(weak)) return fail('the score on weak images is not correct <= count');
  } else {
    if (typeof method !== 'string') return fail('method is missing');
    if (!isConfusedScore(weak, classes.length))
      return fail('the confusion matrix and the score on weak images disagree');
    if (weakUnmagnified !== null && !isScore(weakUnmagnified))
      return fail('the unmagnified score is not correct <= count');
    if (magnification !== undefined && !isMagnification(magnification))
      return fail('the measures of the magnification are not numbers and scores of a judge');
    if (differences !== undefined && !isDifferences(differences))
      return fail('the differences to the peak are not numbers from 0');
    if (features !== undefined && !isFeatures(features, classes.length))
      return fail('the lit positions are not one number a class');
  }
  return value as Metrics;
}

function stillMetrics(value: Readonly<Record<string, unknown>>, fail: (problem: string) => never): Metrics {
  const { task, method, repeat, classes, test, testUnmagnified, val } = value;
  if (task !== undefined && typeof task !== 'string') return fail('the task is no name');
  if (typeof method !== 'string' || !isCount(repeat)) return fail('method or repeat is missing');
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string')) return fail('classes are missing');
  if (!isConfusedScore(test, classes.length)) return fail('the confusion matrix and the score on test images disagree');
  if (testUnmagnified !== null && !isScore(testUnmagnified))
    return fail('the unmagnified score is not correct <= count');
  if (val !== null && !isScore(val)) return fail('the score on validation images is not correct <= count');
  return value as unknown as Metrics;
}

function pretrainStillMetrics(value: Readonly<Record<string, unknown>>, fail: (problem: string) => never): Metrics {
  const { task, net, repeat, classes, validation } = value;
  if (typeof task !== 'string' || typeof net !== 'string' || !isCount(repeat))
    return fail('task, net or repeat is missing');
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string')) return fail('classes are missing');
  if (validation !== null && !isScore(validation))
    return fail('the score on validation images is not correct <= count');
  return value as unknown as Metrics;
}
