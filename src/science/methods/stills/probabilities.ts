import type * as tf from '@tensorflow/tfjs-core';
import { exp } from '../../../base/deterministic-math.ts';
import type { MethodShape } from '../method.ts';
import { inBatches } from '../predict.ts';

/** Probabilities [n, classes] of pictures [n, size, size, channels], from a network that gives logits. */
export function probabilities(
  images: Float32Array,
  shape: MethodShape,
  logits: (batch: tf.Tensor4D) => tf.Tensor2D,
): Float32Array {
  return softmaxRows(inBatches(images, shape, logits), shape.classes);
}

/**
 * Scores as probabilities, row by row, on the processor: the same bits whatever gave the scores.
 *
 * @param scores [n, classes], flat
 * @returns [n, classes]; each row sums to 1 up to rounding
 */
export function softmaxRows(scores: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) {
    const row = scores.subarray(start, start + classes);
    const largest = row.reduce((most, score) => (score > most ? score : most), -Infinity);
    const powers = Array.from(row, (score) => exp(score - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, column) => {
      result[start + column] = power / sum;
    });
  }
  return result;
}
