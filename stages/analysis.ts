/** The paper's analyses of one trained method: Section 3.3, Fig. 4, and the features behind Fig. 1 (b). */
import type { FeatureDifferences, MagnificationDifferences } from '../src/report/metrics.ts';
import { testImages } from '../src/science/data/batches.ts';
import type { PairSet } from '../src/science/data/prepared/prepared.ts';
import { contentDifference, perceptualDifference } from '../src/science/evaluation/differences.ts';
import { litPositions, normalisedDifference } from '../src/science/evaluation/lit-positions.ts';
import type { TrainedMethod } from '../src/science/methods/method.ts';
import type { StoredTensor } from '../src/compute/checkpoint.ts';
import { sampleOf } from './samples.ts';

/** The two that Fig. 4 compares; of the others, nothing is computed. */
export function isAnalysed(task: string, method: string): boolean {
  return task === 'faces' && (method === 'cnn' || method === 'groupgan-2v2');
}

/** Two faces of a class, and |difference| of their F_exp in [0, 1]. */
export interface FacePair {
  readonly label: string;
  readonly faces: readonly [string, string];
  readonly difference: readonly number[];
}

export interface Analysis {
  readonly metrics: { readonly features: FeatureDifferences; readonly differences?: MagnificationDifferences };
  readonly pairs: readonly FacePair[];
  /** `labels`, and F_exp by kind of picture: `weak`, `peak`, and `magnified` where the method magnifies. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Looks at the first weak image of each unseen sequence and at its peak. */
export function analyse(test: PairSet, crop: number, trained: TrainedMethod, threshold: number): Analysis {
  const set = sampleOf(test, Infinity);
  const all = (kind: 'weak' | 'peak') =>
    [...testImages(set, kind, { cropSize: crop, batch: Math.max(1, set.labels.length) })][0];
  const [weak, peak] = [all('weak'), all('peak')];
  if (weak === undefined || peak === undefined) throw new RangeError('an analysis needs at least one pair');
  // A sequence may have no weak image; its peak is left out.
  const peaks = rowsOf(peak.images, peak.labels.length, weak.sequences);
  const count = weak.labels.length;
  const { features: look, magnifier } = trained;
  if (look === undefined) throw new RangeError('an analysis needs a method with deep features');
  const ofWeak = look(weak.images);
  const ofPeak = look(peaks);
  const size = ofWeak.expression.length / count;
  const tensors = new Map<string, StoredTensor>([
    ['labels', { dtype: 'int32', shape: [count], data: weak.labels }],
    ['weak', { dtype: 'float32', shape: [count, size], data: ofWeak.expression }],
    ['peak', { dtype: 'float32', shape: [count, size], data: ofPeak.expression }],
  ]);
  let differences: MagnificationDifferences | undefined;
  if (magnifier) {
    const magnified = magnifier.magnify(weak.images);
    const ofMagnified = look(magnified);
    tensors.set('magnified', { dtype: 'float32', shape: [count, size], data: ofMagnified.expression });
    const content = (images: Float32Array) => meanOverRows(peaks, images, count, contentDifference);
    const perceptual = (maps: Float32Array) => meanOverRows(ofPeak.featureMap, maps, count, perceptualDifference);
    differences = {
      pairs: count,
      content: { before: content(weak.images), after: content(magnified) },
      perceptual: { before: perceptual(ofWeak.featureMap), after: perceptual(ofMagnified.featureMap) },
    };
  }
  const lit = litPositions(ofWeak.expression, weak.labels, set.classes.length, threshold);
  const features = { size, threshold, ...lit };
  return {
    metrics: differences === undefined ? { features } : { features, differences },
    pairs: facePairs(set, weak.sequences, ofWeak.expression, size),
    tensors,
  };
}

/** The first two faces of each class, of different people where there are. */
function facePairs(set: PairSet, sequences: Int32Array, expression: Float32Array, size: number): FacePair[] {
  return set.classes.flatMap((label, classNumber): FacePair[] => {
    const rows = [...sequences.keys()].filter((row) => set.labels[sequences[row] ?? -1] === classNumber);
    const subject = (row: number) => set.subjects[sequences[row] ?? -1];
    const [first, next] = rows;
    if (first === undefined || next === undefined) return [];
    const second = rows.find((row) => subject(row) !== subject(first)) ?? next;
    const id = (row: number) => set.ids[sequences[row] ?? -1] ?? '';
    const own = (row: number) => expression.subarray(row * size, (row + 1) * size);
    const difference = Array.from(normalisedDifference(own(first), own(second)), (value) => Number(value.toFixed(4)));
    return [{ label, faces: [id(first), id(second)], difference }];
  });
}

/** Some rows of [n, length], in the order asked for. */
function rowsOf(values: Float32Array, count: number, rows: Int32Array): Float32Array {
  const length = values.length / count;
  const chosen = new Float32Array(rows.length * length);
  rows.forEach((row, at) => chosen.set(values.subarray(row * length, (row + 1) * length), at * length));
  return chosen;
}

function meanOverRows(
  a: Float32Array,
  b: Float32Array,
  count: number,
  measure: (a: Float32Array, b: Float32Array) => number,
): number {
  const length = a.length / count;
  let sum = 0;
  for (let row = 0; row < count; row++) {
    sum += measure(a.subarray(row * length, (row + 1) * length), b.subarray(row * length, (row + 1) * length));
  }
  return Number((sum / count).toFixed(6));
}
