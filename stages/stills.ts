/** Evaluates methods that read single pictures: scores on validation and test pictures, and strips of pictures. */
import type { StillMetrics, StillPretrainMetrics } from '../src/report/metrics.ts';
import { heatMaps, pictureGrid, toPicture } from '../src/report/picture-grid.ts';
import { testImages } from '../src/science/data/batches.ts';
import type { StillSplit } from '../src/science/data/prepared/open-pictures.ts';
import { asPeaks, chosen } from '../src/science/data/still-pairs.ts';
import type { StillSet } from '../src/science/data/stills.ts';
import type { Prediction } from '../src/science/evaluation/predictions.ts';
import type { Magnifier, TrainedMethod } from '../src/science/methods/method.ts';
import type { Evaluation } from './evaluation.ts';
import { confusedScore, predictAll, predictionsCsv, score } from './scoring.ts';
import type { Look } from './tracking.ts';

const ZOOM = 3;
/** Pictures a class that a first look counts: `eval` counts all, at a price in time. */
const COUNTED_PER_CLASS = 8;

/** Nothing to look at: the corpus has no validation pictures. */
const NOTHING: Look = { summary: {}, confusion: [], strip: new Uint8Array(), caption: '' };

/** How the pretrained classifier does on the validation pictures, which it did not learn from. */
export function lookAtStart(
  { val }: StillSplit,
  place: Omit<StillPretrainMetrics, 'kind' | 'classes' | 'validation'>,
  classifier: TrainedMethod,
  crop: number,
): Look & { readonly metrics: StillPretrainMetrics } {
  const { classes, labels } = val;
  const metrics = { kind: 'pretrain-stills', ...place, classes, validation: null } as const;
  if (labels.length === 0) return { ...NOTHING, metrics };
  const { confusion, ...validation } = confusedScore(predictions(val, crop, classifier), classes.length);
  return {
    metrics: { ...metrics, validation },
    summary: { validation: validation.correct / validation.count },
    confusion,
    strip: strip(val, crop, 1),
    caption: 'unseen: one picture of each class',
  };
}

/** How a method does on a few validation pictures, which it did not learn from. */
export function lookAtTrained(val: StillSet, trained: TrainedMethod, crop: number): Look {
  if (val.labels.length === 0) return NOTHING;
  const few = firstOfEach(val, COUNTED_PER_CLASS);
  const { correct, count, confusion } = confusedScore(predictions(few, crop, trained), val.classes.length);
  const { magnifier } = trained;
  return {
    summary: { sampleAccuracy: correct / count },
    confusion,
    strip: strip(val, crop, 1, magnifier && ((images) => magnifier.magnify(images))),
    caption: magnifier === undefined ? 'unseen: one picture of each class' : 'unseen: given, magnified, difference',
  };
}

/** Recognises the corpus's own test pictures. */
export function evaluate(
  { val, test }: StillSplit,
  { task, method, repeat }: Required<Pick<StillMetrics, 'task' | 'method' | 'repeat'>>,
  trained: TrainedMethod,
  crop: number,
): Evaluation {
  const { classes } = test;
  const found = predictions(test, crop, trained);
  const { magnifier } = trained;
  const metrics: StillMetrics = {
    kind: 'wild',
    ...{ task, method, repeat },
    classes,
    test: confusedScore(found, classes.length),
    testUnmagnified: magnifier
      ? score(predictions(test, crop, { predict: (images) => magnifier.predictUnmagnified(images) }))
      : null,
    val: val.labels.length === 0 ? null : score(predictions(val, crop, trained)),
  };
  const magnified = magnifier && strip(test, crop, 1, (images) => magnifier.magnify(images));
  return {
    metrics,
    summary: { accuracy: metrics.test.correct / metrics.test.count },
    confusion: metrics.test.confusion,
    predictions: predictionsCsv(found, classes, 'probability'),
    magnification: magnified ? { png: magnified, caption: 'given, magnified, difference' } : null,
  };
}

/** Middle crops, not mirrored, in the order of the set. */
function predictions(set: StillSet, crop: number, { predict }: Pick<TrainedMethod, 'predict'>): Prediction[] {
  return predictAll(asPeaks(set), 'peak', crop, predict);
}

/** The first pictures of each class: small enough to look at while training. */
function firstOfEach(set: StillSet, perClass: number): StillSet {
  const rows = set.classes.flatMap((_, label) =>
    [...set.labels.keys()].filter((row) => set.labels[row] === label).slice(0, perClass),
  );
  return chosen(set, rows);
}

/**
 * The first pictures of each class, one column each; below, if it is given, what a generator makes of them and where
 * the two differ (Eq. 22). PNG bytes.
 */
export function strip(set: StillSet, crop: number, perClass: number, magnify?: Magnifier['magnify']): Uint8Array {
  const stills = [...testImages(asPeaks(firstOfEach(set, perClass)), 'peak', { cropSize: crop, batch: 1 })];
  const picture = (values: Float32Array) => toPicture(values, crop, crop, set.size.channels);
  const given = stills.map(({ images }) => picture(images));
  if (magnify === undefined) return pictureGrid([given], ZOOM);
  const made = stills.map(({ images }) => picture(magnify(images)));
  return pictureGrid([given, made, heatMaps(given.map((one, at) => [one, made[at] ?? one]))], ZOOM);
}
