/**
 * Pictures while they are drawn: planes of floats, on which colours are laid through masks.
 *
 * Colours are linear blends of pixel values from 0 to 255; a grey canvas has one plane, a colour canvas three, so that
 * a grey picture costs a third and equals the luma of the coloured one.
 */
import type { Mask } from './raster.ts';

/** Red, green and blue, each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Planes of [height, width] pixel values from 0 to 255: one plane is grey, three are red, green, blue. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float32Array[];
}

/** A black canvas. */
export function createCanvas(width: number, height: number, channels: 1 | 3): Canvas {
  return { width, height, planes: Array.from({ length: channels }, () => new Float32Array(width * height)) };
}

/** The value of a colour on each plane of a canvas: itself, or its luma (ITU-R BT.601). */
export function tones(canvas: Canvas, colour: Colour): readonly number[] {
  if (canvas.planes.length === 3) return colour;
  return [0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]];
}

/** Lays a colour over the masked pixels; `shade`, a plane of the canvas's size, multiplies the colour. */
export function paint(canvas: Canvas, mask: Mask, colour: Colour, alpha = 1, shade?: Float32Array): void {
  const values = tones(canvas, colour);
  for (let channel = 0; channel < canvas.planes.length; channel++) {
    const plane = canvas.planes[channel] as Float32Array;
    const value = values[channel] as number;
    if (shade === undefined) paintFlat(plane, canvas.width, mask, value, alpha);
    else paintLit(plane, canvas.width, mask, value, alpha, shade);
  }
}

/** Below this share a layer changes no grey level. */
const INVISIBLE = 0.002;

function paintFlat(plane: Float32Array, width: number, mask: Mask, value: number, alpha: number): void {
  let from = 0;
  for (let y = 0; y < mask.height; y++) {
    let at = (y + mask.top) * width + mask.left;
    for (const end = at + mask.width; at < end; at++, from++) {
      const share = (mask.data[from] as number) * alpha;
      if (share < INVISIBLE) continue;
      const old = plane[at] as number;
      plane[at] = old + (value - old) * share;
    }
  }
}

function paintLit(
  plane: Float32Array,
  width: number,
  mask: Mask,
  value: number,
  alpha: number,
  shade: Float32Array,
): void {
  let from = 0;
  for (let y = 0; y < mask.height; y++) {
    let at = (y + mask.top) * width + mask.left;
    for (const end = at + mask.width; at < end; at++, from++) {
      const share = (mask.data[from] as number) * alpha;
      if (share < INVISIBLE) continue;
      const old = plane[at] as number;
      plane[at] = old + (value * (shade[at] as number) - old) * share;
    }
  }
}

/** Adds a mask times an amount to a plane of the given width. */
export function addMask(plane: Float32Array, width: number, mask: Mask, amount: number): void {
  for (let y = 0; y < mask.height; y++) {
    const row = (y + mask.top) * width + mask.left;
    for (let x = 0; x < mask.width; x++) {
      plane[row + x] = (plane[row + x] as number) + amount * (mask.data[y * mask.width + x] as number);
    }
  }
}
