import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { geometry } from '../../../../src/compute/wasm/convolution/convolution.ts';
import { openHeap } from '../../../../src/compute/wasm/heap.ts';
import { TILE_SIDES, winogradMatrices } from '../../../../src/compute/wasm/convolution/winograd-matrices.ts';
import type { Matrix } from '../../../../src/compute/wasm/convolution/winograd-matrices.ts';
import {
  planWith,
  suitsWinograd,
  winogradConvolve,
  winogradFilterGradient,
  winogradPlan,
} from '../../../../src/compute/wasm/convolution/winograd.ts';
import { createRandom } from '../../../../src/base/random.ts';
import { assertIsSlope, difference, on, randomPlain } from '../../backends.rig.ts';
import type { Plain } from '../../backends.rig.ts';

type Pad = 'same' | 'valid' | number;

interface Case {
  readonly side: (typeof TILE_SIDES)[number];
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly input: number;
  readonly output: number;
  readonly pad: Pad;
  readonly alpha: number;
}

const cases = fc
  .record({
    side: fc.constantFrom(...TILE_SIDES),
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 13 }),
    width: fc.integer({ min: 1, max: 13 }),
    input: fc.constantFrom(4, 8, 12),
    output: fc.constantFrom(4, 8, 12, 20),
    pad: fc.constantFrom<Pad>('same', 'valid', 0, 1, 2, 3),
    alpha: fc.constantFrom(1, 0, 0.2),
  })
  .filter(({ height, width, pad }) => {
    const margin = pad === 'same' ? 2 : pad === 'valid' ? 0 : 2 * pad;
    return Math.min(height, width) + margin >= 3;
  });

/** Runs Winograd's way with a given side of the tiles, and the plain sum in JavaScript. */
async function compare({ side, batch, height, width, input, output, pad, alpha }: Case): Promise<void> {
  const [x, filter] = [randomPlain([batch, height, width, input], 1), randomPlain([3, 3, input, output], 2)];
  const bias = randomPlain([output], 3);
  const attributes = { strides: 1, pad } as const;
  const sizes = geometry(x.shape, filter.shape, attributes);
  const dy = randomPlain([batch, sizes.y.output, sizes.x.output, output], 4);
  assert.ok(suitsWinograd(sizes));
  const expected = await on('cpu', [x, filter, bias, dy], (x, filter, bias, dy) => {
    const convolve = (filter: tf.Tensor): tf.Tensor4D => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad);
    const sum = tf.add(convolve(filter), bias);
    const dFilter = tf.grad((filter: tf.Tensor) => tf.sum(tf.mul(convolve(filter), dy)))(filter);
    return [tf.where(tf.greater(sum, 0), sum, tf.mul(sum, alpha)), dFilter];
  });
  const actual = await on('wasm', [x, filter, bias, dy], (x, filter, bias, dy) => {
    const heap = openHeap(tf.backend());
    const plan = planWith(side, sizes);
    const before = tf.backend().numDataIds();
    const y = winogradConvolve(heap, x, filter, bias, sizes, alpha, plan);
    const dFilter = winogradFilterGradient(heap, x, dy, sizes, plan);
    assert.equal(tf.backend().numDataIds(), before + 2, 'frees what it needs on the way');
    return [y, dFilter].map((info) => tf.engine().makeTensorFromTensorInfo(info));
  });
  expected.forEach((result, index) => {
    const error = difference(actual[index]!, result);
    assert.ok(error < 1e-5, `${index === 0 ? 'result' : 'gradient'} differs by ${error}`);
  });
}

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    b[0]!.map((_, column) => row.reduce((sum, value, index) => sum + value * b[index]![column]!, 0)),
  );
}

function transpose(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

describe('convolutions after Winograd', () => {
  for (const side of TILE_SIDES) {
    it(`have matrices that make ${side}x${side} outputs out of one product an entry`, () => {
      const { input, filter, output } = winogradMatrices(side);
      const random = createRandom(side);
      const noise = (rows: number): Matrix =>
        Array.from({ length: rows }, () => Array.from({ length: rows }, () => random.normal()));
      const [tile, taps] = [noise(side + 2), noise(3)];
      const both = (matrix: Matrix, inner: Matrix): Matrix => product(product(matrix, inner), transpose(matrix));
      const [points, weights] = [both(input, tile), both(filter, taps)];
      const result = both(output, points.map((row, i) => row.map((value, j) => value * weights[i]![j]!))); // prettier-ignore
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const direct = taps.flatMap((row, i) => row.map((tap, j) => tap * tile[y + i]![x + j]!));
          const expected = direct.reduce((sum, value) => sum + value, 0);
          assert.ok(Math.abs(result[y]![x]! - expected) < 1e-5, `${y}, ${x}`);
        }
      }
    });
  }

  it('equal plain JavaScript for any size, padding, slope and side of the tiles', async () => {
    await fc.assert(fc.asyncProperty(cases, compare), { numRuns: 80, seed: 5 });
  });

  it('equal plain JavaScript in many blocks of tiles', () =>
    compare({ side: 2, batch: 2, height: 21, width: 23, input: 24, output: 28, pad: 'same', alpha: 0.2 }));

  it('leave to the plain sum what they are no good for', () => {
    const sizes = (input: number, output: number, kernel = 3, strides = 1, side = 12) =>
      winogradPlan(geometry([4, side, side, input], [kernel, kernel, input, output], { strides, pad: 'same' }));
    assert.equal(sizes(16, 16)?.side, 4);
    assert.equal(sizes(16, 16, 3, 1, 6)?.side, 3);
    assert.equal(sizes(128, 128, 3, 1, 2)?.side, 2);
    assert.equal(sizes(16, 16, 3, 1, 1), null, 'one pixel');
    assert.equal(sizes(1, 16), null, 'one channel');
    assert.equal(sizes(16, 6), null, 'channels that do not fill a vector');
    assert.equal(sizes(16, 16, 5), null, 'another filter');
    assert.equal(sizes(16, 16, 3, 2), null, 'a stride');
  });

  it('have gradients that are slopes', async () => {
    const [x, filter] = [randomPlain([1, 8, 9, 8], 1), randomPlain([3, 3, 8, 8], 2)];
    assert.notEqual(winogradPlan(geometry(x.shape, filter.shape, { strides: 1, pad: 'same' })), null);
    await on('wasm', [], () => {
      const loss = (x: tf.Tensor, filter: tf.Tensor): tf.Scalar =>
        tf.mean(tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')));
      const inputs = [x, filter].map(({ values, shape }) => tf.tensor(values, shape));
      const gradients = tf.grads(loss)(inputs);
      const at = (which: number) => (values: Float32Array) =>
        tf.tidy(() => {
          const changed = inputs.map((input, index) => (index === which ? tf.tensor(values, input.shape) : input));
          return loss(...(changed as [tf.Tensor, tf.Tensor])).dataSync()[0]!;
        });
      [x, filter].forEach((input: Plain, index) => {
        const gradient = Float32Array.from(gradients[index]!.dataSync());
        assertIsSlope(at(index), input.values, gradient, { step: 0.1 });
      });
      return [];
    });
  });

  it('give the same bits on every machine and every version of Node', async () => {
    const hash = createHash('sha256');
    for (const size of [12, 6]) {
      await on('wasm', [], () => {
        const x = tf.tensor4d(randomPlain([4, size, size, 16], 1).values, [4, size, size, 16]);
        const filter = tf.tensor4d(randomPlain([3, 3, 16, 16], 2).values, [3, 3, 16, 16]);
        const y = tf.conv2d(x, filter, 1, 'same');
        const loss = (x: tf.Tensor, filter: tf.Tensor): tf.Scalar =>
          tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')));
        for (const result of [y, ...tf.grads(loss)([x, filter])]) {
          hash.update(new Uint8Array(Float32Array.from(result.dataSync()).buffer));
        }
        return [];
      });
    }
    assert.equal(hash.digest('hex').slice(0, 16), '66c35dff4235267a');
  });
});
