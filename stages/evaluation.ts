/** The result of evaluating a method, whatever pictures it reads; `eval` writes it. */
import type { EvalMetrics, StillMetrics } from '../src/report/metrics.ts';
import type { Sample } from '../src/report/sample-sheet.ts';
import type { ConfusionMatrix } from '../src/science/evaluation/confusion.ts';
import type { Analysis } from './analysis.ts';

export interface Evaluation {
  readonly metrics: EvalMetrics | StillMetrics;
  /** Numbers that the tracker shows for the run. */
  readonly summary: Readonly<Record<string, number>>;
  readonly confusion: ConfusionMatrix;
  /** CSV, a line a picture. */
  readonly predictions: string;
  /** Only of methods that magnify. */
  readonly magnification: { readonly png: Uint8Array; readonly caption: string } | null;
  /** Samples for the figures: only of methods that magnify pairs. */
  readonly samples?: readonly Sample[];
  /** Section 3.3 and Fig. 4: only of the methods that the paper analyses. */
  readonly analysis?: Analysis;
}

/** Names of the files in an evaluation's folder. Apart from the figures, so that their code is no input of `eval`. */
export const EVAL_FILES = {
  predictions: 'predictions.csv',
  magnification: 'magnification.png',
  samples: 'samples.json',
  sheet: 'samples.png',
  pairs: 'face-pairs.json',
  features: 'features.safetensors',
  history: 'history.csv',
} as const;
