import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../src/science/tensor/backend.ts';
await loadBackend('wasm');
const x = tf.randomNormal([16, 48, 48, 16]) as tf.Tensor4D,
  x2 = tf.randomNormal([16, 48, 48, 16]) as tf.Tensor4D,
  c = tf.randomNormal([16]),
  s = tf.scalar(2);
const m = tf.randomNormal([16, 1, 1, 16]) as tf.Tensor4D;
const cond = tf.greater(x, 0);
const small = tf.randomNormal([16, 48, 48, 1]) as tf.Tensor4D;
function time(label: string, f: () => unknown) {
  const once = () =>
    tf.tidy(() => {
      f();
    });
  once();
  once();
  let best = Infinity;
  for (let i = 0; i < 15; i++) {
    const t = performance.now();
    once();
    best = Math.min(best, performance.now() - t);
  }
  console.log(label.padEnd(30), best.toFixed(3));
}
time('add same', () => tf.add(x, x2));
time('add bias', () => tf.add(x, c));
time('mul bias', () => tf.mul(x, c));
time('add scalar', () => tf.add(x, s));
time('mul scalar', () => tf.mul(x, s));
time('mul [b,1,1,c]', () => tf.mul(x, m));
time('mul [b,h,w,1]', () => tf.mul(x, small));
time('sub', () => tf.sub(x, x2));
time('div scalar', () => tf.div(x, s));
time('sqdiff', () => tf.squaredDifference(x, x2));
time('relu', () => tf.relu(x));
time('leaky', () => tf.leakyRelu(x, 0.2));
time('tanh', () => tf.tanh(x));
time('sigmoid', () => tf.sigmoid(x));
time('softplus', () => tf.softplus(x));
time('exp', () => tf.exp(x));
time('square', () => tf.square(x));
time('neg', () => tf.neg(x));
time('step', () => tf.step(x));
time('abs', () => tf.abs(x));
time('sqrt', () => tf.sqrt(x));
time('clip', () => tf.clipByValue(x, -1, 1));
time('sum all', () => tf.sum(x));
time('mean all', () => tf.mean(x));
time('sum 012', () => tf.sum(x, [0, 1, 2]));
time('mean 12', () => tf.mean(x, [1, 2]));
time('sum -1', () => tf.sum(x, -1));
time('max 12', () => tf.max(x, [1, 2]));
time('max -1', () => tf.max(x, -1));
time('concat -1', () => tf.concat([x, x2], -1));
time('concat 0', () => tf.concat([x, x2], 0));
time('slice c', () => tf.slice(x, [0, 0, 0, 4], [-1, -1, -1, 8]));
time('slice b', () => tf.slice(x, [4, 0, 0, 0], [8, -1, -1, -1]));
time('split', () => tf.split(x, 2, -1));
time('pad', () =>
  tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]),
);
time('tile', () => tf.tile(m, [1, 48, 48, 1]));
time('broadcastTo', () => tf.broadcastTo(s, [16, 48, 48, 16]));
time('broadcastTo hw1', () => tf.broadcastTo(small, [16, 48, 48, 16]));
time('where', () => tf.where(cond, x, x2));
time('greater', () => tf.greater(x, 0));
time('cast', () => tf.cast(cond, 'float32'));
time('transpose', () => tf.transpose(x, [0, 3, 1, 2]));
time('maxpool', () => tf.maxPool(x, 2, 2, 'valid'));
time('maxpool3', () => tf.maxPool(x, 3, 2, 'same'));
time('avgpool', () => tf.avgPool(x, 2, 2, 'valid'));
time('zerosLike', () => tf.zerosLike(x));
time('clone', () => tf.clone(x));
time('reshape', () => tf.reshape(x, [16, -1]));
time('reverse', () => tf.reverse(x, 2));
time('upsample', () => tf.image.resizeNearestNeighbor(x, [96, 96]));
time('bilinear', () => tf.image.resizeBilinear(x, [96, 96]));
const a = tf.randomNormal([16, 1152]) as tf.Tensor2D,
  b = tf.randomNormal([1152, 128]) as tf.Tensor2D,
  g = tf.randomNormal([16, 128]) as tf.Tensor2D;
time('matmul', () => tf.matMul(a, b));
time('matmul T b', () => tf.matMul(g, b, false, true));
time('matmul T a', () => tf.matMul(a, g, true, false));
time('matmul T T', () => tf.matMul(b, a, true, true));
time('prelu-ish softmax', () => tf.logSoftmax(g));
time('oneHot', () => tf.oneHot(tf.tensor1d([1, 2, 3], 'int32'), 6));
