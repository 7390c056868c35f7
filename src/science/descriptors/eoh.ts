import { cos, sin } from '../../base/deterministic-math.ts';
import { describePictures, FACE_GRID, forEachBlock, type BlockGrid, type Pictures, type Plane } from './blocks.ts';

export interface EohOptions {
  readonly grid: BlockGrid;
  /** Orientations told apart, half a turn divided evenly: the first is centred on upright edges. */
  readonly bins: number;
}

export const EOH_DEFAULTS: EohOptions = { grid: FACE_GRID, bins: 8 };

const MARGIN = 1;

/**
 * Sobel gradients of the pixels that have all eight neighbours, shape [height - 2, width - 2] each: `right` grows
 * towards brighter pixels on the right, `down` towards brighter pixels below; whole numbers in [-1020, 1020].
 */
export function sobelGradients(grey: Plane): { right: Plane<Float64Array>; down: Plane<Float64Array> } {
  const { width, values } = grey;
  const inner = { height: grey.height - 2 * MARGIN, width: width - 2 * MARGIN };
  const right = new Float64Array(inner.height * inner.width);
  const down = new Float64Array(inner.height * inner.width);
  for (let y = 0; y < inner.height; y++) {
    for (let x = 0; x < inner.width; x++) {
      const at = (row: number, column: number) => values[(y + row) * width + x + column] as number;
      const index = y * inner.width + x;
      right[index] = at(0, 2) + 2 * at(1, 2) + at(2, 2) - at(0, 0) - 2 * at(1, 0) - at(2, 0);
      down[index] = at(2, 0) + 2 * at(2, 1) + at(2, 2) - at(0, 0) - 2 * at(0, 1) - at(0, 2);
    }
  }
  return { right: { ...inner, values: right }, down: { ...inner, values: down } };
}

/**
 * Finds the bin of a gradient without regard to its sign. Bin k is centred on k * 180 / bins degrees, so that no
 * gradient of whole numbers lies on the border of two of the usual eight: tan(11.25 degrees) and its like are irrational.
 */
function orientationBins(bins: number): (right: number, down: number) => number {
  const borders = Array.from({ length: bins }, (_, bin) => {
    const angle = ((bin + 0.5) * Math.PI) / bins;
    return { cos: cos(angle), sin: sin(angle) };
  });
  return (right, down) => {
    // The opposite gradient, if need be, points downwards or straight to the right.
    const flip = down < 0 || (down === 0 && right < 0) ? -1 : 1;
    const passed = borders.findIndex((border) => flip * (border.cos * down - border.sin * right) < 0);
    return passed === -1 ? 0 : passed;
  };
}

/**
 * Edge orientation histograms over blocks (after Meng et al. 2011, made for stills): each pixel counts with the length of
 * its Sobel gradient for the gradient's orientation, and each block's histogram is divided by its Euclidean length; a
 * block without any edge stays zero. Shape [n, rows * columns * bins], values in [0, 1].
 *
 * @throws DataError for pictures too small for the grid: below 8 x 9 for the usual one
 * @throws RangeError for bins that are no whole number from 1
 */
export function describeEoh(set: Pictures, options: EohOptions = EOH_DEFAULTS): Float32Array {
  const { grid, bins } = options;
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`expected a whole number of bins, found ${bins}`);
  const binOf = orientationBins(bins);
  return describePictures(set, {
    name: 'EOH',
    grid,
    bins,
    margin: MARGIN,
    describe: (grey, result) => {
      const { right, down } = sobelGradients(grey);
      forEachBlock(right, grid, (block, top, bottom, left, end) => {
        const sums = new Float64Array(bins);
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < end; x++) {
            const gx = right.values[y * right.width + x] as number;
            const gy = down.values[y * right.width + x] as number;
            const bin = binOf(gx, gy);
            sums[bin] = (sums[bin] as number) + Math.sqrt(gx * gx + gy * gy);
          }
        }
        const length = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
        if (length > 0)
          result.set(
            sums.map((value) => value / length),
            block * bins,
          );
      });
    },
  });
}
