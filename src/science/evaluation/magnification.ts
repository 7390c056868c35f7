/**
 * How far a generator magnifies (section 3.3), for pictures of people that training never saw. All pictures are flat
 * rows of one set: weak ones, what was made of them, and the peak of each one's own sequence.
 */

/** Sums over pictures; divided, they are the measures that tables show. */
export interface Movement {
  readonly pictures: number;
  /** Mean squared difference to the peak, per number of a picture: of the weak picture, and of what was made of it. */
  readonly toPeak: { readonly before: number; readonly after: number };
  /** Mean squared difference between the weak picture and what was made of it. */
  readonly moved: number;
  /** Mean product of the change that was made and the change that leads to the peak. */
  readonly along: number;
}

/**
 * Measures a magnification.
 *
 * @param weak [n, length] in [-1, 1]
 * @param magnified the same pictures, magnified
 * @param peak the peaks of their sequences, row by row
 * @param length numbers of a picture
 * @throws RangeError for rows that do not fit together, or none
 */
export function movement(
  weak: ArrayLike<number>,
  magnified: ArrayLike<number>,
  peak: ArrayLike<number>,
  length: number,
): Movement {
  const pictures = weak.length / length;
  if (!Number.isInteger(pictures) || pictures < 1 || magnified.length !== weak.length || peak.length !== weak.length) {
    throw new RangeError(
      `expected three sets of as many pictures of ${length} numbers, found ${weak.length}, ${magnified.length} and ` +
        `${peak.length} numbers`,
    );
  }
  let [before, after, moved, along] = [0, 0, 0, 0];
  for (let at = 0; at < weak.length; at++) {
    const way = (peak[at] as number) - (weak[at] as number);
    const step = (magnified[at] as number) - (weak[at] as number);
    before += way * way;
    after += (way - step) * (way - step);
    moved += step * step;
    along += step * way;
  }
  const mean = (sum: number): number => Number((sum / weak.length).toPrecision(9));
  return { pictures, toPeak: { before: mean(before), after: mean(after) }, moved: mean(moved), along: mean(along) };
}

/** What is left of the squared difference to the peak: 0 the peak itself, 1 as far as the weak picture. */
export function remaining({ toPeak: { before, after } }: Movement): number {
  return after / before;
}

/** Share of the way from the weak picture to the peak that was gone: 0 none or across it, 1 all of it. */
export function shareOfWay({ along, toPeak: { before } }: Movement): number {
  return along / before;
}

/** From here on down, measured by what moved, a generator has left pictures as they were. */
const UNMOVED = 0.01;

/** Whether a generator left pictures as they were: what it changed is below a hundredth of the way, both squared. */
export function isUnmoved({ moved, toPeak: { before } }: Movement): boolean {
  return moved < UNMOVED * before;
}
