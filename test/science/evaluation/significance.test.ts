import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  correctedTTest,
  holm,
  pairedTTest,
  signFlipTest,
  studentCdf,
  studentQuantile,
} from '../../../src/science/evaluation/significance.ts';

const near = (found: number | null | undefined, expected: number, tolerance: number) =>
  assert.ok(Math.abs((found ?? NaN) - expected) <= tolerance, `expected ${expected}, found ${found}`);

/** Hours of sleep gained by two drugs, ten patients (Cushny and Peebles 1905; Student 1908): the differences. */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4];

describe('significance', () => {
  it("has the quantiles of the printed tables of Student's t", () => {
    const table: readonly (readonly [share: number, freedom: number, t: number])[] = [
      [0.975, 1, 12.706],
      [0.975, 2, 4.303],
      [0.975, 3, 3.182],
      [0.975, 4, 2.776],
      [0.975, 7, 2.365],
      [0.95, 5, 2.015],
      [0.995, 4, 4.604],
      [0.995, 10, 3.169],
      [0.9, 30, 1.31],
      [0.975, 60, 2.0],
      [0.975, 120, 1.98],
    ];
    for (const [share, freedom, t] of table) near(studentQuantile(share, freedom), t, 5.1e-4);
    near(studentQuantile(0.025, 4), -2.776, 5.1e-4);
  });

  it('widens the interval of differences whose training sets overlap (Nadeau and Bengio 2003)', () => {
    // Mean 2, variance 1, error sqrt(1/3 + 1/4) = 0.763763; t = 2.618615; with two degrees of freedom the quantile is
    // 4.302653 and p = 1 - t / sqrt(2 + t^2) = 1 - 2.618615 / 2.976096.
    const { n, mean, interval, t, p } = correctedTTest([1, 2, 3], 1 / 4);
    assert.deepEqual([n, mean], [3, 2]);
    near(t, 2.618615, 1e-6);
    near(p, 0.120118, 2e-6);
    near(interval?.[0], -1.286206, 2e-6);
    near(interval?.[1], 5.286206, 2e-6);
    assert.deepEqual(correctedTTest(SLEEP, 0), pairedTTest(SLEEP));
    assert.throws(() => correctedTTest([1, 2], -0.1), RangeError);
  });

  it('does not become certain by repeating the same folds', () => {
    const widths = [1, 10, 1000].map((times) => {
      const { interval } = correctedTTest(Array.from({ length: times }, () => SLEEP).flat(), 1 / 4);
      return (interval?.[1] ?? NaN) - (interval?.[0] ?? NaN);
    });
    // s of the sleepers is about 1.2, so that the half width stays above 1.96 * 1.2 * sqrt(1/4).
    for (const width of widths) assert.ok(width > 2 * 1.96 * 1.16 * 0.5, String(widths));
  });

  it('is the Cauchy distribution for one degree of freedom and algebraic for two', () => {
    for (const t of [-40, -1, 0, 0.3, 1, 7]) {
      near(studentCdf(t, 1), 0.5 + Math.atan(t) / Math.PI, 1e-14);
      near(studentCdf(t, 2), 0.5 + t / (2 * Math.sqrt(2 + t * t)), 1e-14);
    }
  });

  it('agrees with the integral of the density', () => {
    // Gamma((f+1)/2) / (sqrt(f pi) Gamma(f/2)) for f = 5 is 8 / (3 pi sqrt 5).
    const density = (x: number) => 8 / (3 * Math.PI * Math.sqrt(5)) / (1 + (x * x) / 5) ** 3;
    const steps = 2000;
    const width = 1.7 / steps;
    let simpson = density(0) + density(1.7);
    for (let i = 1; i < steps; i++) simpson += density(i * width) * (i % 2 === 0 ? 2 : 4);
    near(studentCdf(1.7, 5), 0.5 + (simpson * width) / 3, 1e-12);
  });

  it('finds what is printed of the sleep data: t = 4.0621, p = 0.002833, 0.7001 to 2.4599', () => {
    const { n, mean, t, p, interval } = pairedTTest(SLEEP);
    assert.equal(n, 10);
    near(mean, 1.58, 1e-12);
    near(t, 4.0621, 5e-5);
    near(p, 0.002833, 5e-7);
    near(interval?.[0], 0.7001142, 5e-7);
    near(interval?.[1], 2.4598858, 5e-7);
  });

  it('says nothing where nothing can be said', () => {
    assert.deepEqual(pairedTTest([3]), { n: 1, mean: 3, interval: null, t: null, p: null });
    assert.deepEqual(pairedTTest([2, 2, 2]), { n: 3, mean: 2, interval: [2, 2], t: null, p: null });
    assert.equal(pairedTTest([0.1 + 0.2, 0.3]).p, null);
    assert.throws(() => pairedTTest([]), RangeError);
    assert.throws(() => signFlipTest([]), RangeError);
    assert.throws(() => studentCdf(1, 2.5), RangeError);
    assert.throws(() => studentQuantile(1, 3), RangeError);
  });

  it('counts sign patterns exactly', () => {
    assert.equal(signFlipTest([1]), 1);
    assert.equal(signFlipTest([1, 2, 3, 4, 5]), 2 / 32);
    // |sum| >= 2 of 1, 2, 3 with the 1 negative, -1+2+3 = 4: sums 6, 4, and their negatives reach 4.
    assert.equal(signFlipTest([-1, 2, 3]), 4 / 8);
    // All but the sums 0 of two equal numbers.
    assert.equal(signFlipTest([1, 1]), 2 / 4);
    assert.equal(signFlipTest([1, -1]), 1);
    // Nine signs alike, the zero free: 4 of 1024.
    assert.equal(signFlipTest(SLEEP), 4 / 1024);
    assert.equal(signFlipTest(Array.from({ length: 12 }, () => 0.1)), 2 / 4096);
    assert.equal(signFlipTest(Array.from({ length: 13 }, () => 0.1)), null);
  });

  it("corrects for several tests as R's p.adjust(method = 'holm') does", () => {
    const near = (found: readonly (number | null)[], expected: readonly (number | null)[]): void => {
      assert.equal(found.length, expected.length);
      found.forEach((value, at) =>
        assert.ok(value === expected[at] || Math.abs(value! - expected[at]!) < 1e-12, `${at}`),
      );
    };
    near(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
    near(holm([0.5, 0.7]), [1, 1]);
    near(holm([0.02]), [0.02]);
    near(holm([null, 0.01, null]), [null, 0.03, null]);
    near(holm([]), []);
  });

  it('does not care which method comes first', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 8 }), (values) => {
        const mirrored = values.map((value) => -value);
        const [a, b] = [pairedTTest(values), pairedTTest(mirrored)];
        assert.equal(a.p, b.p);
        assert.equal(signFlipTest(values), signFlipTest(mirrored));
        assert.ok(a.p === null || (a.p >= 0 && a.p <= 1));
      }),
    );
  });
});
