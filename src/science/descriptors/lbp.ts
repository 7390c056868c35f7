import { blockHistograms, describePictures, FACE_GRID, type BlockGrid, type Pictures, type Plane } from './blocks.ts';

/** Distance from a pixel to its eight neighbours. */
const RADIUS = 2;

/** 58 uniform patterns, and one bin for all others. */
export const LBP_BINS = 59;

export interface LbpOptions {
  readonly grid: BlockGrid;
}

/** a + b * sqrt(2) >= 0 for whole numbers, without rounding. */
function isNonNegative(a: number, b: number): boolean {
  if (a >= 0) return b >= 0 || a * a >= 2 * b * b;
  return b > 0 && 2 * b * b >= a * a;
}

/** Bits of a circular pattern of eight that change from one neighbour to the next. */
function transitions(pattern: number): number {
  const turned = ((pattern << 1) | (pattern >>> 7)) & 0xff;
  let changes = 0;
  for (let rest = pattern ^ turned; rest !== 0; rest >>>= 1) changes += rest & 1;
  return changes;
}

function uniformBins(): Uint8Array {
  const bins = new Uint8Array(256).fill(LBP_BINS - 1);
  let next = 0;
  bins.forEach((_, pattern) => {
    if (transitions(pattern) <= 2) bins[pattern] = next++;
  });
  return bins;
}

/** Bin of each pattern in [0, 255]: uniform ones (at most two transitions) in ascending order, then the last bin. */
export const UNIFORM_BINS = uniformBins();

/**
 * Local binary patterns LBP(8,2) (Ojala, Pietikäinen & Mäenpää 2002): bit p tells whether the grey value at radius 2 and
 * angle 45p degrees (from the right, counter-clockwise) is at least the pixel's own. Values between pixels are
 * interpolated bilinearly.
 *
 * The four slanted neighbours lie at (±sqrt 2, ±sqrt 2), so that with t = sqrt(2) - 1 the four pixels around one have
 * the weights (1-t)^2 = 6 - 4 sqrt 2, t(1-t) = 3 sqrt 2 - 4 twice, and t^2 = 3 - 2 sqrt 2: the comparison is decided in
 * whole numbers, and equal greys compare as equal on every machine.
 *
 * @returns a pattern in [0, 255] for every pixel that is two pixels away from all edges, shape [height - 4, width - 4]
 */
export function lbpPatterns(grey: Plane): Plane {
  const { width, values } = grey;
  const inner = { height: grey.height - 2 * RADIUS, width: width - 2 * RADIUS };
  const patterns = new Uint8Array(inner.height * inner.width);
  for (let y = 0; y < inner.height; y++) {
    for (let x = 0; x < inner.width; x++) {
      const centre = (y + RADIUS) * width + x + RADIUS;
      const own = values[centre] as number;
      const difference = (right: number, up: number) => (values[centre + right - up * width] as number) - own;
      const slanted = (right: 1 | -1, up: 1 | -1) => {
        const near = difference(right, up);
        const mixed = difference(2 * right, up) + difference(right, 2 * up);
        const far = difference(2 * right, 2 * up);
        return isNonNegative(6 * near - 4 * mixed + 3 * far, -4 * near + 3 * mixed - 2 * far);
      };
      patterns[y * inner.width + x] =
        (difference(RADIUS, 0) >= 0 ? 1 : 0) |
        (slanted(1, 1) ? 2 : 0) |
        (difference(0, RADIUS) >= 0 ? 4 : 0) |
        (slanted(-1, 1) ? 8 : 0) |
        (difference(-RADIUS, 0) >= 0 ? 16 : 0) |
        (slanted(-1, -1) ? 32 : 0) |
        (difference(0, -RADIUS) >= 0 ? 64 : 0) |
        (slanted(1, -1) ? 128 : 0);
    }
  }
  return { ...inner, values: patterns };
}

/**
 * Histograms of uniform LBP(8,2) over blocks (Shan, Gong & McOwan 2009), each of 59 shares that sum to 1: shape
 * [n, rows * columns * 59]. Small pictures keep the grid: at 32 x 32, a block of the usual 6 x 7 has 16 to 20 pixels.
 *
 * @throws DataError for pictures too small for the grid: below 10 x 11 for the usual one
 */
export function describeLbp(set: Pictures, options: LbpOptions = { grid: FACE_GRID }): Float32Array {
  const { grid } = options;
  return describePictures(set, {
    name: 'LBP',
    grid,
    bins: LBP_BINS,
    margin: RADIUS,
    describe: (grey, result) => {
      const patterns = lbpPatterns(grey);
      const codes = patterns.values.map((pattern) => UNIFORM_BINS[pattern] as number);
      blockHistograms({ ...patterns, values: codes }, grid, LBP_BINS, result);
    },
  });
}
