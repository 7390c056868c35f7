import type { Frame, Tally } from '../corpus.ts';
import { drawFrames, frameCrop } from '../pictures/draw-frame.ts';
import type { DrawEdges, DrawOptions } from '../pictures/draw-frame.ts';
import type { PairedSequence } from '../pairs.ts';
import type { FoldPictures } from './prepared-format.ts';

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
  const tasks = pairs.flatMap(({ sequence, weak, peak }) => {
    const crop = frameCrop(sequence, options);
    return [...weak, peak].map((frame) => ({ frame, crop }));
  });
  const drawn = await drawFrames(tasks, options.onBadImage, edges);
  const pixelsOf = (frame: Frame) => (drawn.get(frame) as { pixels: Uint8Array }).pixels;
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
    const peak = drawn.get(pair.peak)?.pixels;
    const weak = pair.weak.filter((frame) => drawn.has(frame));
    if (peak === undefined || weak.length === 0) {
      tally.add(corpus, 'sequence', `unreadable ${peak === undefined ? 'peak' : 'weak frames'}`);
      continue;
    }
    for (const frame of weak) {
      weaks.push(pixelsOf(frame));
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
