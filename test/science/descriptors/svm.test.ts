import assert from 'node:assert/strict';
import fc from 'fast-check';
import { solveBinary, type BinaryProblem } from '../../../src/science/descriptors/dual-coordinate-descent.ts';
import { predict, SVM_DEFAULTS, svmScores, trainSvm } from '../../../src/science/descriptors/svm.ts';
import { createRandom } from '../../../src/base/random.ts';
import peers from './fixtures/peers.json' with { type: 'json' };

const EXACT = { cost: 1, tolerance: 1e-9, maxPasses: 100_000 };

function near(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}: expected ${value}, found ${actual[i]!}`);
  });
}

/** Points around two centres that overlap. */
function overlapping(seed: number, count: number, dimensions: number): BinaryProblem {
  const random = createRandom(seed);
  const signs = Int8Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const points = Float32Array.from({ length: count * dimensions }, (_, at) => {
    return random.normal() + 0.5 * signs[Math.floor(at / dimensions)]!;
  });
  return { points, signs };
}

/** sign * w.x of each point. */
function margins({ points, signs }: BinaryProblem, weights: Float64Array): number[] {
  const dimensions = weights.length - 1;
  return Array.from(signs, (sign, i) => {
    let sum = weights[dimensions]!;
    for (let k = 0; k < dimensions; k++) sum += weights[k]! * points[i * dimensions + k]!;
    return sign * sum;
  });
}

const squares = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value * value, 0);

describe('dual coordinate descent', () => {
  it('solves two points on a line as by hand', () => {
    // Points 1 and -1: by symmetry b = 0 and w minimises w^2 / 2 + 2 C (1 - w)^2, so w = 4C / (1 + 4C).
    const problem = { points: Float32Array.of(1, -1), signs: Int8Array.of(1, -1) };
    for (const cost of [0.01, 1, 50]) {
      const { weights, alphas, converged } = solveBinary(problem, { ...EXACT, cost }, createRandom(1));
      assert.ok(converged);
      near(weights, [(4 * cost) / (1 + 4 * cost), 0], 1e-7);
      // alpha = 2 C * violation.
      near(alphas, [(2 * cost) / (1 + 4 * cost), (2 * cost) / (1 + 4 * cost)], 1e-7);
    }
  });

  it('solves a single point as by hand, the bias being a weight like others', () => {
    // Minimise (w1^2 + w2^2 + b^2) / 2 + C (1 - w.x - b)^2: (w, b) is t (x, 1) with t = 2C / (1 + 2C (|x|^2 + 1)).
    const problem = { points: Float32Array.of(3, -2), signs: Int8Array.of(1) };
    const { weights } = solveBinary(problem, { ...EXACT, cost: 0.25 }, createRandom(1));
    const t = 0.5 / (1 + 0.5 * 14);
    near(weights, [3 * t, -2 * t, t], 1e-9);
  });

  it('leaves out points beyond the margin', () => {
    const problem = { points: Float32Array.of(1, -1, 100), signs: Int8Array.of(1, -1, 1) };
    const { weights, alphas } = solveBinary(problem, EXACT, createRandom(1));
    near(weights, [0.8, 0], 1e-7);
    near(alphas, [0.4, 0.4, 0], 1e-7);
  });

  it('closes the gap between the problem and its dual, and meets the conditions of an optimum', () => {
    const cases = fc.tuple(fc.integer(), fc.integer({ min: 4, max: 30 }), fc.integer({ min: 1, max: 6 }));
    fc.assert(
      fc.property(cases, fc.constantFrom(0.1, 1, 10), ([seed, count, dimensions], cost) => {
        const problem = overlapping(seed, count, dimensions);
        const { weights, alphas, converged } = solveBinary(problem, { ...EXACT, cost }, createRandom(seed));
        assert.ok(converged);
        const violations = margins(problem, weights).map((margin) => Math.max(0, 1 - margin));
        const primal = squares(weights) / 2 + cost * squares(violations);
        const dual =
          alphas.reduce((sum, alpha) => sum + alpha, 0) - squares(weights) / 2 - squares(alphas) / (4 * cost);
        assert.ok(Math.abs(primal - dual) < 1e-6 * primal, `${primal} and ${dual}`);
        near(
          alphas,
          violations.map((violation) => 2 * cost * violation),
          1e-5,
        );
        const combined = Array.from({ length: dimensions + 1 }, (_, k) =>
          alphas.reduce(
            (sum, alpha, i) =>
              sum + alpha * problem.signs[i]! * (k === dimensions ? 1 : problem.points[i * dimensions + k]!),
            0,
          ),
        );
        near(weights, combined, 1e-6);
      }),
      { numRuns: 30 },
    );
  });

  it('reaches the same optimum in any order of points, and the same bits in the same order', () => {
    const problem = overlapping(7, 40, 5);
    const first = solveBinary(problem, EXACT, createRandom(1));
    near(solveBinary(problem, EXACT, createRandom(2)).weights, [...first.weights], 1e-6);
    assert.deepEqual(solveBinary(problem, EXACT, createRandom(1)), first);
  });

  it('says that it was ended before it converged', () => {
    const { passes, converged } = solveBinary(overlapping(7, 40, 5), { ...EXACT, maxPasses: 2 }, createRandom(1));
    assert.deepEqual([passes, converged], [2, false]);
  });
});

describe('linear SVM', () => {
  const labels = peers.svm.labels;
  /** Anew each time, because training standardises them in place. */
  const given = () => Float32Array.from(peers.svm.features.flat());

  it('has the scores of LIBLINEAR on standardised features', () => {
    for (const { cost, scores } of peers.svm.solutions) {
      const svm = trainSvm(given(), labels, peers.svm.classes, { ...EXACT, cost }, createRandom(3));
      near(svmScores(svm, given()), scores.flat(), 2e-4);
    }
  });

  it('predicts the class with the highest score', () => {
    const svm = { classes: 3, dimensions: 1, weights: Float32Array.of(1, -1, 0), biases: Float32Array.of(0, 0, 0.5) };
    assert.deepEqual([...predict(svm, Float32Array.of(2, -2, 0, 0.5))], [0, 1, 2, 0]);
    assert.deepEqual([...svmScores(svm, Float32Array.of(2))], [2, -2, 0.5]);
  });

  it('recognises classes that a line divides, however the features are scaled', () => {
    const random = createRandom(5);
    const own = Array.from({ length: 60 }, (_, i) => i % 3);
    const clear = Float32Array.from(
      own.flatMap((label) => [
        1000 + 50 * label + random.normal(),
        0.01 * ((label * 2) % 3) + 1e-4 * random.normal(),
        7,
      ]),
    );
    const svm = trainSvm(clear.slice(), own, 3, SVM_DEFAULTS, random);
    assert.deepEqual([...predict(svm, clear)], own);
    assert.deepEqual([...svm.found], own);
    assert.deepEqual([svm.weights[2], svm.weights[5], svm.weights[8]], [0, 0, 0]);
    assert.ok(svm.problems.every(({ converged }) => converged));
  });

  it('says what it takes the training pictures for, and leaves their features standardised, without a copy', () => {
    const features = given();
    const { found, ...svm } = trainSvm(features, labels, 3, SVM_DEFAULTS, createRandom(3));
    assert.deepEqual(found, predict(svm, given()));
    const dimensions = features.length / labels.length;
    for (let k = 0; k < dimensions; k++) {
      const own = [...features].filter((_, at) => at % dimensions === k);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      near([mean, squares(own) / own.length - mean ** 2], [0, 1], 1e-5);
    }
  });

  it('depends on nothing but its arguments', () => {
    const train = () => trainSvm(given(), labels, 3, SVM_DEFAULTS, createRandom(3));
    assert.deepEqual(train(), train());
    const drawn = createRandom(3);
    drawn.uniform();
    assert.deepEqual(trainSvm(given(), labels, 3, SVM_DEFAULTS, drawn), train());
  });

  it('never chooses a class that it has not seen where it knows better', () => {
    const svm = trainSvm(given(), labels, 4, SVM_DEFAULTS, createRandom(3));
    assert.ok(predict(svm, given()).every((label) => label < 3));
  });

  it('refuses data that make no problem', () => {
    const train = (data: Float32Array, own: number[], cost = 1) =>
      trainSvm(data, own, 2, { ...SVM_DEFAULTS, cost }, createRandom(1));
    assert.throws(() => train(new Float32Array(), []), /found none/);
    assert.throws(() => train(Float32Array.of(1, 2, 3), [0, 1]), /equally many features/);
    assert.throws(() => train(Float32Array.of(1, 2), [0, 2]), /classes from 0 to 1, found 2/);
    assert.throws(() => train(Float32Array.of(1, NaN), [0, 1]), /finite/);
    assert.throws(() => train(Float32Array.of(1, 2), [0, 1], 0), /cost C above 0/);
    assert.throws(
      () => svmScores(train(Float32Array.of(1, 2, 3, 4), [0, 1]), Float32Array.of(1)),
      /2 features a picture/,
    );
  });
});
