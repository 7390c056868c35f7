import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Image } from '../../../../src/science/data/pictures/images.ts';
import { resample, wholeOf } from '../../../../src/science/data/pictures/resample.ts';
import type { Region } from '../../../../src/science/data/pictures/resample.ts';

function grey(width: number, values: readonly number[]): Image {
  return { width, height: values.length / width, channels: 1, data: Uint8Array.from(values) };
}

const images = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1, 3),
  })
  .chain(({ width, height, channels }) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data): Image => ({ width, height, channels: channels === 1 ? 1 : 3, data })),
  );

const coordinate = fc.double({ min: -20, max: 20, noNaN: true });
const regions = fc
  .tuple(coordinate, coordinate, coordinate, coordinate, coordinate, coordinate)
  .map(([x, y, a, b, c, d]): Region => ({ x, y, right: [a, b], down: [c, d] }));

/** Source pixels with the weights of one output's evenly spread bilinear samples, in the order of the source. */
function weighted(start: number, extent: number, outputs: number, inputs: number, output: number) {
  const samples = Math.max(1, Math.ceil(Math.abs(extent) / outputs - 1e-9));
  const weights = new Map<number, number>();
  for (let sample = 0; sample < samples; sample++) {
    const centre = start + (output * samples + sample + 0.5) * (extent / (outputs * samples)) - 0.5;
    const position = Math.min(Math.max(centre, 0), inputs - 1);
    const pixel = Math.floor(position);
    weights.set(pixel, (weights.get(pixel) ?? 0) + (1 - (position - pixel)));
    if (position > pixel) weights.set(pixel + 1, (weights.get(pixel + 1) ?? 0) + (position - pixel));
  }
  return { samples, taps: [...weights].sort(([a], [b]) => a - b) };
}

/**
 * An upright region pixel by pixel from the definition: columns first, then rows, 64-bit sums in the order of the source.
 * Prepared data are these very bytes.
 */
function byDefinition(source: Image, { x, y, right, down }: Region, width: number, height: number): number[] {
  const { channels, data } = source;
  const result: number[] = [];
  for (let row = 0; row < height; row++) {
    const rows = weighted(y, down[1], height, source.height, row);
    for (let column = 0; column < width; column++) {
      const columns = weighted(x, right[0], width, source.width, column);
      for (let c = 0; c < channels; c++) {
        const at = (v: number, u: number) => data[(v * source.width + u) * channels + c]!;
        const across = (v: number) => columns.taps.reduce((sum, [u, weight]) => sum + weight * at(v, u), 0);
        const sum = rows.taps.reduce((total, [v, weight]) => total + weight * across(v), 0);
        result.push(Math.round(sum / rows.samples / columns.samples));
      }
    }
  }
  return result;
}

describe('resampling', () => {
  it('gives the bytes of the definition for every upright region, mirrored, empty or outside', () => {
    const side = fc.integer({ min: 1, max: 9 });
    const place = fc.oneof(
      coordinate,
      fc.integer({ min: -40, max: 40 }).map((quarter) => quarter / 4),
    );
    fc.assert(
      fc.property(images, place, place, place, place, side, side, (image, x, y, right, down, width, height) => {
        const region: Region = { x, y, right: [right, 0], down: [0, down] };
        assert.deepEqual([...resample(image, region, width, height).data], byDefinition(image, region, width, height));
      }),
      { numRuns: 500 },
    );
  });

  it('gives the bytes of the definition for a picture larger than what is narrowed at once', () => {
    // 3 x 4,000 bytes a row: 87 rows a band. A smaller picture afterwards meets the memory of the larger one.
    for (const [width, height, channels] of [
      [4000, 200, 3],
      [640, 49, 1],
    ] as const) {
      const data = Uint8Array.from(
        { length: width * height * channels },
        (_, i) => Math.imul(i + 1, 2654435761) >>> 24,
      );
      const image = { width, height, channels, data };
      const region: Region = { x: 7.3, y: -1.5, right: [width - 20, 0], down: [0, height] };
      assert.deepEqual([...resample(image, region, 9, 7).data], byDefinition(image, region, 9, 7));
    }
  });

  it('leaves a picture as it is when region and size are its own', () => {
    fc.assert(
      fc.property(images, (image) => {
        assert.deepEqual([...resample(image, wholeOf(image), image.width, image.height).data], [...image.data]);
      }),
    );
  });

  it('keeps a constant picture constant, wherever the region lies and however it is turned', () => {
    fc.assert(
      fc.property(regions, fc.integer({ min: 0, max: 255 }), fc.boolean(), (region, value, upright) => {
        const image = grey(3, new Array<number>(12).fill(value));
        const turned: Region = upright ? { ...region, right: [region.right[0], 0], down: [0, region.down[1]] } : region;
        assert.ok(resample(image, turned, 4, 3).data.every((pixel) => pixel === value));
      }),
    );
  });

  it('gives the mean of s x s pixels when shrinking s times', () => {
    const cases = fc.tuple(fc.integer({ min: 2, max: 7 }), fc.infiniteStream(fc.integer({ min: 0, max: 255 })));
    fc.assert(
      fc.property(cases, ([factor, stream]) => {
        const width = 2 * factor;
        const image = grey(
          width,
          Array.from({ length: width * 3 * factor }, () => stream.next().value as number),
        );
        const small = resample(image, wholeOf(image), 2, 3).data;
        for (let row = 0; row < 3; row++) {
          for (let column = 0; column < 2; column++) {
            let sum = 0;
            for (let y = row * factor; y < (row + 1) * factor; y++) {
              for (let x = column * factor; x < (column + 1) * factor; x++) sum += image.data[y * width + x]!;
            }
            assert.ok(Math.abs(small[row * 2 + column]! - sum / factor ** 2) <= 0.5 + 1e-9);
          }
        }
      }),
    );
  });

  it('interpolates between pixel centres when enlarging, and goes on with the edge outside', () => {
    // Output centres fall on source coordinates -0.25, 0.25, 0.75 and 1.25, counted from the first pixel's centre.
    assert.deepEqual(
      [...resample(grey(2, [0, 100]), { x: 0, y: 0, right: [2, 0], down: [0, 1] }, 4, 1).data],
      [0, 25, 75, 100],
    );
    assert.deepEqual(
      [...resample(grey(2, [10, 90]), { x: -2, y: -1, right: [6, 0], down: [0, 3] }, 6, 1).data],
      [10, 10, 10, 90, 90, 90],
    );
  });

  it('keeps a ramp a ramp when shrinking by a broken factor', () => {
    // Factor 2.5 of a ramp 0, 4, ..., 36: output k covers [2.5 k, 2.5 k + 2.5), whose middle has the value 4 (2.5 k + 0.75).
    const ramp = grey(10, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
    assert.deepEqual([...resample(ramp, wholeOf(ramp), 4, 1).data].slice(1, 3), [13, 23]);
  });

  it('cuts out whole pixels exactly', () => {
    const image = grey(
      4,
      Array.from({ length: 16 }, (_, i) => i * 10),
    );
    assert.deepEqual([...resample(image, { x: 1, y: 2, right: [2, 0], down: [0, 2] }, 2, 2).data], [90, 100, 130, 140]);
  });

  it('turns and mirrors as the region says', () => {
    const image = grey(3, [1, 2, 3, 4, 5, 6]);
    // The output's rows run down the source's columns, from the last one.
    assert.deepEqual([...resample(image, { x: 3, y: 0, right: [0, 2], down: [-3, 0] }, 2, 3).data], [3, 6, 2, 5, 1, 4]);
    assert.deepEqual([...resample(image, { x: 3, y: 0, right: [-3, 0], down: [0, 2] }, 3, 2).data], [3, 2, 1, 6, 5, 4]);
  });

  it('gives the same for a region that is not turned and one turned by next to nothing', () => {
    fc.assert(
      fc.property(images, coordinate, fc.double({ min: 0.1, max: 20, noNaN: true }), (image, x, side) => {
        const upright = resample(image, { x, y: -x, right: [side, 0], down: [0, side] }, 5, 4).data;
        const turned = resample(image, { x, y: -x, right: [side, 1e-13], down: [0, side] }, 5, 4).data;
        upright.forEach((value, i) => assert.ok(Math.abs(value - turned[i]!) <= 1, `${value} and ${turned[i]}`));
      }),
    );
  });

  it('keeps channels apart', () => {
    fc.assert(
      fc.property(images, regions, (image, region) => {
        const whole = resample(image, region, 3, 3).data;
        for (let c = 0; c < image.channels; c++) {
          const data = image.data.filter((_, i) => i % image.channels === c);
          const alone = resample({ ...image, channels: 1, data }, region, 3, 3).data;
          assert.deepEqual([...alone], [...whole.filter((_, i) => i % image.channels === c)]);
        }
      }),
    );
  });

  it('refuses a region without numbers', () => {
    const image = grey(1, [0]);
    assert.throws(() => resample(image, { x: NaN, y: 0, right: [1, 0], down: [0, 1] }, 1, 1), RangeError);
  });
});
