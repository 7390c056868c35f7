import * as tf from '@tensorflow/tfjs-core';
import { randomPlain } from './backends.rig.ts';
import type { Plain } from './backends.rig.ts';

/** One small computation for each operation whose gradient we have. */

type Compute = (...tensors: tf.Tensor[]) => tf.Tensor;

export interface Case {
  readonly name: string;
  readonly shapes: number[][];
  readonly compute: Compute;
  /** Moves random values to where the function is smooth. */
  readonly prepare?: (value: number, input: number) => number;
}

const positive = (value: number): number => 0.5 + Math.abs(value);
/** Two inputs never closer than 0.5. */
const different = (value: number, input: number): number => Math.round(2 * value) + input / 2;
/** Away from the kink at 0. */
const apart = (value: number): number => value + Math.sign(value) * 0.3;

const image = [2, 5, 4, 3];
export const cases: readonly Case[] = [
  { name: 'a sum', shapes: [image, image], compute: (a, b) => tf.add(a, b) },
  { name: 'a bias', shapes: [image, [3]], compute: (a, b) => tf.add(a, b) },
  { name: 'a bias on the left', shapes: [[3], image], compute: (a, b) => tf.add(a, b) },
  { name: 'a difference', shapes: [image, [3]], compute: (a, b) => tf.sub(a, b) },
  { name: 'a difference from a bias', shapes: [[3], image], compute: (a, b) => tf.sub(a, b) },
  { name: 'a product', shapes: [image, image], compute: (a, b) => tf.mul(a, b) },
  { name: 'a product per channel', shapes: [image, [3]], compute: (a, b) => tf.mul(a, b) },
  { name: 'a product per image and channel', shapes: [image, [2, 1, 1, 3]], compute: (a, b) => tf.mul(a, b) },
  { name: 'a product per pixel', shapes: [image, [2, 5, 4, 1]], compute: (a, b) => tf.mul(a, b) },
  { name: 'a product along both kinds of axes', shapes: [image, [1, 5, 1, 3]], compute: (a, b) => tf.mul(a, b) },
  { name: 'a product with a scalar', shapes: [image, []], compute: (a, b) => tf.mul(a, b) },
  { name: 'a quotient', shapes: [image, [3]], compute: (a, b) => tf.div(a, b), prepare: positive },
  { name: 'a squared difference', shapes: [image, [3]], compute: (a, b) => tf.squaredDifference(a, b) },
  { name: 'a maximum', shapes: [image, image], compute: (a, b) => tf.maximum(a, b), prepare: different },
  { name: 'a minimum', shapes: [image, image], compute: (a, b) => tf.minimum(a, b), prepare: different },
  { name: 'a sum of many', shapes: [image, image, image], compute: (a, b, c) => tf.addN([a, b, c]) },
  { name: 'a negative', shapes: [image], compute: (a) => tf.neg(a) },
  { name: 'an absolute value', shapes: [image], compute: (a) => tf.abs(a), prepare: apart },
  { name: 'a square', shapes: [image], compute: (a) => tf.square(a) },
  { name: 'a square root', shapes: [image], compute: (a) => tf.sqrt(a), prepare: positive },
  { name: 'a reciprocal root', shapes: [image], compute: (a) => tf.rsqrt(a), prepare: positive },
  { name: 'a reciprocal', shapes: [image], compute: (a) => tf.reciprocal(a), prepare: positive },
  { name: 'an exponential', shapes: [image], compute: (a) => tf.exp(a) },
  { name: 'a logarithm', shapes: [image], compute: (a) => tf.log(a), prepare: positive },
  { name: 'log(1 + x)', shapes: [image], compute: (a) => tf.log1p(a), prepare: positive },
  { name: 'relu', shapes: [image], compute: (a) => tf.relu(a), prepare: apart },
  { name: 'leaky relu', shapes: [image], compute: (a) => tf.leakyRelu(a, 0.2), prepare: apart },
  { name: 'tanh', shapes: [image], compute: (a) => tf.tanh(a) },
  { name: 'sigmoid', shapes: [image], compute: (a) => tf.sigmoid(a) },
  { name: 'softplus', shapes: [image], compute: (a) => tf.softplus(a) },
  { name: 'clipping', shapes: [image], compute: (a) => tf.clipByValue(a, -1.2, 0.9) },
  {
    name: 'a choice',
    shapes: [image, image],
    compute: (a, b) => tf.where(tf.greater(b, 0), a, tf.square(b)),
    prepare: apart,
  },
  { name: 'a sum of everything', shapes: [image], compute: (a) => tf.square(tf.sum(a)) },
  { name: 'a mean of everything', shapes: [image], compute: (a) => tf.square(tf.mean(a)) },
  { name: 'a sum per channel', shapes: [image], compute: (a) => tf.square(tf.sum(a, [0, 1, 2])) },
  { name: 'a mean over pixels', shapes: [image], compute: (a) => tf.square(tf.mean(a, [1, 2])) },
  {
    name: 'a mean over pixels with its axes kept',
    shapes: [image],
    compute: (a) => tf.square(tf.mean(a, [1, 2], true)),
  },
  { name: 'a sum over one axis in the middle', shapes: [image], compute: (a) => tf.square(tf.sum(a, 2)) },
  { name: 'a sum over axes apart', shapes: [image], compute: (a) => tf.square(tf.sum(a, [0, 2])) },
  { name: 'a sum over the last axis', shapes: [image], compute: (a) => tf.square(tf.sum(a, -1)) },
  { name: 'a largest value', shapes: [image], compute: (a) => tf.square(tf.max(a, [1, 2])) },
  { name: 'softmax', shapes: [[4, 6]], compute: (a) => tf.softmax(a) },
  { name: 'log softmax', shapes: [[4, 6]], compute: (a) => tf.logSoftmax(a) },
  { name: 'a new shape', shapes: [image], compute: (a) => tf.square(tf.reshape(a, [10, 12])) },
  { name: 'an axis more', shapes: [[3, 2]], compute: (a) => tf.square(tf.expandDims(a, 1)) },
  { name: 'a transpose', shapes: [image], compute: (a) => tf.mul(tf.transpose(a, [3, 0, 2, 1]), tf.range(0, 5)) },
  { name: 'a reversal', shapes: [image], compute: (a) => tf.mul(tf.reverse(a, 2), tf.range(0, 3)) },
  { name: 'a broadcast over pixels', shapes: [[2, 1, 1, 3]], compute: (a) => tf.square(tf.broadcastTo(a, image)) },
  { name: 'a broadcast over channels', shapes: [[2, 5, 4, 1]], compute: (a) => tf.square(tf.broadcastTo(a, image)) },
  { name: 'a tile', shapes: [[2, 3]], compute: (a) => tf.mul(tf.tile(a, [3, 2]), tf.range(0, 6)) },
  {
    name: 'a padding',
    shapes: [image],
    compute: (a) =>
      tf.square(
        tf.pad(a, [
          [0, 1],
          [2, 0],
          [1, 1],
          [0, 3],
        ]),
      ),
  },
  {
    name: 'a slice of channels',
    shapes: [image],
    compute: (a) => tf.square(tf.slice(a, [0, 0, 0, 1], [-1, -1, -1, 2])),
  },
  { name: 'a slice of a block', shapes: [image], compute: (a) => tf.square(tf.slice(a, [1, 2, 1, 0], [1, 3, 2, 3])) },
  { name: 'a slice of a matrix', shapes: [[7, 9]], compute: (a) => tf.square(tf.slice(a, [2, 3], [4, 5])) },
  {
    name: 'parts side by side in channels',
    shapes: [image, [2, 5, 4, 6]],
    compute: (a, b) => tf.square(tf.concat([a, b], -1)),
  },
  {
    name: 'parts one after the other',
    shapes: [image, [1, 5, 4, 3]],
    compute: (a, b) => tf.square(tf.concat([a, b], 0)),
  },
  { name: 'a split', shapes: [image], compute: (a) => tf.mul(...(tf.split(a, 2, 2) as [tf.Tensor, tf.Tensor])) },
  {
    name: 'a split into unequal parts',
    shapes: [image],
    compute: (a) => tf.mul(...(tf.split(a, [1, 2], 3) as [tf.Tensor, tf.Tensor])),
  },
  {
    name: 'a stack',
    shapes: [
      [3, 2],
      [3, 2],
    ],
    compute: (a, b) => tf.square(tf.stack([a, b], 1)),
  },
  { name: 'an unstack', shapes: [[2, 4, 3]], compute: (a) => tf.mul(...(tf.unstack(a) as [tf.Tensor, tf.Tensor])) },
  {
    name: 'max pooling',
    shapes: [[2, 6, 6, 5]],
    compute: (a) => tf.square(tf.maxPool(a as tf.Tensor4D, 2, 2, 'valid')),
  },
  {
    name: 'max pooling with overlap',
    shapes: [[2, 7, 8, 5]],
    compute: (a) => tf.square(tf.maxPool(a as tf.Tensor4D, 3, 2, 'same')),
  },
  {
    name: 'max pooling with a border',
    shapes: [[2, 7, 8, 5]],
    compute: (a) => tf.square(tf.maxPool(a as tf.Tensor4D, 3, 2, 1)),
  },
  {
    name: 'average pooling',
    shapes: [[2, 6, 6, 5]],
    compute: (a) => tf.square(tf.avgPool(a as tf.Tensor4D, 2, 2, 'valid')),
  },
  {
    name: 'bilinear resizing',
    shapes: [[1, 4, 4, 2]],
    compute: (a) => tf.square(tf.image.resizeBilinear(a as tf.Tensor4D, [8, 8])),
  },
  {
    name: 'nearest resizing',
    shapes: [[1, 4, 4, 2]],
    compute: (a) => tf.square(tf.image.resizeNearestNeighbor(a as tf.Tensor4D, [8, 8])),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): Case => ({
      name: `a matrix product, ${transposeA ? 'first' : 'first not'} and ${transposeB ? 'second' : 'second not'} transposed`,
      shapes: [transposeA ? [7, 5] : [5, 7], transposeB ? [9, 7] : [7, 9]],
      compute: (a, b) => tf.matMul(a, b, transposeA, transposeB),
    })),
  ),
  {
    name: 'a transposed convolution',
    shapes: [
      [2, 4, 3, 5],
      [4, 4, 3, 5],
    ],
    compute: (x, filter) => tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 8, 6, 3], 2, 'same'),
  },
];

export function inputsOf({ shapes, prepare = (value) => value }: Case): Plain[] {
  return shapes.map((shape, index) => {
    const { values } = randomPlain(shape, 10 + index);
    return { shape, values: values.map((value) => prepare(value, index)) };
  });
}

/** A number that depends on every output differently, so that no mistake cancels out. */
export function weighted(y: tf.Tensor): tf.Scalar {
  const weights = randomPlain(y.shape, 99).values;
  return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
}
