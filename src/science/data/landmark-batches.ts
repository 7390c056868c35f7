import { cutter, endless } from './batches.ts';
import type { Batches, BatchOptions, ImageBatch, View } from './batches.ts';
import { LANDMARK_COUNT } from './pictures/landmarks.ts';
import type { ImageSize } from './prepared/prepared-format.ts';
import type { LandmarkSet } from './stills.ts';

/** Pictures with their landmarks. */
export interface LandmarkBatch extends ImageBatch {
  /** x and y of the 68 points, -1 at the left and upper edge of the crop, 1 at the others; shape [batch, 136]. */
  readonly landmarks: Float32Array;
}

/** First and last point of a part of the mark-up, and the sum of the numbers of two that mirror each other. */
const MIRROR_RANGES = [
  [0, 16, 16], // jaw
  [17, 26, 43], // brows
  [31, 35, 66], // nostrils; the bridge, 27 to 30, stays
  [36, 39, 81], // upper lids
  [40, 41, 87], // lower lid, right
  [42, 45, 81],
  [46, 47, 87],
  [48, 54, 102], // outer lips
  [55, 59, 114],
  [60, 64, 124], // inner lips
  [65, 67, 132],
] as const;

/** Which point takes the place of each when a face is mirrored: the mark-up counts from one side to the other. */
export const MIRRORED_LANDMARKS: readonly number[] = Array.from({ length: LANDMARK_COUNT }, (_, index) => {
  for (const [first, last, sum] of MIRROR_RANGES) if (index >= first && index <= last) return sum - index;
  return index;
});

/** Batches of an annotated corpus; crop and mirror move the points with the picture. Otherwise like `imageBatches`. */
export function landmarkBatches(set: LandmarkSet, options: BatchOptions): Batches<LandmarkBatch> {
  const cut = cutter(set, options.cropSize);
  return endless(set.labels.length, 'landmarks', options, cut.draw, (samples, views) => {
    const images = new Float32Array(samples.length * cut.values);
    const landmarks = new Float32Array(samples.length * 2 * LANDMARK_COUNT);
    samples.forEach((sample, row) => {
      const view = views[row] as View;
      cut.into(images, row, set.pictures.at(sample), view);
      const points = set.landmarks.subarray(sample * 2 * LANDMARK_COUNT, (sample + 1) * 2 * LANDMARK_COUNT);
      landmarks.set(seenThrough(view, points, set.size, options.cropSize), row * 2 * LANDMARK_COUNT);
    });
    const labels = Int32Array.from(samples, (sample) => set.labels[sample] as number);
    return { images, landmarks, labels, sequences: Int32Array.from(samples), shape: cut.shape(samples.length) };
  });
}

/** Points given as shares of the whole picture, in coordinates of what is seen of it. */
function seenThrough(view: View, points: Float32Array, size: ImageSize, crop: number): Float32Array {
  const seen = new Float32Array(points.length);
  for (let index = 0; index < LANDMARK_COUNT; index++) {
    const from = view.mirrored ? (MIRRORED_LANDMARKS[index] as number) : index;
    const x = (2 * ((points[2 * from] as number) * size.width - view.left)) / crop - 1;
    const y = (2 * ((points[2 * from + 1] as number) * size.height - view.top)) / crop - 1;
    seen[2 * index] = view.mirrored ? -x : x;
    seen[2 * index + 1] = y;
  }
  return seen;
}
