/**
 * How far a synthesised picture is from a real one (§3.3), for analyses; what players minimise is in losses/losses.ts.
 * Pictures and maps are flat, as the networks use them: row by row, channels innermost.
 */

/**
 * Difference in pixel space, GroupGAN Eq. 21: the Euclidean norm of real peak minus synthesised picture, both with
 * values in [-1, 1]. From 0 to 2 sqrt(length).
 *
 * @throws RangeError for pictures of different sizes
 */
export function contentDifference(peak: ArrayLike<number>, magnified: ArrayLike<number>): number {
  return euclideanDistance(peak, magnified);
}

/**
 * Difference in high-level feature space, GroupGAN Eq. 20: the Euclidean norm between the deep feature maps (Psi) of
 * real peak and synthesised picture.
 *
 * @throws RangeError for maps of different sizes
 */
export function perceptualDifference(peakMap: ArrayLike<number>, magnifiedMap: ArrayLike<number>): number {
  return euclideanDistance(peakMap, magnifiedMap);
}

/**
 * Where two pictures differ, GroupGAN Eq. 22: for each pixel the squared difference summed over channels, in the square
 * of the pictures' unit. Fig. 5 shows it between the input and what was made of it, and between the input and the real
 * peak. Row by row, one number a pixel.
 *
 * @throws RangeError for pictures of different sizes, or that are no whole number of pixels
 */
export function heatMap(from: ArrayLike<number>, to: ArrayLike<number>, channels: number): Float32Array {
  requireSameLength(from, to);
  if (!Number.isInteger(channels) || channels < 1 || from.length % channels !== 0) {
    throw new RangeError(`expected whole pixels of ${channels} channels, found ${from.length} numbers`);
  }
  return Float32Array.from({ length: from.length / channels }, (_, pixel) => {
    let sum = 0;
    for (let at = pixel * channels; at < (pixel + 1) * channels; at++) sum += squaredDifferenceAt(from, to, at);
    return sum;
  });
}

function euclideanDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireSameLength(a, b);
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += squaredDifferenceAt(a, b, at);
  return Math.sqrt(sum);
}

function squaredDifferenceAt(a: ArrayLike<number>, b: ArrayLike<number>, at: number): number {
  const difference = (b[at] ?? NaN) - (a[at] ?? NaN);
  return difference * difference;
}

function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length) return;
  throw new RangeError(`expected two of the same size, found ${a.length} and ${b.length} numbers`);
}
