/** Strips of pairs: a few unseen sequences, and their magnification. */
import { heatMaps, type Picture, pictureGrid, toPicture } from '../src/report/picture-grid.ts';
import type { Sample } from '../src/report/sample-sheet.ts';
import { testImages } from '../src/science/data/batches.ts';
import { rowsAt } from '../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../src/science/data/prepared/prepared.ts';
import type { Magnifier } from '../src/science/methods/method.ts';

const ZOOM = 3;

/** Some unseen sequences of each class, and what the generator makes of their first weak image. */
export function samplesOf(test: PairSet, crop: number, magnify: Magnifier['magnify'], perClass: number): Sample[] {
  const picture = pictureOf(test, crop);
  return couples(test, crop, perClass).map(({ weak, peak, label, sequence }) => ({
    ...{ label, sequence },
    ...{ weak: picture(weak), magnified: picture(magnify(weak)), peak: picture(peak) },
  }));
}

/** One sample a column: weak image, what the generator makes of it, where the two differ (Eq. 22), the real peak. PNG bytes. */
export function magnification(samples: readonly Sample[]): Uint8Array {
  const differences = heatMaps(samples.map(({ weak, magnified }) => [weak, magnified]));
  const row = (kind: 'weak' | 'magnified' | 'peak') => samples.map((sample) => sample[kind]);
  return pictureGrid([row('weak'), row('magnified'), differences, row('peak')], ZOOM);
}

/** One unseen sequence of each class: weak image and real peak. PNG bytes. */
export function samplePictures(test: PairSet, crop: number): Uint8Array {
  const picture = pictureOf(test, crop);
  const columns = couples(test, crop, 1);
  return pictureGrid([columns.map(({ weak }) => picture(weak)), columns.map(({ peak }) => picture(peak))], ZOOM);
}

function pictureOf({ size }: PairSet, crop: number): (values: Float32Array) => Picture {
  return (values) => toPicture(values, crop, crop, size.channels);
}

interface Couple {
  readonly label: string;
  readonly sequence: string;
  readonly weak: Float32Array;
  readonly peak: Float32Array;
}

/** Weak and peak image of the first sequences of each class. */
function couples(test: PairSet, crop: number, perClass: number): Couple[] {
  const set = sampleOf(test, perClass);
  const images = (kind: 'weak' | 'peak') => [...testImages(set, kind, { cropSize: crop, batch: 1 })];
  const weaks = images('weak');
  return images('peak').flatMap((peak): Couple[] => {
    const [row = -1] = peak.sequences;
    const weak = weaks.find(({ sequences }) => sequences[0] === row);
    const label = set.classes[set.labels[row] ?? -1] ?? '';
    return weak === undefined ? [] : [{ label, sequence: set.ids[row] ?? '', weak: weak.images, peak: peak.images }];
  });
}

/** The first sequences of each class, each with the first of its weak images: small enough to look at while training. */
export function sampleOf(set: PairSet, perClass: number): PairSet {
  const chosen = set.classes.flatMap((_, label) =>
    [...set.labels.keys()].filter((sequence) => set.labels[sequence] === label).slice(0, perClass),
  );
  const weaks = chosen.map((sequence) => set.weakSequence.indexOf(sequence));
  const withWeak = [...chosen.keys()].filter((at) => (weaks[at] ?? -1) >= 0);
  return {
    size: set.size,
    classes: set.classes,
    labels: Uint8Array.from(chosen, (sequence) => set.labels[sequence] ?? 0),
    subjects: chosen.map((sequence) => set.subjects[sequence] ?? ''),
    ids: chosen.map((sequence) => set.ids[sequence] ?? ''),
    peaks: rowsAt(set.peaks, chosen),
    weaks: rowsAt(
      set.weaks,
      withWeak.map((at) => weaks[at] ?? 0),
    ),
    weakSequence: Int32Array.from(withWeak),
  };
}
