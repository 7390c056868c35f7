import { forEachBounded } from './bounded.ts';
import type { Frame } from '../corpus.ts';
import { DataError } from '../data-error.ts';
import { decodeImage } from './decode.ts';
import { cropRegion } from './face-crop.ts';
import type { Crop } from './face-crop.ts';
import { withChannels } from './images.ts';
import type { Image } from './images.ts';
import { readLandmarks } from './landmarks.ts';
import type { Landmarks } from './landmarks.ts';
import { resample } from './resample.ts';
import type { Region } from './resample.ts';

export interface DrawOptions {
  /** Side of the square pictures in pixels, and 1 (grey) or 3 (colour) channels. */
  readonly image: { readonly size: number; readonly channels: 1 | 3 };
  /** How each corpus is cropped, by its name; `whole` where it is not named. */
  readonly crops: Readonly<Record<string, Crop>>;
  /** `fail` stops at a picture that cannot be read; `skip` counts it and goes on without it. */
  readonly onBadImage: 'fail' | 'skip';
}

export interface DrawEdges {
  /** Pictures in flight. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture. */
  readonly onPicture?: () => void;
}

/** A frame as the nets see it. */
export interface DrawnFrame {
  /** Values in [0, 255], shape [size, size, channels]. */
  readonly pixels: Uint8Array;
  /** Which part of the frame that is. */
  readonly region: Region;
}

/** Crops and resizes a decoded frame. */
export type FrameCrop = (image: Image, frame: Frame) => Promise<DrawnFrame>;

/**
 * How the frames of one sequence (or a single picture) become squares. Landmarks that all its frames share are read
 * once. Throws a DataError where the crop needs landmarks and there are none.
 */
export function frameCrop(
  { corpus, frames }: { readonly corpus: string; readonly frames: readonly Frame[] },
  { image: { size, channels }, crops }: DrawOptions,
): FrameCrop {
  const crop = crops[corpus] ?? { kind: 'whole' };
  const shared = crop.kind === 'landmarks' && crop.reference === 'first';
  let first: Promise<Landmarks | null> | undefined;
  return async (image, frame) => {
    let landmarks: Landmarks | null = null;
    if (shared) {
      first ??= landmarksOf(frames.find((candidate) => 'landmarks' in candidate) ?? frame);
      landmarks = await first;
    } else if (crop.kind === 'landmarks') landmarks = await landmarksOf(frame);
    const where = frame.kind === 'file' ? frame.path : frame.name;
    const region = cropRegion(image, crop, landmarks, where);
    return { pixels: withChannels(resample(image, region, size, size), channels).data, region };
  };
}

/**
 * Decodes, crops and resizes frames, several at once. A frame that cannot be read is missing from the result where such
 * pictures are skipped; otherwise the first of them is thrown.
 */
export async function drawFrames(
  tasks: readonly { readonly frame: Frame; readonly crop: FrameCrop }[],
  onBadImage: DrawOptions['onBadImage'],
  edges: DrawEdges,
): Promise<ReadonlyMap<Frame, DrawnFrame>> {
  const drawn = new Map<Frame, DrawnFrame>();
  await forEachBounded(tasks.length, edges, async (index) => {
    const { frame, crop } = tasks[index] as { frame: Frame; crop: FrameCrop };
    const image = await pictureOf(frame, onBadImage);
    if (image !== null) drawn.set(frame, await crop(image, frame));
    edges.onPicture?.();
  });
  return drawn;
}

/** A picture before its crop; null when it cannot be read and such pictures are skipped. */
async function pictureOf(frame: Frame, onBadImage: DrawOptions['onBadImage']): Promise<Image | null> {
  try {
    switch (frame.kind) {
      case 'file':
        return await decodeImage(frame.path);
      case 'drawn':
        return frame.pixels();
      case 'loaded':
        return await frame.load();
    }
  } catch (error) {
    if (onBadImage === 'skip' && error instanceof DataError) return null;
    throw error;
  }
}

/** The points of a frame, null where it has none. Throws a DataError for a file that is missing or malformed. */
export async function landmarksOf(frame: Frame): Promise<Landmarks | null> {
  if (frame.kind !== 'file' || frame.landmarks === undefined) return null;
  return typeof frame.landmarks === 'string' ? await readLandmarks(frame.landmarks) : frame.landmarks;
}
