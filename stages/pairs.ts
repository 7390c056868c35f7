/** Evaluates methods that read pairs: scores on unseen people. */
import type { EvalMetrics, Magnification, PretrainMetrics, Score } from '../src/report/metrics.ts';
import { type ImageKind, testImages } from '../src/science/data/batches.ts';
import type { PairSet } from '../src/science/data/prepared/prepared.ts';
import type { PairSplit } from '../src/science/data/prepared/open-pictures.ts';
import { movement, remaining } from '../src/science/evaluation/magnification.ts';
import type { Magnifier, TrainedMethod } from '../src/science/methods/method.ts';
import { analyse, isAnalysed } from './analysis.ts';
import type { Evaluation } from './evaluation.ts';
import { magnification, sampleOf, samplePictures, samplesOf } from './samples.ts';
import { confusedScore, predictAll, predictionsCsv, score } from './scoring.ts';
import type { Look } from './tracking.ts';

/** Sequences a class that a first look counts: `eval` counts all, at a price in time. */
const COUNTED_PER_CLASS = 8;

/** How the pretrained classifier does on people that it never saw. */
export function lookAtStart(
  { test }: PairSplit,
  place: Omit<PretrainMetrics, 'kind' | 'classes' | 'weak' | 'peak'>,
  classifier: TrainedMethod,
  crop: number,
): Look & { readonly metrics: PretrainMetrics } {
  const predict = (kind: ImageKind) => predictAll(test, kind, crop, (images) => classifier.predict(images));
  const onWeak = confusedScore(predict('weak'), test.classes.length);
  const weak = { correct: onWeak.correct, count: onWeak.count };
  const peak = score(predict('peak'));
  return {
    metrics: { kind: 'pretrain-e', ...place, classes: test.classes, weak, peak },
    summary: { peak: peak.correct / peak.count, weak: weak.correct / weak.count },
    confusion: onWeak.confusion,
    strip: samplePictures(test, crop),
    caption: 'unseen: weak, real peak',
  };
}

/** How a method does on a few pictures that it never saw: a first look, long before the folds are evaluated. */
export function lookAtTrained(test: PairSet, trained: TrainedMethod, crop: number): Look {
  const few = predictAll(sampleOf(test, COUNTED_PER_CLASS), 'weak', crop, (images) => trained.predict(images));
  const { correct, count, confusion } = confusedScore(few, test.classes.length);
  const { magnifier } = trained;
  const picture =
    magnifier === undefined
      ? { strip: samplePictures(test, crop), caption: 'unseen: weak, real peak' }
      : {
          strip: magnification(samplesOf(test, crop, (images) => magnifier.magnify(images), 1)),
          caption: 'unseen: weak, magnified, difference, real peak',
        };
  return { summary: { sampleAccuracy: correct / count }, confusion, ...picture };
}

/** A classifier, and the BaseNet it is. */
export interface Judge {
  readonly net: string;
  readonly predict: TrainedMethod['predict'];
}

/** How far all weak images of unseen people are magnified, in pixels and in the eyes of a judge. */
function magnificationOf(test: PairSet, crop: number, magnifier: Magnifier, judge: Judge): Magnification {
  const magnify = (images: Float32Array) => magnifier.magnify(images);
  const most = Math.max(test.weakSequence.length, test.labels.length);
  const all = (kind: ImageKind) => [...testImages(test, kind, { cropSize: crop, batch: most })][0];
  const [weak, peak] = [all('weak'), all('peak')];
  if (weak === undefined || peak === undefined) throw new RangeError('nothing can be magnified without a weak picture');
  const length = weak.images.length / weak.labels.length;
  const peaks = new Float32Array(weak.images.length);
  weak.sequences.forEach((sequence, row) => {
    peaks.set(peak.images.subarray(sequence * length, (sequence + 1) * length), row * length);
  });
  const judged = (kind: ImageKind, see: (images: Float32Array) => Float32Array = (images) => images) =>
    score(predictAll(test, kind, crop, (images) => judge.predict(see(images))));
  return {
    ...movement(weak.images, magnify(weak.images), peaks, length),
    judge: { net: judge.net, weak: judged('weak'), magnified: judged('weak', magnify), peak: judged('peak') },
  };
}

/** Sequences a class whose magnification the figures show. */
const SAMPLES_PER_CLASS = 2;

/**
 * Recognises the weak images of the fold's unseen people.
 *
 * @param litAbove share of the largest difference above which a position of F_exp is lit (Fig. 4)
 * @param judge a classifier that took no part in the training
 */
export function evaluate(
  { test }: PairSplit,
  { task, method, ...rest }: Pick<EvalMetrics, 'task' | 'method' | 'net' | 'fold' | 'repeat'>,
  trained: TrainedMethod,
  crop: number,
  litAbove: number,
  judge: Judge,
): Evaluation {
  const { classes } = test;
  const { magnifier } = trained;
  const predict = (images: Float32Array) => trained.predict(images);
  const direct = magnifier ? (images: Float32Array) => magnifier.predictUnmagnified(images) : predict;
  const scoreDirect = (kind: ImageKind) => score(predictAll(test, kind, crop, direct));
  const weak = predictAll(test, 'weak', crop, predict);
  const analysis = isAnalysed(task, method) ? analyse(test, crop, trained, litAbove) : undefined;
  const metrics: EvalMetrics = {
    kind: 'eval',
    ...{ task, method, ...rest },
    classes,
    weak: confusedScore(weak, classes.length),
    weakUnmagnified: magnifier ? scoreDirect('weak') : null,
    peak: scoreDirect('peak'),
    ...(magnifier && { magnification: magnificationOf(test, crop, magnifier, judge) }),
    ...analysis?.metrics,
  };
  const samples = magnifier && samplesOf(test, crop, (images) => magnifier.magnify(images), SAMPLES_PER_CLASS);
  const share = ({ correct, count }: Score) => correct / count;
  return {
    metrics,
    summary: {
      accuracy: share(metrics.weak),
      accuracyPeak: share(metrics.peak),
      ...(metrics.weakUnmagnified === null ? {} : { accuracyUnmagnified: share(metrics.weakUnmagnified) }),
      ...(metrics.magnification === undefined ? {} : { remainingToPeak: remaining(metrics.magnification) }),
    },
    confusion: metrics.weak.confusion,
    predictions: predictionsCsv(weak, classes),
    magnification: samples ? { png: magnification(samples), caption: 'weak, magnified, difference, real peak' } : null,
    ...(samples ? { samples } : {}),
    ...(analysis ? { analysis } : {}),
  };
}
