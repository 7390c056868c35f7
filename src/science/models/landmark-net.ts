import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../base/random.ts';
import { addFeatures } from './base-net.ts';
import type { BaseNetConfig } from './base-net.ts';
import { dense } from './layers.ts';
import { NetworkBuilder } from './network.ts';
import type { Network, Pass } from './network.ts';

/** What the network finds in a batch of pictures. */
export interface Sight {
  /** Pooled maps of the last convolution, [batch, features]. */
  readonly pooled: tf.Tensor2D;
  /** x and y of the 68 points in [-1, 1] across the picture, [batch, 136]. */
  readonly landmarks: tf.Tensor2D;
  /** [batch, classes] */
  readonly logits: tf.Tensor2D;
}

/**
 * Our reading of RN+LAF+ADA (G. Hu et al. 2018): one body, a head that finds the landmarks, a classifier that reads the
 * pooled maps beside the landmarks found (LAF), and a branch that tells two corpora apart (ADA).
 */
export interface LandmarkNet extends Network {
  look(images: tf.Tensor4D, pass: Pass): Sight;
  /** Logits [batch, 1] of "in the wild", from `Sight.pooled`. */
  tellDomain(pooled: tf.Tensor2D): tf.Tensor2D;
}

const COORDINATES = 2 * 68;

/** @param domainUnits size of the hidden layer of the domain branch */
export function buildLandmarkNet(
  config: BaseNetConfig,
  classes: number,
  domainUnits: number,
  random: Random | null,
): LandmarkNet {
  const builder = new NetworkBuilder(config.initialization, random);
  // The hidden layer comes after the landmarks have joined, so the body ends where its maps are gathered.
  const { extract, expressionSize: pooledSize } = addFeatures(builder, { ...config, dense: [] });
  const joined = pooledSize + COORDINATES;
  const locate = dense(builder, 'landmarks', { in: pooledSize, out: COORDINATES });
  const hiddenSize = config.dense.at(-1) ?? joined;
  const hidden = dense(builder, 'expression.0', { in: joined, out: hiddenSize, activation: 'relu' });
  const last = dense(builder, 'expression.1', { in: hiddenSize, out: classes });
  const domainHidden = dense(builder, 'domain.0', { in: pooledSize, out: domainUnits, activation: 'relu' });
  const domainLast = dense(builder, 'domain.1', { in: domainUnits, out: 1 });
  return {
    ...builder.finish(),
    look(images, pass) {
      const pooled = extract(images, pass).expression;
      const landmarks = locate(pooled);
      return { pooled, landmarks, logits: last(hidden(tf.concat([pooled, landmarks], 1))) };
    },
    tellDomain: (pooled) => domainLast(domainHidden(pooled)),
  };
}
