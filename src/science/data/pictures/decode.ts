import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { DataError, errorCode } from '../data-error.ts';
import type { Image } from './images.ts';

// One thread a picture: what keeps the cores busy is several pictures at once.
sharp.concurrency(1);

/**
 * Decodes a PNG or JPEG file of any kind (grey, palette, colour, alpha, 8 or 16 bits, CMYK) into bytes, with one channel
 * if the file is plain 8-bit grey, else three.
 *
 * sharp only unpacks the file here. Its colour conversions and its resize use floating point that depends on the
 * processor, so those are our own whole-number arithmetic: 16 bits keep their high byte, transparency is laid over
 * white, CMYK is multiplied out, colour profiles are ignored. A camera's orientation mark is followed.
 *
 * Throws a DataError that names the file when it is missing, not a PNG or JPEG, cut short or damaged.
 */
export async function decodeImage(path: string): Promise<Image> {
  return await decodeBytes(await bytesOf(path), path);
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    const found = code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`;
    throw new DataError(
      { where: path, expected: 'a picture', found, advice: 'Restore the file, or set onBadImage to skip' },
      { cause: error },
    );
  }
}

/** `decodeImage` for bytes already in memory; `path` is for messages. */
export async function decodeBytes(bytes: Uint8Array, path: string): Promise<Image> {
  try {
    // Doubts count as damage (failOn): a picture that decodes to half a face must not train anything.
    const picture = sharp(bytes, { failOn: 'warning', ignoreIcc: true, sequentialRead: true }).autoOrient();
    const { format, space, depth, hasAlpha } = await picture.metadata();
    if (!isPicture(format)) throw notAPicture(path, `${format} data`);
    const cmyk = space === 'cmyk';
    // Plain grey would come tripled, CMYK converted. Other grey must: 16 bits would be rounded in floating point, and
    // transparency lost.
    const grey = space === 'b-w' && depth === 'uchar' && !hasAlpha;
    const unpacked = cmyk ? picture.toColourspace('cmyk') : grey ? picture.toColourspace('b-w') : picture;
    const { data, info } = await unpacked.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return opaque(data, info, cmyk);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw notAPicture(path, bytes.length === 0 ? 'an empty file' : `damaged data (${reason.trim()})`, error);
  }
}

function isPicture(format: string | undefined): boolean {
  return format === 'png' || format === 'jpeg';
}

function notAPicture(path: string, found: string, cause?: unknown): DataError {
  const advice = 'Restore the file from the corpus, or set onBadImage to skip';
  return new DataError({ where: path, expected: 'a whole PNG or JPEG picture', found, advice }, { cause });
}

interface Dimensions {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

function opaque(data: Uint8Array, { width, height, channels }: Dimensions, cmyk: boolean): Image {
  if (!cmyk && channels === 1) return { width, height, channels, data };
  if (!cmyk && channels === 3) return { width, height, channels, data };
  const pixels = width * height;
  const colours = cmyk || channels > 2 ? 3 : 1;
  const result = new Uint8Array(pixels * colours);
  for (let i = 0, to = 0; i < pixels; i++) {
    const from = i * channels;
    const over = data[from + colours] as number;
    for (let c = 0; c < colours; c++) {
      const value = data[from + c] as number;
      result[to++] = cmyk ? by255((255 - value) * (255 - over)) : by255(value * over + 255 * (255 - over));
    }
  }
  return { width, height, channels: colours, data: result };
}

/** A product of two bytes divided by 255 and rounded, in whole numbers. */
function by255(product: number): number {
  return Math.floor((product + 127) / 255);
}
