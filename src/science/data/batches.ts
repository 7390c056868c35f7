import type { Random } from '../../base/random.ts';
import { DataError } from './data-error.ts';
import type { PairSet } from './prepared/prepared.ts';

/** Shape [batch, height, width, channels]. */
export type BatchShape = readonly [batch: number, height: number, width: number, channels: number];

/** Weak pictures and, row for row, the peaks of their sequences; values in [-1, 1]. */
export interface PairBatch {
  readonly weak: Float32Array;
  readonly peak: Float32Array;
  /** Class numbers, shape [batch]. */
  readonly labels: Int32Array;
  readonly shape: BatchShape;
}

/** Pictures with values in [-1, 1]. */
export interface ImageBatch {
  readonly images: Float32Array;
  /** Class numbers, shape [batch]. */
  readonly labels: Int32Array;
  /** Row of the set's `ids`, `subjects` and `labels` for each picture, shape [batch]. */
  readonly sequences: Int32Array;
  readonly shape: BatchShape;
}

export interface BatchOptions {
  /** Samples in a batch. */
  readonly batch: number;
  /** Side of the square cut from each picture, in pixels; at most the pictures' own. */
  readonly cropSize: number;
  /** False: the middle is cut out instead of a random place, and nothing is flipped. */
  readonly augment: boolean;
  /** Mirror half of the samples, left for right. */
  readonly flip: boolean;
  /** Where order, crops and flips come from. Nothing is drawn from the stream itself, only from its forks. */
  readonly random: Random;
}

/** An endless row of batches. Batch number k depends on the options, the stream's seed and k only. */
export interface Batches<Batch> extends IterableIterator<Batch, never> {
  next(): { readonly done: false; readonly value: Batch };
  /** How far it has come; safe to write as JSON. */
  state(): { readonly step: number };
  /** Goes on where `state` was taken, given the same set and options. */
  restore(state: { readonly step: number }): void;
}

export type ImageKind = 'peak' | 'weak' | 'all';

/**
 * Batches of weak frames with their peaks. Each epoch takes every weak frame once, in a new order; a batch may reach
 * from one epoch into the next. Crop and flip are the same for both pictures of a pair. Throws a DataError for
 * options that do not fit the set, a RangeError for an empty set.
 */
export function pairBatches(set: PairSet, options: BatchOptions): Batches<PairBatch> {
  const cut = cutter(set, options.cropSize);
  return endless(set.weakSequence.length, 'pairs', options, cut.draw, (samples, views) => {
    const weak = new Float32Array(samples.length * cut.values);
    const peak = new Float32Array(samples.length * cut.values);
    const labels = new Int32Array(samples.length);
    samples.forEach((sample, row) => {
      const sequence = set.weakSequence[sample] as number;
      const view = views[row] as View;
      cut.into(weak, row, set.weaks.at(sample), view);
      cut.into(peak, row, set.peaks.at(sequence), view);
      labels[row] = set.labels[sequence] as number;
    });
    return { weak, peak, labels, shape: cut.shape(samples.length) };
  });
}

/** Batches of single pictures with their labels: peaks, weak frames, or all of both. Otherwise like `pairBatches`. */
export function imageBatches(set: PairSet, kind: ImageKind, options: BatchOptions): Batches<ImageBatch> {
  const cut = cutter(set, options.cropSize);
  const source = imagesOf(set, kind);
  return endless(source.count, `images ${kind}`, options, cut.draw, (samples, views) => {
    const images = new Float32Array(samples.length * cut.values);
    const labels = new Int32Array(samples.length);
    const sequences = new Int32Array(samples.length);
    samples.forEach((sample, row) => {
      const { picture, sequence } = source.at(sample);
      cut.into(images, row, picture, views[row] as View);
      labels[row] = set.labels[sequence] as number;
      sequences[row] = sequence;
    });
    return { images, labels, sequences, shape: cut.shape(samples.length) };
  });
}

/** All pictures of a kind once, in order, middle crop, not flipped; the last batch may be smaller. */
export function* testImages(
  set: PairSet,
  kind: ImageKind,
  { cropSize, batch }: { readonly cropSize: number; readonly batch: number },
): Generator<ImageBatch, void, undefined> {
  requireCount('batch', batch);
  const cut = cutter(set, cropSize);
  const source = imagesOf(set, kind);
  for (let start = 0; start < source.count; start += batch) {
    const count = Math.min(batch, source.count - start);
    const images = new Float32Array(count * cut.values);
    const labels = new Int32Array(count);
    const sequences = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      const { picture, sequence } = source.at(start + row);
      cut.into(images, row, picture, cut.middle);
      labels[row] = set.labels[sequence] as number;
      sequences[row] = sequence;
    }
    yield { images, labels, sequences, shape: cut.shape(count) };
  }
}

/** The peaks as one row each, then the weak frames. */
function imagesOf(set: PairSet, kind: ImageKind) {
  const peaks = kind === 'weak' ? 0 : set.labels.length;
  const weaks = kind === 'peak' ? 0 : set.weakSequence.length;
  return {
    count: peaks + weaks,
    at: (sample: number): { picture: Uint8Array; sequence: number } => {
      if (sample < peaks) return { picture: set.peaks.at(sample), sequence: sample };
      const weak = sample - peaks;
      return { picture: set.weaks.at(weak), sequence: set.weakSequence[weak] as number };
    },
  };
}

/** Which part of a picture is seen, and whether in the mirror. */
export interface View {
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** Cuts views out of pictures of one size. Throws a DataError where the crop is larger than they are. */
export function cutter({ size }: Pick<PairSet, 'size'>, cropSize: number) {
  const { height, width, channels } = size;
  requireCount('cropSize', cropSize);
  if (cropSize > Math.min(height, width)) {
    const advice = 'Lower cropSize, or prepare larger pictures';
    const expected = `at most the ${Math.min(height, width)} pixels of the prepared pictures`;
    throw new DataError({ where: 'cropSize', expected, found: String(cropSize), advice });
  }
  const values = cropSize * cropSize * channels;
  const middle: View = { top: (height - cropSize) >> 1, left: (width - cropSize) >> 1, mirrored: false };
  const into = (target: Float32Array, row: number, picture: Uint8Array, view: View): void => {
    let to = row * values;
    for (let y = 0; y < cropSize; y++) {
      const line = ((view.top + y) * width + view.left) * channels;
      for (let x = 0; x < cropSize; x++) {
        const from = line + (view.mirrored ? cropSize - 1 - x : x) * channels;
        for (let c = 0; c < channels; c++) target[to++] = SCALED[picture[from + c] as number] as number;
      }
    }
  };
  const draw = (random: Random, { augment, flip }: BatchOptions): View => {
    if (!augment) return middle;
    const top = random.integer(height - cropSize + 1);
    const left = random.integer(width - cropSize + 1);
    return { top, left, mirrored: flip && random.uniform() < 0.5 };
  };
  const shape = (batch: number): BatchShape => [batch, cropSize, cropSize, channels];
  return { values, middle, into, draw, shape };
}

/** Batches of `count` samples in a new order each epoch, each sample with the view that was drawn for it. */
export function endless<Batch>(
  count: number,
  label: string,
  options: BatchOptions,
  draw: (random: Random, options: BatchOptions) => View,
  make: (samples: readonly number[], views: readonly View[]) => Batch,
): Batches<Batch> {
  requireCount('batch', options.batch);
  if (count === 0) throw new RangeError('batches need a set with at least one picture');
  const random = options.random.fork(label);
  const all = Array.from({ length: count }, (_, index) => index);
  let orderOf = -1;
  let order: readonly number[] = [];
  const sampleAt = (position: number): number => {
    const epoch = Math.floor(position / count);
    if (epoch !== orderOf) {
      order = random.fork(`epoch ${epoch}`).shuffle(all);
      orderOf = epoch;
    }
    return order[position % count] as number;
  };
  let step = 0;
  const batches: Batches<Batch> = {
    next() {
      const samples = Array.from({ length: options.batch }, (_, row) => sampleAt(step * options.batch + row));
      const places = random.fork(`step ${step}`);
      const value = make(
        samples,
        samples.map(() => draw(places, options)),
      );
      step += 1;
      return { done: false, value };
    },
    state: () => ({ step }),
    restore: (state) => {
      if (!Number.isInteger(state.step) || state.step < 0) throw new RangeError(`no batch has number ${state.step}`);
      step = state.step;
    },
    [Symbol.iterator]: () => batches,
  };
  return batches;
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  const advice = 'Correct the params file';
  throw new DataError({ where: name, expected: 'a whole number from 1', found: String(value), advice });
}
