import type { Random } from '../../base/random.ts';
import { NO_ROWS, rowsAt } from './prepared/picture-rows.ts';
import type { PairSet } from './prepared/prepared.ts';
import type { StillSet } from './stills.ts';

/**
 * Pictures without sequences in the form that batches and methods take. LSEMSW has no pairs of weak and peak pictures:
 * §4.1 takes those for peaks which a pretrained network recognises easily.
 */

/** Every picture as the peak of a sequence of its own that has no weak frame; pixels and labels are shared. */
export function asPeaks(set: StillSet): PairSet {
  const { size, classes, labels, subjects, ids, pictures } = set;
  return { size, classes, labels, subjects, ids, peaks: pictures, weaks: NO_ROWS, weakSequence: new Int32Array(0) };
}

/**
 * The pictures of each class of which a classifier is surest, in the order of the set.
 *
 * @param certainty probability that the classifier gives to the true class of each picture, shape [n]
 * @param share of each class that counts as easy, in (0, 1); at least one picture of each class that has any
 * @returns row numbers of the set
 */
export function easyPictures(set: Pick<StillSet, 'labels' | 'classes'>, certainty: ArrayLike<number>, share: number) {
  return set.classes
    .flatMap((_, label) => {
      const own = [...set.labels.keys()].filter((row) => set.labels[row] === label);
      // Equal certainties keep the set's order.
      const ranked = own.sort((a, b) => (certainty[b] ?? 0) - (certainty[a] ?? 0) || a - b);
      return ranked.slice(0, Math.max(1, Math.round(share * ranked.length)));
    })
    .sort((a, b) => a - b);
}

/**
 * Pairs each weak picture with a peak of the same class, drawn at random. A weak picture whose class has no peak is
 * left out: there is nothing that it could become.
 *
 * @throws RangeError where no pair remains
 */
export function pairByClass(weak: StillSet, peaks: StillSet, random: Random): PairSet {
  const peaksOf = weak.classes.map((_, label) => [...peaks.labels.keys()].filter((row) => peaks.labels[row] === label));
  const pairs = [...weak.labels.entries()].flatMap(([row, label]) => {
    const own = peaksOf[label] ?? [];
    return own.length === 0 ? [] : [{ row, peak: random.pick(own) }];
  });
  if (pairs.length === 0) throw new RangeError('no weak picture has a peak of its class');
  const { size, classes, labels, subjects, ids, pictures } = peaks;
  const rows = pairs.map(({ row }) => row);
  return {
    ...{ size, classes, labels, subjects, ids },
    peaks: pictures,
    weaks: rowsAt(weak.pictures, rows),
    weakSequence: Int32Array.from(pairs, ({ peak }) => peak),
  };
}

/** Some pictures of a set, in the given order; none is copied. */
export function chosen(set: StillSet, rows: readonly number[]): StillSet {
  return {
    size: set.size,
    classes: set.classes,
    labels: Uint8Array.from(rows, (row) => set.labels[row] ?? 0),
    subjects: rows.map((row) => set.subjects[row] ?? ''),
    ids: rows.map((row) => set.ids[row] ?? ''),
    pictures: rowsAt(set.pictures, rows),
  };
}
