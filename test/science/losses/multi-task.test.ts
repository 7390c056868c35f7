import * as tf from '@tensorflow/tfjs-core';
import { domainEnergy, landmarkEnergy } from '../../../src/science/losses/multi-task.ts';
import { useTestBackend } from '../../compute/test-backend.ts';
import { assertSlope, close, valueOf } from '../../compute/slope.ts';

describe('the terms of RN+LAF+ADA, as we read it', () => {
  before(useTestBackend);

  it('square the distance of landmarks, and divide by how many numbers there are', () => {
    const given = [0, 0.5, -1, 1];
    close(
      valueOf(() => landmarkEnergy(tf.tensor2d(given, [2, 2]), tf.tensor2d([0.5, 0.5, -1, 0], [2, 2]))),
      (0.25 + 1) / 4,
    );
    assertSlope([0.5, 0.4, -0.9, 0], [2, 2], (found) => landmarkEnergy(tf.tensor2d(given, [2, 2]), found));
  });

  it('ask each corpus which of the two it is', () => {
    // sigmoid(log 3) = 3/4 for a wild picture, sigmoid(0) = 1/2 for an annotated one.
    const log3 = Math.log(3);
    close(
      valueOf(() => domainEnergy(tf.tensor2d([[log3]]), tf.tensor2d([[0]]))),
      Math.log(4 / 3) + Math.log(2),
    );
    assertSlope([0.4, -0.8], [2, 1], (wild) => domainEnergy(wild, tf.tensor2d([[0.3]])));
    assertSlope([0.4, -0.8], [2, 1], (annotated) => domainEnergy(tf.tensor2d([[0.3]]), annotated));
  });
});
