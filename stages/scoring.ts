/** How a trained method does on pictures that training never saw. */
import type { ConfusedScore } from '../src/report/metrics.ts';
import { type ImageKind, testImages } from '../src/science/data/batches.ts';
import type { PairSet } from '../src/science/data/prepared.ts';

/** One test picture and what became of it. */
export interface Prediction {
  readonly sequence: string;
  readonly subject: string;
  readonly label: number;
  readonly predicted: number;
}

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
    const logits = predict(images);
    labels.forEach((label, row) => {
      const scores = logits.subarray(row * set.classes.length, (row + 1) * set.classes.length);
      const sequence = sequences[row] ?? 0;
      predictions.push({
        sequence: set.ids[sequence] ?? '',
        subject: set.subjects[sequence] ?? '',
        label,
        predicted: scores.indexOf(Math.max(...scores)),
      });
    });
  }
  return predictions;
}

/** Counts, with the confusion matrix: rows are true classes, columns predicted ones. */
export function score(predictions: readonly Prediction[], classes: number): ConfusedScore {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { label, predicted } of predictions) {
    const row = confusion[label];
    if (row) row[predicted] = (row[predicted] ?? 0) + 1;
  }
  const correct = predictions.filter(({ label, predicted }) => label === predicted).length;
  return { correct, count: predictions.length, confusion };
}

/** One line a picture: what a reader needs to check the metrics, or to test significance. */
export function predictionsCsv(predictions: readonly Prediction[], classes: readonly string[]): string {
  const name = (index: number) => classes[index] ?? '';
  const rows = predictions.map((p) => [p.sequence, p.subject, name(p.label), name(p.predicted)].join(','));
  return ['sequence,subject,label,predicted', ...rows, ''].join('\n');
}
