import { forEachDot } from '../../src/report/charts/font.ts';

/** Writes a word into RGB pixels [height, width, 3] of the given width, its top left corner at (left, top). */
export function writeWord(
  pixels: Uint8Array,
  width: number,
  left: number,
  top: number,
  word: string,
  colour: readonly [number, number, number],
): void {
  forEachDot(word, (x, y) => pixels.set(colour, ((top + y) * width + left + x) * 3));
}
