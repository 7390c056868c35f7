import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import {
  lowImportance,
  rankEnergy,
  relabelled,
  weightedClassificationEnergy,
} from '../../../src/science/losses/self-cure.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { assertSlope, close, valueOf } from '../../compute/slope.ts';

const column = (values: number[]) => tf.tensor2d(values, [values.length, 1]);

describe('the terms of SCN', () => {
  before(useTestBackend);

  it('weigh the logits, not the losses', () => {
    // Logits (log 9, 0) at importance 1/2 are (log 3, 0): probability 3/4 of the first class.
    const energy = (importance: number, label: [number, number]) =>
      valueOf(() =>
        weightedClassificationEnergy(tf.tensor2d([[Math.log(9), 0]]), column([importance]), tf.tensor2d([label])),
      );
    close(energy(0.5, [1, 0]), Math.log(4 / 3));
    close(energy(0.5, [0, 1]), Math.log(4));
    close(energy(1, [1, 0]), Math.log(10 / 9));
    // A picture that does not count is a guess between two, whatever its label.
    close(energy(0, [0, 1]), Math.log(2));
  });

  it('weigh with the gradients that central differences give', () => {
    const oneHot = [
      [1, 0, 0],
      [0, 0, 1],
    ];
    const logits = [0.3, -0.7, 1.1, 0.2, 0.9, -0.4];
    assertSlope(logits, [2, 3], (x) => weightedClassificationEnergy(x, column([0.3, 0.8]), tf.tensor2d(oneHot)));
    assertSlope([0.3, 0.8], [2, 1], (importance) =>
      weightedClassificationEnergy(tf.tensor2d(logits, [2, 3]), importance, tf.tensor2d(oneHot)),
    );
  });

  it('put the highest 70 % of a batch into the high group, and never leave a group empty', () => {
    const ten = [0.9, 0.1, 0.8, 0.7, 0.2, 0.6, 0.5, 0.4, 0.3, 0.95];
    const low = lowImportance(ten, 0.7);
    assert.deepEqual(
      ten.filter((_, row) => low[row]),
      [0.1, 0.2, 0.3],
    );
    assert.deepEqual(lowImportance([0.5, 0.5], 0.99), [false, true]);
    assert.deepEqual(lowImportance([0.5, 0.6], 0.01), [true, false]);
    assert.throws(() => lowImportance([0.5], 0.7), /batches of at least 2 pictures, not 1/);
  });

  it('ask for a margin between the means of the groups', () => {
    const low = [false, false, true];
    // High mean 0.6, low mean 0.5: 0.05 short of a margin of 0.15.
    close(
      valueOf(() => rankEnergy(column([0.7, 0.5, 0.5]), low, 0.15)),
      0.05,
    );
    close(
      valueOf(() => rankEnergy(column([0.9, 0.7, 0.1]), low, 0.15)),
      0,
    );
    assertSlope([0.7, 0.5, 0.5], [3, 1], (importance) => rankEnergy(importance, low, 0.15));
    assertSlope([0.9, 0.7, 0.1], [3, 1], (importance) => rankEnergy(importance, low, 0.15));
  });

  it('relabel what is of low importance and clearly looks like another class', () => {
    const probabilities = [
      [0.2, 0.7, 0.1], // clearly another, low
      [0.2, 0.7, 0.1], // clearly another, high
      [0.35, 0.45, 0.2], // another, but not by more than 0.2
      [0.6, 0.3, 0.1], // its own
    ].flat();
    const labels = Int32Array.of(0, 0, 0, 0);
    assert.deepEqual([...relabelled(probabilities, labels, [true, false, true, true], 0.2)], [1, 0, 0, 0]);
    assert.deepEqual([...labels], [0, 0, 0, 0]);
  });
});
