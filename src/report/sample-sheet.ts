import { type Picture, pictureGrid } from './picture-grid.ts';

/** What a generator made of an unseen picture. */
export interface Sample {
  readonly label: string;
  readonly sequence: string;
  readonly weak: Picture;
  readonly magnified: Picture;
  readonly peak: Picture;
}

/** Samples without gaps, one a row (weak, magnified, real peak), as PNG bytes: what a figure is drawn from later. */
export function sampleSheet(samples: readonly Sample[]): Uint8Array {
  return pictureGrid(
    samples.map(({ weak, magnified, peak }) => [weak, magnified, peak]),
    1,
    0,
  );
}
