/** How a trained method does on pictures that training never saw. */
import type { ConfusedScore, Score } from '../src/report/metrics.ts';
import { type ImageKind, testImages } from '../src/science/data/batches.ts';
import type { PairSet } from '../src/science/data/prepared/prepared.ts';
import { confusionMatrix } from '../src/science/evaluation/confusion.ts';
import { type Prediction, toPredictions } from '../src/science/evaluation/predictions.ts';

const BATCH = 64;

/** Centre crops, not mirrored, in the order of the set; `predict` gives logits [n, classes]. */
export function predictAll(
  set: PairSet,
  kind: ImageKind,
  cropSize: number,
  predict: (images: Float32Array) => Float32Array,
): Prediction[] {
  const predictions: Prediction[] = [];
  for (const { images, labels, sequences } of testImages(set, kind, { cropSize, batch: BATCH })) {
    const pictures = Array.from(labels, (label, row) => {
      const sequence = sequences[row] ?? -1;
      return { label, id: set.ids[sequence] ?? '', subject: set.subjects[sequence] ?? '' };
    });
    predictions.push(...toPredictions(predict(images), pictures, set.classes.length));
  }
  return predictions;
}

export function score(predictions: readonly Prediction[]): Score {
  const correct = predictions.filter(({ label, predicted }) => label === predicted).length;
  return { correct, count: predictions.length };
}

export function confusedScore(predictions: readonly Prediction[], classes: number): ConfusedScore {
  return { ...score(predictions), confusion: confusionMatrix(predictions, classes) };
}

/**
 * One line a picture: what a reader needs to check the metrics, or to test significance.
 *
 * @param scores what the numbers of a prediction are, for the header
 */
export function predictionsCsv(
  predictions: readonly Prediction[],
  classes: readonly string[],
  scores: 'logit' | 'probability' = 'logit',
): string {
  const name = (index: number) => classes[index] ?? '';
  const rows = predictions.map(({ id, subject, label, predicted, logits }) =>
    [id, subject, name(label), name(predicted), ...logits].join(','),
  );
  const header = ['sequence', 'subject', 'label', 'predicted', ...classes.map((label) => `${scores} ${label}`)].join(
    ',',
  );
  return [header, ...rows, ''].join('\n');
}
