import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resampleKernels } from '../../../../src/science/data/pictures/resample-kernels.ts';

/** One row of sums, divided and rounded: a row of weight 1 at address 0. */
function roundedSums(sums: readonly number[], divisors: readonly [number, number]): number[] {
  const bytes = 16 * Math.ceil(sums.length / 2);
  const at = { weights: bytes, divisors: bytes + 8, result: bytes + 24 };
  const { memory, addRows } = resampleKernels(at.result + sums.length + 1);
  new Float64Array(memory.buffer, 0, sums.length).set(sums);
  new Float64Array(memory.buffer, at.weights, 3).set([1, ...divisors]);
  addRows(at.result, 0, at.weights, at.divisors, bytes / 16, 1, bytes);
  return [...new Uint8Array(memory.buffer, at.result, sums.length)];
}

describe('the kernels of resampling', () => {
  it('round as Math.round does: a half up, and what lies just below a half down', () => {
    const halves = Array.from({ length: 255 }, (_, whole) => whole + 0.5);
    const below = halves.map((half) => half * (1 - Number.EPSILON / 2));
    const above = halves.map((half) => half * (1 + Number.EPSILON));
    // 0.5 - 2^-54 plus 0.5 is 1 in floating point: adding a half and cutting off would get it wrong.
    assert.ok(below[0]! < 0.5 && Math.floor(below[0]! + 0.5) === 1);
    assert.deepEqual(roundedSums(below, [1, 1]), [...halves.keys()]);
    for (const sums of [halves, above])
      assert.deepEqual(
        roundedSums(sums, [1, 1]),
        [...halves.keys()].map((n) => n + 1),
      );
    assert.deepEqual(roundedSums([0, 255, 255.49], [1, 1]), [0, 255, 255]);
  });

  it('divide by one count of samples and then by the other, each rounded to 64 bits', () => {
    const counts = fc.integer({ min: 1, max: 12 });
    const means = fc.array(fc.double({ min: 0, max: 255, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(means, counts, counts, (values, one, other) => {
        const sums = values.map((value) => value * one * other);
        assert.deepEqual(
          roundedSums(sums, [one, other]),
          sums.map((sum) => Math.round(sum / one / other)),
        );
      }),
    );
  });
});
