/**
 * Elementary functions that give the same bits on every machine and every version of Node.
 *
 * ECMAScript leaves the accuracy of `Math.exp`, `Math.log`, `Math.sin`, `Math.cos` and `Math.pow` to the engine, and
 * V8 has changed some of them between releases. IEEE 754 fixes `+ - * /` and `sqrt`, so these functions use nothing
 * else. Whatever ends in a picture, a weight or a table must call them instead of `Math`.
 * Relative error is below 1e-14 for |x| < 1e6.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
const SQRT_2 = 1.4142135623730951;

const bits = new DataView(new ArrayBuffer(8));

/** 2^exponent for an integer exponent in [-1022, 1023], exactly. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x. Below -700 it returns 0, above 709 Infinity. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < -700) return 0;
  if (x > 709) return Infinity;
  const exponent = Math.round(x / (LN2_HIGH + LN2_LOW));
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  let sum = 1;
  for (let degree = 14; degree >= 1; degree--) sum = 1 + (sum * rest) / degree;
  return exponent > 1022 ? sum * 2 * powerOfTwo(exponent - 1) : sum * powerOfTwo(exponent);
}

/** Natural logarithm of a normal number x > 0; -Infinity for 0, NaN below. */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === Infinity) return Infinity;
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0x000fffff) | (1023 << 20));
  let mantissa = bits.getFloat64(0);
  if (mantissa > SQRT_2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * square + 1 / odd;
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW);
}

function sinCos(x: number): readonly [sin: number, cos: number] {
  const quarter = Math.round(x / (HALF_PI_HIGH + HALF_PI_LOW));
  const rest = x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW;
  const square = rest * rest;
  let sin = 1;
  for (let n = 20; n >= 2; n -= 2) sin = 1 - (sin * square) / (n * (n + 1));
  sin *= rest;
  let cos = 1;
  for (let n = 19; n >= 1; n -= 2) cos = 1 - (cos * square) / (n * (n + 1));
  const quadrant = ((quarter % 4) + 4) % 4;
  if (quadrant === 0) return [sin, cos];
  if (quadrant === 1) return [cos, -sin];
  if (quadrant === 2) return [-sin, -cos];
  return [-cos, sin];
}

/** Sine of x radians. */
export function sin(x: number): number {
  return sinCos(x)[0];
}

/** Cosine of x radians. */
export function cos(x: number): number {
  return sinCos(x)[1];
}

/** base^exponent for base >= 0. */
export function pow(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (base === 0) return exponent > 0 ? 0 : Infinity;
  return exp(exponent * log(base));
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  if (x > 20) return 1;
  if (x < -20) return -1;
  const e = exp(2 * x);
  return (e - 1) / (e + 1);
}
