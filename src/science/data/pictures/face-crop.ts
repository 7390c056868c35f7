import type { Crop } from '../../../params/corpora.ts';
import { DataError } from '../data-error.ts';
import type { Image } from './images.ts';
import type { Landmarks } from './landmarks.ts';
import type { Region } from './resample.ts';
import { wholeOf } from './resample.ts';

export type { Crop };

/** A square around the 68 points. */
export type LandmarkCrop = Extract<Crop, { readonly kind: 'landmarks' }>;

/** The region of `image` that `crop` names. `landmarks` may be null unless the crop needs them; `where` names the file. */
export function cropRegion(image: Image, crop: Crop, landmarks: Landmarks | null, where: string): Region {
  switch (crop.kind) {
    case 'whole':
      return wholeOf(image);
    case 'box': {
      const side = crop.size * Math.min(image.width, image.height);
      return { x: crop.x * image.width, y: crop.y * image.height, right: [side, 0], down: [0, side] };
    }
    case 'landmarks': {
      if (landmarks === null) {
        throw new DataError({
          where,
          expected: 'landmarks, by which its corpus is cropped',
          found: 'none',
          advice: 'Add the corpus\'s landmark files, or choose a crop of kind "box" or "whole" for this corpus',
        });
      }
      return aroundPoints(landmarks, crop, where);
    }
  }
}

const OUTER_CORNER_OF_RIGHT_EYE = 36;
const OUTER_CORNER_OF_LEFT_EYE = 45;

function aroundPoints(landmarks: Landmarks, crop: LandmarkCrop, where: string): Region {
  const [cosine, sine] = crop.upright ? eyeLine(landmarks) : [1, 0];
  // Along and across the eye line, so that the square stands on it.
  const along = landmarks.map(({ x, y }) => x * cosine + y * sine);
  const across = landmarks.map(({ x, y }) => y * cosine - x * sine);
  const left = Math.min(...along);
  const top = Math.min(...across);
  const width = Math.max(...along) - left;
  const height = Math.max(...across) - top;
  const longer = Math.max(width, height);
  if (!(longer > 0)) {
    const advice = 'Restore the landmark file from the corpus';
    throw new DataError({ where, expected: 'landmarks that span a face', found: 'points in one place', advice });
  }
  const side = longer * (1 + 2 * crop.margin);
  const startAlong = left + width / 2 - side / 2;
  const startAcross = top + height / 2 - side / 2;
  return {
    x: startAlong * cosine - startAcross * sine,
    y: startAlong * sine + startAcross * cosine,
    right: [side * cosine, side * sine],
    down: [crop.upright ? -side * sine : 0, side * cosine],
  };
}

function eyeLine(landmarks: Landmarks): readonly [cosine: number, sine: number] {
  const from = landmarks[OUTER_CORNER_OF_RIGHT_EYE];
  const to = landmarks[OUTER_CORNER_OF_LEFT_EYE];
  if (from === undefined || to === undefined) return [1, 0];
  const x = to.x - from.x;
  const y = to.y - from.y;
  const length = Math.sqrt(x * x + y * y);
  return length > 0 ? [x / length, y / length] : [1, 0];
}
