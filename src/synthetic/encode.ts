import { encode } from 'fast-png';
import sharp from 'sharp';
import type { Picture } from './face/render.ts';

/** A PNG, written in plain JavaScript: the same bytes on every machine. Light compression, for speed. */
export function encodePng(picture: Picture): Uint8Array {
  return encode(
    { width: picture.width, height: picture.height, data: picture.pixels, channels: picture.channels, depth: 8 },
    { zlib: { level: 2 } },
  );
}

/**
 * A JPEG of quality 92 without chroma subsampling. All its settings are fixed, and libjpeg's accurate integer transform
 * is the same with and without SIMD.
 */
export async function encodeJpeg(picture: Picture): Promise<Uint8Array> {
  return sharp(picture.pixels, { raw: { width: picture.width, height: picture.height, channels: picture.channels } })
    .jpeg({
      quality: 92,
      chromaSubsampling: '4:4:4',
      progressive: false,
      optimiseCoding: true,
      mozjpeg: false,
      trellisQuantisation: false,
      overshootDeringing: false,
      optimiseScans: false,
      quantisationTable: 0,
    })
    .toBuffer();
}

/** The part of a picture inside a box of whole pixels; landmarks move with it. */
export function crop(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const { channels } = picture;
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    pixels.set(picture.pixels.subarray(from, from + width * channels), y * width * channels);
  }
  const landmarks = picture.landmarks.map(([x, y]) => [x - left, y - top] as const);
  return { width, height, channels, pixels, landmarks };
}
