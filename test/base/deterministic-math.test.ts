import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as exact from '../../src/base/deterministic-math.ts';

function close(actual: number, expected: number, tolerance = 1e-13): void {
  assert.ok(
    Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );
}

describe('deterministic math', () => {
  const moderate = fc.double({ min: -600, max: 600, noNaN: true });
  const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });

  it('agrees with the built-in functions', () => {
    fc.assert(fc.property(moderate, (x) => close(exact.exp(x) / Math.exp(x), 1)));
    fc.assert(fc.property(positive, (x) => close(exact.log(x), Math.log(x))));
    fc.assert(fc.property(moderate, (x) => close(exact.sin(x), Math.sin(x), 1e-12)));
    fc.assert(fc.property(moderate, (x) => close(exact.cos(x), Math.cos(x), 1e-12)));
    fc.assert(fc.property(moderate, (x) => close(exact.tanh(x), Math.tanh(x))));
  });

  it('is exact where the value is known', () => {
    assert.equal(exact.exp(0), 1);
    assert.equal(exact.log(1), 0);
    assert.equal(exact.log(0), -Infinity);
    assert.equal(exact.sin(0), 0);
    assert.equal(exact.cos(0), 1);
    assert.equal(exact.pow(0, 2), 0);
    assert.equal(exact.exp(-1000), 0);
    assert.ok(Number.isNaN(exact.log(-1)));
    close(exact.exp(709), Math.exp(709));
    close(exact.pow(2, 10), 1024);
  });
});
