import type { Image } from './images.ts';

/**
 * A parallelogram in a source picture, in pixels. Coordinates are continuous: pixel i covers [i, i + 1), so that the
 * whole picture is `{ x: 0, y: 0, right: [width, 0], down: [0, height] }`. It may reach over the edge.
 */
export interface Region {
  /** Where the output's top left corner lies. */
  readonly x: number;
  readonly y: number;
  /** From the output's top left to its top right corner. */
  readonly right: readonly [x: number, y: number];
  /** From the output's top left to its bottom left corner. */
  readonly down: readonly [x: number, y: number];
}

/** The region that is the whole picture. */
export function wholeOf(image: Image): Region {
  return { x: 0, y: 0, right: [image.width, 0], down: [0, image.height] };
}

/**
 * Maps a region of the source onto a picture of width x height, same channels.
 *
 * Each output pixel is the mean of n x m bilinear samples spread evenly over its footprint, with n and m the
 * footprint's sides rounded up: one bilinear sample when enlarging, an area average when shrinking (exactly the mean
 * of s x s pixels when shrinking s times). Outside the source its edge pixels go on. Only + - * / and sqrt are used, so
 * the result is the same on every machine.
 */
export function resample(source: Image, region: Region, width: number, height: number): Image {
  const { x, y, right, down } = region;
  if (![x, y, ...right, ...down].every(Number.isFinite)) throw new RangeError('a region must have finite numbers');
  if (right[1] === 0 && down[0] === 0) return resampleUpright(source, region, width, height);
  const { channels, data } = source;
  const across = samplesFor(right, width);
  const along = samplesFor(down, height);
  const acrossX = right[0] / (width * across);
  const acrossY = right[1] / (width * across);
  const alongX = down[0] / (height * along);
  const alongY = down[1] / (height * along);
  const lastX = source.width - 1;
  const lastY = source.height - 1;
  const rowBytes = source.width * channels;
  const result = new Uint8Array(width * height * channels);
  const sums = new Float64Array(channels);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      sums.fill(0);
      for (let j = 0; j < along; j++) {
        const q = row * along + j + 0.5;
        for (let i = 0; i < across; i++) {
          const p = column * across + i + 0.5;
          const u = clamp(x + p * acrossX + q * alongX - 0.5, lastX);
          const v = clamp(y + p * acrossY + q * alongY - 0.5, lastY);
          const left = Math.floor(u);
          const top = Math.floor(v);
          const fu = u - left;
          const fv = v - top;
          const topLeft = top * rowBytes + left * channels;
          const toRight = left < lastX ? channels : 0;
          const toBottom = top < lastY ? rowBytes : 0;
          for (let c = 0; c < channels; c++) {
            const at = topLeft + c;
            const above = (data[at] as number) * (1 - fu) + (data[at + toRight] as number) * fu;
            const below = (data[at + toBottom] as number) * (1 - fu) + (data[at + toBottom + toRight] as number) * fu;
            sums[c] = (sums[c] as number) + above * (1 - fv) + below * fv;
          }
        }
      }
      for (let c = 0; c < channels; c++) result[to++] = Math.round((sums[c] as number) / (across * along));
    }
  }
  return { width, height, channels, data: result };
}

/** Where the region is not turned, the same samples separate into a pass over columns and one over rows. */
function resampleUpright(source: Image, region: Region, width: number, height: number): Image {
  const { channels, data } = source;
  const columns = weightsAlong(region.x, region.right[0], width, source.width);
  const rows = weightsAlong(region.y, region.down[1], height, source.height);
  const rowValues = width * channels;
  const first = rows.reduce((least, row) => Math.min(least, row.first), source.height);
  const last = rows.reduce((most, row) => Math.max(most, row.first + row.weights.length), 0);
  const narrow = new Float64Array((last - first) * rowValues);
  // The weights as flat arrays: this loop is most of what preparing a picture costs beside decoding it.
  const starts = Int32Array.from(columns, (column) => column.first * channels);
  const counts = Int32Array.from(columns, (column) => column.weights.length);
  const flat = Float64Array.from(columns.flatMap((column) => [...column.weights]));
  for (let row = first, to = 0; row < last; row++) {
    const start = row * source.width * channels;
    for (let column = 0, next = 0; column < width; column++) {
      const from = start + (starts[column] as number);
      const end = next + (counts[column] as number);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = next, at = from + c; k < end; k++, at += channels) {
          sum += (flat[k] as number) * (data[at] as number);
        }
        narrow[to++] = sum;
      }
      next = end;
    }
  }
  const result = new Uint8Array(height * rowValues);
  const across = columns[0]?.samples ?? 1;
  const sums = new Float64Array(rowValues);
  rows.forEach(({ first: top, weights, samples }, row) => {
    sums.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k] as number;
      for (let i = 0, at = (top - first + k) * rowValues; i < rowValues; i++, at++) {
        sums[i] = (sums[i] as number) + weight * (narrow[at] as number);
      }
    }
    for (let i = 0, to = row * rowValues; i < rowValues; i++, to++) {
      result[to] = Math.round((sums[i] as number) / samples / across);
    }
  });
  return { width, height, channels, data: result };
}

interface Weights {
  /** The first source pixel that counts. */
  readonly first: number;
  /** Weights of that pixel and those after it; they sum to `samples`. */
  readonly weights: Float64Array;
  readonly samples: number;
}

function weightsAlong(start: number, extent: number, outputs: number, inputs: number): Weights[] {
  const samples = samplesFor([extent, 0], outputs);
  const step = extent / (outputs * samples);
  const result: Weights[] = [];
  for (let output = 0; output < outputs; output++) {
    const at = (sample: number) => clamp(start + (output * samples + sample + 0.5) * step - 0.5, inputs - 1);
    const first = Math.floor(Math.min(at(0), at(samples - 1)));
    const last = Math.min(inputs - 1, Math.floor(Math.max(at(0), at(samples - 1))) + 1);
    const weights = new Float64Array(last - first + 1);
    for (let sample = 0; sample < samples; sample++) {
      const position = at(sample);
      const pixel = Math.floor(position);
      const fraction = position - pixel;
      weights[pixel - first] = (weights[pixel - first] as number) + (1 - fraction);
      if (fraction > 0) weights[pixel + 1 - first] = (weights[pixel + 1 - first] as number) + fraction;
    }
    result.push({ first, weights, samples });
  }
  return result;
}

/** Samples along one side of an output pixel. A hair over a whole number is taken for rounding, not for a need. */
function samplesFor(side: readonly [number, number], outputs: number): number {
  const pixels = Math.sqrt(side[0] * side[0] + side[1] * side[1]) / outputs;
  return Math.max(1, Math.ceil(pixels - 1e-9));
}

function clamp(value: number, last: number): number {
  return value < 0 ? 0 : value > last ? last : value;
}
