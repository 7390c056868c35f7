import { encode } from 'fast-png';
import { heatMap } from '../science/evaluation/differences.ts';

/** 8-bit pixels, row by row, 1 (grey) or 3 (RGB) channels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** Values in [-1, 1] as the networks use them, to 8-bit pixels. */
export function toPicture(values: ArrayLike<number>, width: number, height: number, channels: number): Picture {
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.max(0, Math.min(255, Math.round(((values[i] ?? 0) + 1) * 127.5)));
  }
  return { width, height, channels, pixels };
}

/** Of all pixels of a row of heat maps, the share that is drawn white: a single outlier must not darken the rest. */
const WHITE_SHARE = 0.005;

/**
 * Where pictures differ, as grey values: the squared difference summed over channels (GroupGAN Eq. 22). All pairs share
 * one scale, so that maps of a row can be compared: the half percent of their pixels that differ most is white. Pairs
 * without any difference are black.
 */
export function heatMaps(pairs: readonly (readonly [from: Picture, to: Picture])[]): Picture[] {
  // In squared grey levels.
  const energies = pairs.map(([from, to]) => heatMap(from.pixels, to.pixels, from.channels));
  const sorted = Float32Array.from(energies.flatMap((energy) => [...energy])).sort();
  const white = sorted[Math.floor((sorted.length - 1) * (1 - WHITE_SHARE))] ?? 0;
  // A scale below one grey level would blow rounding up to a picture.
  const scale = 255 / Math.max(white, 1);
  return pairs.map(([{ width, height }], index) => {
    const pixels = Uint8Array.from(energies[index] ?? [], (energy) => Math.min(255, Math.round(energy * scale)));
    return { width, height, channels: 1, pixels };
  });
}

/**
 * Rows of equally large pictures on a white ground, each pixel drawn as a square of `zoom` pixels, as PNG bytes (RGB).
 * An empty place stays white.
 */
export function pictureGrid(rows: readonly (readonly Picture[])[], zoom: number, gap = 4): Uint8Array {
  const first = rows.flat()[0];
  if (!first) throw new RangeError('a grid needs at least one picture');
  const columns = Math.max(...rows.map((row) => row.length));
  const cellWidth = first.width * zoom + gap;
  const cellHeight = first.height * zoom + gap;
  const width = columns * cellWidth + gap;
  const height = rows.length * cellHeight + gap;
  const data = new Uint8Array(width * height * 3).fill(255);
  rows.forEach((row, rowIndex) => {
    row.forEach((picture, columnIndex) => {
      const left = gap + columnIndex * cellWidth;
      const top = gap + rowIndex * cellHeight;
      for (let y = 0; y < picture.height * zoom; y++) {
        for (let x = 0; x < picture.width * zoom; x++) {
          const source = (Math.floor(y / zoom) * picture.width + Math.floor(x / zoom)) * picture.channels;
          const target = ((top + y) * width + left + x) * 3;
          for (let k = 0; k < 3; k++) {
            data[target + k] = picture.pixels[source + (picture.channels === 3 ? k : 0)] ?? 0;
          }
        }
      }
    });
  });
  return encode({ width, height, data, channels: 3, depth: 8 });
}
