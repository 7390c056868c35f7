/**
 * The matrices of Winograd's minimal filtering: m x m outputs of a 3 x 3 filter from a tile of (m + 2) x (m + 2)
 * inputs d, as Y = A [ (G g G') . (B d B') ] A' with one product an entry of the tile instead of nine an output
 * (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"). They follow from m + 1 points at which
 * polynomials are evaluated, and infinity (Toom and Cook).
 */

export type Matrix = readonly (readonly number[])[];

/** Outputs a side of a tile. */
export const TILE_SIDES = [2, 3, 4] as const;
export type TileSide = (typeof TILE_SIDES)[number];

export const FILTER_SIDE = 3;

export interface WinogradMatrices {
  /** [m + 2, m + 2], for inputs. */
  readonly input: Matrix;
  /** [m + 2, 3], for filters. */
  readonly filter: Matrix;
  /** [m, m + 2], for the sums of products. */
  readonly output: Matrix;
}

/**
 * Points close to 1 keep the powers, and with them the rounding errors, small: with 1/sqrt(2) and sqrt(2) the errors
 * are a third of those with 1 and 2 (Vincent et al. 2017, "On Improving the Numerical Stability of Winograd
 * Convolutions"). Opposite points share half of their arithmetic.
 */
const POINTS: Readonly<Record<TileSide, readonly number[]>> = {
  2: [0, 1, -1],
  3: [0, 0.75, -0.75, 1.5],
  4: [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2],
};

export function winogradMatrices(side: TileSide): WinogradMatrices {
  const points = POINTS[side];
  const others = (index: number): number[] => points.filter((_, other) => other !== index);
  const denominators = points.map((point, index) =>
    others(index).reduce((product, other) => product * (point - other), 1),
  );
  const atInfinity = (length: number): number[] => powers(0, length).reverse();
  return {
    input: rounded([...points.map((_, index) => [...polynomial(others(index)), 0]), polynomial(points)]),
    filter: rounded([
      ...points.map((point, index) =>
        powers(point, FILTER_SIDE).map((power) => power / (denominators[index] as number)),
      ),
      atInfinity(FILTER_SIDE),
    ]),
    output: rounded(transposed([...points.map((point) => powers(point, side)), atInfinity(side)])),
  };
}

/** As 32-bit floats, so that entries which are equal but for their way there are equal. */
function rounded(matrix: Matrix): Matrix {
  return matrix.map((row) => row.map(Math.fround));
}

export function transposed(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] as number));
}

/** 1, x, x^2, ... */
function powers(x: number, length: number): number[] {
  const result = [1];
  while (result.length < length) result.push((result.at(-1) as number) * x);
  return result;
}

/** Coefficients of the monic polynomial with these roots, lowest power first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce<number[]>(
    (coefficients, root) => {
      const shifted = [0, ...coefficients];
      return shifted.map((value, power) => value - root * (coefficients[power] ?? 0));
    },
    [1],
  );
}
