import * as tf from '@tensorflow/tfjs-core';
import type { Training } from '../../params/training.ts';

/**
 * The paper's energy functions, one function a term. All return scalars that players minimise.
 *
 * D(X) is the sigmoid of a logit z. Every term is computed on logits, as softplus(z) = log(1 + e^z), because
 * log(sigmoid(z)) loses its value and its gradient where a discriminator is sure.
 */

/**
 * What the generator and the extractor minimise for a fake.
 * `saturating`: log(1 - D), as in Eq. 2 and Algorithm 1. `non-saturating`: -log D, with the same fixed point but a
 * gradient that does not vanish where the discriminator is sure.
 */
export type AdversarialForm = Training['adversarial']['form'];

/** `mean` over numbers of a picture, or their `sum`; always a mean over the batch. */
export type Reduction = Training['content']['reduction'];

/**
 * -log D(real), mean over the batch: Phi_D and Phi_D' of Eqs 7, 9, 14, 16.
 *
 * @param logits [batch, 1] of real pictures
 */
export function realEnergy(logits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.softplus(tf.neg(logits)));
}

/**
 * -log(1 - D(fake)), mean over the batch: phi_D and phi_D' of Eqs 8, 10, 15, 17, which the discriminators minimise.
 *
 * @param logits [batch, 1] of synthesised pictures
 */
export function fakeEnergy(logits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.softplus(logits));
}

/** Eqs 4 and 5: what D and D' minimise. */
export function discriminatorLoss(realLogits: tf.Tensor, fakeLogits: tf.Tensor): tf.Scalar {
  return tf.add(realEnergy(realLogits), fakeEnergy(fakeLogits));
}

/**
 * What G and E minimise to fool a discriminator, mean over the batch: Eq. 2, and the adversarial terms of Algorithm 1.
 * Eqs 6 and 13 print these terms with the discriminator's sign, with which the generator would help it.
 *
 * @param logits [batch, 1] of synthesised pictures
 */
export function foolingEnergy(logits: tf.Tensor, form: AdversarialForm): tf.Scalar {
  switch (form) {
    case 'saturating':
      return tf.neg(fakeEnergy(logits));
    case 'non-saturating':
      return realEnergy(logits);
  }
}

/**
 * Cross-entropy with the true classes, mean over the batch: Phi_C of Eq. 11.
 *
 * @param logits [batch, classes]
 * @param oneHot [batch, classes]
 */
export function classificationEnergy(logits: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Scalar {
  const [batch] = logits.shape;
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot)), -1 / batch);
}

/** Squared distance of pictures: L_content of Eq. 1, Phi_G of Eq. 12. Both [batch, height, width, channels]. */
export function contentEnergy(real: tf.Tensor4D, fake: tf.Tensor4D, reduction: Reduction): tf.Scalar {
  return squaredDistance(real, fake, reduction);
}

/**
 * Squared distance of last convolutional maps, Eqs 19 and 20 as a loss: replaces the content energy on LSEMSW (§4.3).
 * Both [batch, height, width, channels].
 */
export function perceptualEnergy(realMap: tf.Tensor4D, fakeMap: tf.Tensor4D, reduction: Reduction): tf.Scalar {
  return squaredDistance(realMap, fakeMap, reduction);
}

function squaredDistance(a: tf.Tensor4D, b: tf.Tensor4D, reduction: Reduction): tf.Scalar {
  const [batch] = a.shape;
  return tf.mul(tf.sum(tf.squaredDifference(a, b)), 1 / (reduction === 'mean' ? a.size : batch));
}
