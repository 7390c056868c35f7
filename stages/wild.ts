/** What the stages of Table 3 do alike: open the corpus, collect options, judge and draw single pictures. */
import type { StageContext } from '../src/engine/stage-context.ts';
import { heatMaps, pictureGrid, toPicture } from '../src/report/picture-grid.ts';
import { testImages } from '../src/science/data/batches.ts';
import { openStills } from '../src/science/data/prepared/prepared-stills.ts';
import { asPeaks, chosen } from '../src/science/data/still-pairs.ts';
import type { LandmarkSet, StillSet } from '../src/science/data/stills.ts';
import type { Prediction } from '../src/science/evaluation/predictions.ts';
import type { WildOptions } from '../src/science/methods/wild/method.ts';
import type { Random } from '../src/base/random.ts';
import * as common from './common.ts';
import { predictAll } from './scoring.ts';

const ZOOM = 3;

export function repeatOf(context: StageContext): number {
  return Number(common.argument(context, 'repeat'));
}

/** Random numbers of this repetition, whatever else runs. */
export function randomOf(context: StageContext, label: string): Random {
  return common.randomOf(context, label, `repeat ${repeatOf(context)}`);
}

export interface WildData {
  readonly train: StillSet;
  /** May be empty. */
  readonly val: StillSet;
  readonly test: StillSet;
  readonly landmarks: () => Promise<LandmarkSet>;
}

export async function openWild(context: StageContext): Promise<WildData> {
  const { split, landmarks } = await openStills(context.dep('prepared'));
  return { train: await split('train'), val: await split('val'), test: await split('test'), landmarks };
}

/** The parts of `wild` that the stage declares in pipeline.yaml; the others are absent, as in `trainingOptions`. */
export function wildOptions(context: StageContext, keys: readonly (keyof WildOptions)[]): WildOptions {
  return Object.fromEntries(keys.map((key) => [key, context.param(`wild.${key}`)])) as unknown as WildOptions;
}

/** Middle crops, not mirrored, in the order of the set; `predict` gives scores [n, classes]. */
export function predictStills(
  set: StillSet,
  cropSize: number,
  predict: (images: Float32Array) => Float32Array,
): Prediction[] {
  return predictAll(asPeaks(set), 'peak', cropSize, predict);
}

/** The first pictures of each class: small enough to look at while training. */
export function firstOfEach(set: StillSet, perClass: number): StillSet {
  const rows = set.classes.flatMap((_, label) =>
    [...set.labels.keys()].filter((row) => set.labels[row] === label).slice(0, perClass),
  );
  return chosen(set, rows);
}

/**
 * The first pictures of each class, one column each; below, if it is given, what a generator makes of them and where
 * the two differ (Eq. 22). PNG bytes.
 */
export function stillsStrip(
  set: StillSet,
  crop: number,
  perClass: number,
  magnify?: (images: Float32Array) => Float32Array,
): Uint8Array {
  const stills = [...testImages(asPeaks(firstOfEach(set, perClass)), 'peak', { cropSize: crop, batch: 1 })];
  const picture = (values: Float32Array) => toPicture(values, crop, crop, set.size.channels);
  const given = stills.map(({ images }) => picture(images));
  if (magnify === undefined) return pictureGrid([given], ZOOM);
  const made = stills.map(({ images }) => picture(magnify(images)));
  return pictureGrid([given, made, heatMaps(given.map((one, at) => [one, made[at] ?? one]))], ZOOM);
}
