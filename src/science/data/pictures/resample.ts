import type { Image } from './images.ts';
import { SPREAD, resampleKernels } from './resample-kernels.ts';

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

/** Rows of the source are narrowed in bands of about so many bytes, so that a huge picture need not be copied whole. */
const BAND_BYTES = 1 << 20;

/**
 * Where the region is not turned, the same samples separate into a pass over columns and one over rows. Both add up one
 * weighted pixel after the other, from the first on: another order would round differently. A weight of 0 changes no
 * sum, so that all outputs may have as many taps.
 */
function resampleUpright(source: Image, region: Region, width: number, height: number): Image {
  const { channels, data } = source;
  const columns = tapsAlong(region.x, region.right[0], width, source.width);
  const rows = tapsAlong(region.y, region.down[1], height, source.height);
  const values = width * channels;
  const top = Math.min(...rows.starts);
  const bottom = Math.max(...rows.starts) + rows.count;
  const left = Math.min(...columns.starts) * channels;
  const right = (Math.max(...columns.starts) + columns.count) * channels;
  const rowBytes = source.width * channels;
  // The kernels take rows and values by twos, and bytes by SPREAD: places are that much larger.
  const band = 2 * Math.ceil(Math.min(bottom - top, Math.max(2, BAND_BYTES / rowBytes)) / 2);
  const turns = Math.ceil((right - left) / SPREAD);
  const pairs = Math.ceil(values / 2);
  const stride = 16 * pairs;
  const place = allocator();
  const at = {
    starts: place(4 * values),
    columnWeights: place(8 * values * columns.count),
    rowWeights: place(8 * rows.weights.length),
    divisors: place(16),
    band: place(band * rowBytes + SPREAD),
    spread: place(16 * SPREAD * turns),
    narrow: place(stride * (bottom - top + 1)),
    result: place(height * values + 1),
  };
  const { memory, spreadRows, narrowRows, addRows } = resampleKernels(place(0));
  const starts = new Int32Array(memory.buffer, at.starts, values);
  const weights = new Float64Array(memory.buffer, at.columnWeights, values * columns.count);
  for (let i = 0; i < values; i++) {
    const c = i % channels;
    const column = (i - c) / channels;
    starts[i] = at.spread + 16 * ((columns.starts[column] as number) * channels + c - left);
    const from = column * columns.count;
    weights.set(columns.weights.subarray(from, from + columns.count), i * columns.count);
  }
  new Float64Array(memory.buffer, at.rowWeights, rows.weights.length).set(rows.weights);
  new Float64Array(memory.buffer, at.divisors, 2).set([rows.samples, columns.samples]);
  const bytes = new Uint8Array(memory.buffer, at.band, band * rowBytes);
  for (let first = top; first < bottom; first += band) {
    const end = Math.min(bottom, first + band);
    bytes.set(data.subarray(first * rowBytes, end * rowBytes));
    for (let row = first; row < end; row += 2) {
      const to = at.narrow + (row - top) * stride;
      spreadRows(at.spread, at.band + (row - first) * rowBytes + left, rowBytes, turns);
      narrowRows(to, to + stride, at.starts, at.columnWeights, values, columns.count, 16 * channels);
    }
  }
  for (let row = 0; row < height; row++) {
    const from = at.narrow + ((rows.starts[row] as number) - top) * stride;
    const rowWeights = at.rowWeights + 8 * row * rows.count;
    addRows(at.result + row * values, from, rowWeights, at.divisors, pairs, rows.count, stride);
  }
  const result = new Uint8Array(memory.buffer, at.result, height * values).slice();
  return { width, height, channels, data: result };
}

/** Gives out memory from address 0 on, aligned to 16 bytes. */
function allocator(): (bytes: number) => number {
  let next = 0;
  return (bytes) => {
    const address = next;
    next += 16 * Math.ceil(bytes / 16);
    return address;
  };
}

/** Which source pixels each output along one side adds up, all of them equally many. */
interface Taps {
  /** The first source pixel of each output; it and all its taps lie inside the source. */
  readonly starts: Int32Array;
  /** How many pixels each output takes. */
  readonly count: number;
  /** Shape [outputs, count]; those of an output sum to `samples`. */
  readonly weights: Float64Array;
  readonly samples: number;
}

function tapsAlong(start: number, extent: number, outputs: number, inputs: number): Taps {
  const samples = samplesFor([extent, 0], outputs);
  const step = extent / (outputs * samples);
  const at = (output: number, sample: number) =>
    clamp(start + (output * samples + sample + 0.5) * step - 0.5, inputs - 1);
  const starts = new Int32Array(outputs);
  let count = 1;
  for (let output = 0; output < outputs; output++) {
    const [one, other] = [at(output, 0), at(output, samples - 1)];
    const first = Math.floor(Math.min(one, other));
    starts[output] = first;
    count = Math.max(count, Math.min(inputs - 1, Math.floor(Math.max(one, other)) + 1) - first + 1);
  }
  const weights = new Float64Array(outputs * count);
  for (let output = 0; output < outputs; output++) {
    // Outputs at the far edge begin earlier, with weights of 0, so that all their taps are there.
    const first = Math.min(starts[output] as number, inputs - count);
    starts[output] = first;
    for (let sample = 0; sample < samples; sample++) {
      const position = at(output, sample);
      const pixel = Math.floor(position);
      const fraction = position - pixel;
      const to = output * count + pixel - first;
      weights[to] = (weights[to] as number) + (1 - fraction);
      if (fraction > 0) weights[to + 1] = (weights[to + 1] as number) + fraction;
    }
  }
  return { starts, count, weights, samples };
}

/** Samples along one side of an output pixel. A hair over a whole number is taken for rounding, not for a need. */
function samplesFor(side: readonly [number, number], outputs: number): number {
  const pixels = Math.sqrt(side[0] * side[0] + side[1] * side[1]) / outputs;
  return Math.max(1, Math.ceil(pixels - 1e-9));
}

function clamp(value: number, last: number): number {
  return value < 0 ? 0 : value > last ? last : value;
}
