import type { PictureRows } from './prepared/picture-rows.ts';
import type { ImageSize } from './prepared/prepared-format.ts';

/** The parts of a corpus "in the wild": its owners say which picture is for what. */
export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Single labelled pictures: no sequence, no peak to pair them with. */
export interface StillSet {
  readonly size: ImageSize;
  readonly classes: readonly string[];
  /** Class number of each picture, shape [n]. */
  readonly labels: Uint8Array;
  /** Who is shown, as far as the corpus tells; otherwise the picture's own id. Shape [n]. */
  readonly subjects: readonly string[];
  /** Unique, as in the corpus: `images/0001.png`. Shape [n]. */
  readonly ids: readonly string[];
  readonly pictures: PictureRows;
}

/** Pictures with 68 facial landmarks: of an annotated corpus, from which a method may learn where a face's parts lie. */
export interface LandmarkSet extends StillSet {
  /** Coordinates (x, y) as shares of the picture's width and height, in general in [0, 1], shape [n, 68, 2]. */
  readonly landmarks: Float32Array;
}
