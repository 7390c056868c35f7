import { cos, pow, sin } from '../../base/deterministic-math.ts';
import { blockHistograms, describePictures, FACE_GRID, type BlockGrid, type Pictures, type Plane } from './blocks.ts';

/** Pixels along a side of the window of the local Fourier transform; its lowest frequency is a = 1/7. */
const WINDOW = 7;
const MARGIN = (WINDOW - 1) / 2;
/** Correlation of neighbouring pixels that the decorrelation assumes; that of others is its power of their distance. */
const CORRELATION = 0.9;
/** Coefficients nearer to zero than this are zero up to rounding: grey values are whole numbers. */
const ZERO = 1e-6;

/** One bin for each pattern of eight signs. */
export const LPQ_BINS = 256;

export interface LpqOptions {
  readonly grid: BlockGrid;
}

/** A function over the window, as the product of one along the row and one along the column, shape [7] each. */
interface Product {
  readonly across: readonly number[];
  readonly down: readonly number[];
}

const offsets = Array.from({ length: WINDOW }, (_, index) => index - MARGIN);
const angle = (offset: number) => (2 * Math.PI * offset) / WINDOW;
const ONE = offsets.map(() => 1);
const COSINE = offsets.map((offset) => cos(angle(offset)));
const SINE = offsets.map((offset) => sin(angle(offset)));
const ROW_FUNCTIONS = [ONE, COSINE, SINE] as const;

/** What two coefficients have in common if neighbouring pixels have the correlation above. */
function covariance(first: Product, second: Product): number {
  let sum = 0;
  offsets.forEach((y1, i) =>
    offsets.forEach((x1, j) =>
      offsets.forEach((y2, k) =>
        offsets.forEach((x2, l) => {
          const distance = Math.sqrt((y1 - y2) ** 2 + (x1 - x2) ** 2);
          const weight = (first.down[i] as number) * (first.across[j] as number);
          sum += weight * pow(CORRELATION, distance) * (second.down[k] as number) * (second.across[l] as number);
        }),
      ),
    ),
  );
  return sum;
}

/** The rotation (cosine, sine) after which [[p, q], [q, r]] is diagonal: the one step of Jacobi's method. */
function diagonalise(p: number, q: number, r: number): readonly [c: number, s: number] {
  if (q === 0) return [1, 0];
  const tau = (r - p) / (2 * q);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  return [c, t * c];
}

type Coefficients = readonly [number, number, number, number, number, number, number, number];

/**
 * The signs' functions. The transform has the frequencies (a, 0), (0, a), (a, a), (a, -a): four cosines and four sines
 * over the window. Sums and differences of the last two are products, and by the window's symmetry only three pairs of
 * these eight are correlated: (cos x + cos y, cos x cos y), (sin x, sin x cos y), (sin y, cos x sin y). Whitening by the
 * singular vectors of the 8 x 8 covariance is thus three rotations. The last two pairs have the same singular values,
 * where any mixture would do; these vectors are the ones that change their sign in a mirror.
 */
function decorrelation(): (products: Coefficients) => Coefficients {
  const root = Math.SQRT1_2;
  const product = (across: readonly number[], down: readonly number[]): Product => ({ across, down });
  const cx = product(COSINE, ONE);
  const cy = product(ONE, COSINE);
  const cc = product(COSINE, COSINE);
  const sx = product(SINE, ONE);
  const sc = product(SINE, COSINE);
  // cos x + cos y has the length that one of them has after the factor sqrt(1/2), the products after sqrt 2.
  const [c1, s1] = diagonalise(
    covariance(cx, cx) + covariance(cx, cy),
    covariance(cx, cc) + covariance(cy, cc),
    2 * covariance(cc, cc),
  );
  const [c2, s2] = diagonalise(covariance(sx, sx), Math.SQRT2 * covariance(sx, sc), 2 * covariance(sc, sc));
  return ([gcx, gcy, gcc, gss, gsx, gsy, gsc, gcs]) => {
    const sum = root * (gcx + gcy);
    const both = Math.SQRT2 * gcc;
    const right = Math.SQRT2 * gsc;
    const down = Math.SQRT2 * gcs;
    return [
      c1 * sum - s1 * both,
      s1 * sum + c1 * both,
      root * (gcx - gcy),
      Math.SQRT2 * gss,
      c2 * gsx - s2 * right,
      s2 * gsx + c2 * right,
      c2 * gsy - s2 * down,
      s2 * gsy + c2 * down,
    ];
  };
}

const decorrelate = decorrelation();

/** Sums of three functions along each row, shape [3][height, width - 6]. */
function rowSums(grey: Plane): readonly [Float64Array, Float64Array, Float64Array] {
  const width = grey.width - 2 * MARGIN;
  const [one, cosine, sine] = ROW_FUNCTIONS.map((weights) => {
    const sums = new Float64Array(grey.height * width);
    for (let y = 0; y < grey.height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < WINDOW; k++) {
          sum += (weights[k] as number) * (grey.values[y * grey.width + x + k] as number);
        }
        sums[y * width + x] = sum;
      }
    }
    return sums;
  }) as [Float64Array, Float64Array, Float64Array];
  return [one, cosine, sine];
}

/**
 * Local phase quantisation (Ojansivu & Heikkilä 2008; decorrelated as there): the signs of eight uncorrelated
 * coefficients of the Fourier transform over the 7 x 7 window around each pixel, as bits; a bit is 1 for zero, so that a
 * flat window has the code 255. In which order bits stand, and which of two opposite vectors is meant, changes the order
 * of a histogram's bins and nothing else.
 *
 * @returns a code in [0, 255] for every pixel that is three pixels away from all edges, shape [height - 6, width - 6]
 */
export function lpqCodes(grey: Plane): Plane {
  const inner = { height: grey.height - 2 * MARGIN, width: grey.width - 2 * MARGIN };
  const codes = new Uint8Array(inner.height * inner.width);
  const [one, cosine, sine] = rowSums(grey);
  for (let y = 0; y < inner.height; y++) {
    for (let x = 0; x < inner.width; x++) {
      let [cx, cy, cc, ss, sx, sy, sc, cs] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0; k < WINDOW; k++) {
        const at = (y + k) * inner.width + x;
        const [o, c, s] = [one[at] as number, cosine[at] as number, sine[at] as number];
        const [wc, ws] = [COSINE[k] as number, SINE[k] as number];
        cx += c;
        sx += s;
        cy += o * wc;
        sy += o * ws;
        cc += c * wc;
        cs += c * ws;
        sc += s * wc;
        ss += s * ws;
      }
      const signs = decorrelate([cx, cy, cc, ss, sx, sy, sc, cs]);
      codes[y * inner.width + x] = signs.reduce((code, value, bit) => code | (value > -ZERO ? 1 << bit : 0), 0);
    }
  }
  return { ...inner, values: codes };
}

/**
 * Histograms of LPQ codes over blocks (as Dhall et al. 2011 describe faces), each of 256 shares that sum to 1: shape
 * [n, rows * columns * 256]. Small pictures keep the grid: at 32 x 32, a block of 6 x 7 has 12 to 20 pixels.
 *
 * @throws DataError for pictures too small for the grid: below 12 x 13 for the usual one
 */
export function describeLpq(set: Pictures, options: LpqOptions = { grid: FACE_GRID }): Float32Array {
  const { grid } = options;
  return describePictures(set, {
    name: 'LPQ',
    grid,
    bins: LPQ_BINS,
    margin: MARGIN,
    describe: (grey, result) => blockHistograms(lpqCodes(grey), grid, LPQ_BINS, result),
  });
}
