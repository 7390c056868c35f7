import type { Random } from '../../base/random.ts';
import { createRandom } from '../../base/random.ts';
import type { Canvas } from './canvas.ts';

/** What the camera does to a picture. */
export interface Camera {
  /** 0 sharp to 1: the share of each pixel that is spread over its neighbours, twice. */
  readonly blur: number;
  /** Standard deviation of the sensor's noise in grey levels. */
  readonly noise: number;
}

const TILE = 1 << 15;
let tile: Float32Array | undefined;

/** Standard normal numbers, drawn once: drawing one for each pixel of each frame would cost more than the face. */
function noiseTile(): Float32Array {
  if (tile === undefined) {
    const random = createRandom(68).fork('sensor');
    tile = Float32Array.from({ length: TILE }, () => random.normal());
  }
  return tile;
}

/** Pixels of the canvas as bytes [height, width, channels]; each row takes its noise from a random place of a table. */
export function develop(canvas: Canvas, camera: Camera, random: Random): Uint8Array {
  const { width, height, planes } = canvas;
  const pixels = new Uint8Array(width * height * planes.length);
  planes.forEach((plane, channel) => {
    const blurred = camera.blur > 0 ? blur(plane, width, height, camera.blur) : plane;
    for (let y = 0; y < height; y++) {
      const row = y * width;
      exposeRow(pixels, row * planes.length + channel, planes.length, blurred, row, width, camera.noise, random);
    }
  });
  return pixels;
}

/** One row of one channel. A function of its own, so that the engine compiles its loop early. */
function exposeRow(
  pixels: Uint8Array,
  to: number,
  stride: number,
  plane: Float32Array,
  from: number,
  width: number,
  noise: number,
  random: Random,
): void {
  const table = noiseTile();
  let grainAt = random.integer(TILE);
  for (let x = 0; x < width; x++) {
    const value = (plane[from + x] as number) + noise * (table[grainAt & (TILE - 1)] as number) + 0.5;
    grainAt++;
    pixels[to + x * stride] = value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
  }
}

/** A binomial 3-tap blur along both axes; `amount` 1 is [1 2 1] / 4. */
function blur(plane: Float32Array, width: number, height: number, amount: number): Float32Array {
  const side = amount / 4;
  const centre = 1 - 2 * side;
  const across = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const left = plane[row + (x > 0 ? x - 1 : 0)] as number;
      const right = plane[row + (x < width - 1 ? x + 1 : x)] as number;
      across[row + x] = centre * (plane[row + x] as number) + side * (left + right);
    }
  }
  const result = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = y > 0 ? row - width : row;
    const below = y < height - 1 ? row + width : row;
    for (let x = 0; x < width; x++) {
      result[row + x] =
        centre * (across[row + x] as number) + side * ((across[above + x] as number) + (across[below + x] as number));
    }
  }
  return result;
}
