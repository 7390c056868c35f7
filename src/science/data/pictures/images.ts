/** A picture as bytes, row by row from the top left corner, channels interleaved: shape [height, width, channels]. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** width * height * channels values in [0, 255]. */
  readonly data: Uint8Array;
}

export interface GreyImage extends Image {
  readonly channels: 1;
}

/**
 * Luma of one pixel (ITU-R BT.601) in whole numbers. The weights sum to 2^16, so that a grey pixel keeps its value and
 * no machine rounds differently.
 */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >>> 16;
}

/** The picture with the wanted number of channels: luma of three, or one repeated three times. */
export function withChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const { width, height, data } = image;
  const pixels = width * height;
  const result = new Uint8Array(pixels * channels);
  if (channels === 1) {
    for (let i = 0, from = 0; i < pixels; i++, from += 3) {
      result[i] = luma(data[from] as number, data[from + 1] as number, data[from + 2] as number);
    }
  } else {
    for (let i = 0, to = 0; i < pixels; i++, to += 3) {
      const value = data[i] as number;
      result[to] = value;
      result[to + 1] = value;
      result[to + 2] = value;
    }
  }
  return { width, height, channels, data: result };
}
