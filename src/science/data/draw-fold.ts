import { forEachBounded } from './bounded.ts';
import type { Frame, Sequence, Tally } from './corpus.ts';
import { DataError } from './data-error.ts';
import { decodeImage } from './decode.ts';
import { cropRegion } from './face-crop.ts';
import type { Crop } from './face-crop.ts';
import { withChannels } from './images.ts';
import type { Image } from './images.ts';
import { readLandmarks } from './landmarks.ts';
import type { Landmarks } from './landmarks.ts';
import type { PairedSequence } from './pairs.ts';
import type { FoldPictures } from './prepared-format.ts';
import { resample } from './resample.ts';

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

/**
 * Decodes, crops and resizes the frames of some sequences. A skipped weak frame is left out alone; a sequence whose
 * peak or whose every weak frame is skipped is left out whole. Returns what is left, with its pictures.
 */
export async function drawFold(
  pairs: readonly PairedSequence[],
  classes: readonly string[],
  options: DrawOptions,
  edges: DrawEdges,
  tally: Tally,
): Promise<{ readonly pairs: readonly PairedSequence[]; readonly pictures: FoldPictures }> {
  const crops = pairs.map(({ sequence }) => sequenceCrop(sequence, options));
  const tasks = pairs.flatMap(({ weak, peak }, pair) => [...weak, peak].map((frame) => ({ pair, frame })));
  const drawn = new Map<Frame, Uint8Array>();
  await forEachBounded(tasks.length, edges, async (index) => {
    const { pair, frame } = tasks[index] as { pair: number; frame: Frame };
    const image = await pictureOf(frame, options.onBadImage);
    if (image !== null) drawn.set(frame, await (crops[pair] as SequenceCrop)(image, frame));
    edges.onPicture?.();
  });
  const { size: side, channels } = options.image;
  const kept: PairedSequence[] = [];
  const labels: number[] = [];
  const peaks: Uint8Array[] = [];
  const weaks: Uint8Array[] = [];
  const weakSequence: number[] = [];
  for (const pair of pairs) {
    const { corpus, label } = pair.sequence;
    for (const frame of [...pair.weak, pair.peak]) {
      if (!drawn.has(frame)) tally.add(corpus, 'picture', `unreadable: ${frame.name}`);
    }
    const peak = drawn.get(pair.peak);
    const weak = pair.weak.filter((frame) => drawn.has(frame));
    if (peak === undefined || weak.length === 0) {
      tally.add(corpus, 'sequence', `unreadable ${peak === undefined ? 'peak' : 'weak frames'}`);
      continue;
    }
    for (const frame of weak) {
      weaks.push(drawn.get(frame) as Uint8Array);
      weakSequence.push(kept.length);
    }
    peaks.push(peak);
    labels.push(classes.indexOf(label));
    kept.push({ ...pair, weak });
  }
  return {
    pairs: kept,
    pictures: { size: { height: side, width: side, channels }, labels, peaks, weaks, weakSequence },
  };
}

/** A picture before its crop; null when it cannot be read and such pictures are skipped. */
async function pictureOf(frame: Frame, onBadImage: 'fail' | 'skip'): Promise<Image | null> {
  if (frame.kind === 'drawn') return frame.pixels();
  try {
    return await decodeImage(frame.path);
  } catch (error) {
    if (onBadImage === 'skip' && error instanceof DataError) return null;
    throw error;
  }
}

type SequenceCrop = (image: Image, frame: Frame) => Promise<Uint8Array>;

/** How the pictures of one sequence become squares. Shared landmarks are read once. */
function sequenceCrop(sequence: Sequence, { image: { size, channels }, crops }: DrawOptions): SequenceCrop {
  const crop = crops[sequence.corpus] ?? { kind: 'whole' };
  const shared = crop.kind === 'landmarks' && crop.reference === 'first';
  let first: Promise<Landmarks | null> | undefined;
  return async (image, frame) => {
    let landmarks: Landmarks | null = null;
    if (shared) {
      first ??= landmarksOf(sequence.frames.find((candidate) => 'landmarks' in candidate) ?? frame);
      landmarks = await first;
    } else if (crop.kind === 'landmarks') landmarks = await landmarksOf(frame);
    const where = frame.kind === 'file' ? frame.path : frame.name;
    return withChannels(resample(image, cropRegion(image, crop, landmarks, where), size, size), channels).data;
  };
}

async function landmarksOf(frame: Frame): Promise<Landmarks | null> {
  if (frame.kind !== 'file' || frame.landmarks === undefined) return null;
  return typeof frame.landmarks === 'string' ? await readLandmarks(frame.landmarks) : frame.landmarks;
}
