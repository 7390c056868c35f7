import { decode } from 'fast-png';
import { heatMaps, type Picture } from '../picture-grid.ts';
import type { Sample } from '../sample-sheet.ts';
import { ReportError } from '../scale.ts';
import { type Figure, type ReadData, readJson } from './figure.ts';
import { labelledGrid } from './labelled-grid.ts';

/** What a generator made of unseen pictures; the pictures stand beside it, as `<name>.png`. */
export interface SampleData {
  readonly net: string;
  readonly fold: number;
  /** Side of a picture in pixels. */
  readonly size: number;
  /** One a row of the sheet: weak (destroyed), magnified (restored), real peak (original). */
  readonly samples: readonly { readonly label: string; readonly sequence: string }[];
}

export const MAGNIFICATION = 'magnification';
export const RESTORATION = 'restoration';

/** Reads samples back, in the channels they had. */
function readSamples(read: ReadData, name: string): { readonly data: SampleData; readonly samples: Sample[] } | null {
  const data = readJson(read, `${name}.json`) as SampleData | null;
  const sheet = read(`${name}.png`);
  if (data === null || sheet === null) return null;
  const { width, height, data: pixels } = decode(sheet);
  const side = data.size;
  if (width !== 3 * side || height !== data.samples.length * side) {
    throw new ReportError(`figures/data/${name}.png: expected 3 x ${data.samples.length} pictures of ${side} pixels`);
  }
  const cut = (row: number, column: number): Picture => {
    const own = new Uint8Array(side * side * 3);
    for (let y = 0; y < side; y++) {
      const from = ((row * side + y) * width + column * side) * 3;
      own.set(pixels.subarray(from, from + side * 3), y * side * 3);
    }
    return grey({ width: side, height: side, channels: 3, pixels: own });
  };
  return {
    data,
    samples: data.samples.map(({ label, sequence }, row) => ({
      ...{ label, sequence, weak: cut(row, 0), magnified: cut(row, 1), peak: cut(row, 2) },
    })),
  };
}

/** One channel where all three are equal: a heat map must not count a grey level three times. */
function grey(picture: Picture): Picture {
  const { pixels } = picture;
  if (pixels.some((value, at) => value !== pixels[at - (at % 3)])) return picture;
  return { ...picture, channels: 1, pixels: pixels.filter((_, at) => at % 3 === 0) };
}

/** Shares of the way from the input to what G made of it. */
const STRENGTHS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Fig. 5, and the way from each input to its magnified picture. */
export function magnificationFigures(read: ReadData): Figure[] {
  const found = readSamples(read, MAGNIFICATION);
  if (found === null) return [];
  const { data } = found;
  // The first of each class.
  const samples = found.samples.filter(({ label }, at, all) => all.findIndex((other) => other.label === label) === at);
  // Each column of heat maps has a scale of its own: where a face changes can be seen even where it changes little.
  const made = heatMaps(samples.map(({ weak, magnified }) => [weak, magnified]));
  const real = heatMaps(samples.map(({ weak, peak }) => [weak, peak]));
  const rows = samples.map(({ label, weak, magnified, peak }, at) => ({
    label,
    pictures: [weak, magnified, made[at] ?? weak, peak, real[at] ?? weak],
  }));
  const where = `GroupGAN (2v2), BaseNet ${data.net}, fold ${data.fold}, people that training never saw`;
  return [
    {
      name: MAGNIFICATION,
      title: 'Fig. 5: magnified expressions',
      caption:
        `${where}: weak input, what G makes of it, where the two differ (Eq. 22), the real peak, and where that differs ` +
        'from the input. The two columns of heat maps have a scale each: in either, white is where most changes.',
      png: labelledGrid(['input', 'magnified', 'heat map', 'real peak', 'heat map'], rows),
      svg: null,
    },
    {
      name: 'magnification-steps',
      title: 'Fig. 5, on the way: intermediate magnification',
      caption:
        `${where}: input + s (magnified - input) for s from 0 to 1, pixel by pixel. With generator.output: residual ` +
        "that is G's own change at the strength s; G itself is run once. Last, the real peak.",
      png: labelledGrid(
        [...STRENGTHS.map((strength) => `s = ${strength}`), 'real peak'],
        samples.map(({ label, weak, magnified, peak }) => ({
          label,
          pictures: [...STRENGTHS.map((strength) => between(weak, magnified, strength)), peak],
        })),
      ),
      svg: null,
    },
  ];
}

/** Fig. 6: destroyed, restored, where the two differ, and the complete drawing; one drawing a column. */
export function restorationFigures(read: ReadData): Figure[] {
  const found = readSamples(read, RESTORATION);
  if (found === null) return [];
  const { data, samples } = found;
  const line = (label: string, pictures: readonly Picture[]) => ({ label, pictures });
  return [
    {
      name: RESTORATION,
      title: 'Fig. 6: restored drawings',
      caption:
        `GroupGAN (2v2), BaseNet ${data.net}, fold ${data.fold}, drawings that training never saw: destroyed input, ` +
        'what G restores, where the two differ (Eq. 22), and the complete drawing. Drawings: Quick, Draw! (CC BY 4.0).',
      png: labelledGrid(
        samples.map(({ label }) => label),
        [
          line(
            'destroyed',
            samples.map(({ weak }) => weak),
          ),
          line(
            'restored',
            samples.map(({ magnified }) => magnified),
          ),
          line('heat map', heatMaps(samples.map(({ weak, magnified }) => [weak, magnified]))),
          line(
            'original',
            samples.map(({ peak }) => peak),
          ),
        ],
      ),
      svg: null,
    },
  ];
}

/** Linear between two pictures, in grey levels. */
export function between(from: Picture, to: Picture, share: number): Picture {
  const pixels = from.pixels.map((value, at) => Math.round(value + share * ((to.pixels[at] ?? 0) - value)));
  return { ...from, pixels };
}
