import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../base/random.ts';
import { addFeatures } from './base-net.ts';
import type { BaseNetConfig } from './base-net.ts';
import { dense } from './layers.ts';
import { NetworkBuilder } from './network.ts';
import type { Network, Pass } from './network.ts';

/** A classifier that also says how much each picture should count (SCN, K. Wang et al. 2020). */
export interface SelfCureNet extends Network {
  /**
   * @param images [batch, size, size, channels] in [-1, 1]
   * @returns logits [batch, classes], and the importance [batch, 1] in (0, 1), their Eq. 1
   */
  judge(images: tf.Tensor4D, pass: Pass): { readonly logits: tf.Tensor2D; readonly importance: tf.Tensor2D };
}

/** A BaseNet with its last layer and, beside it, one unit for the importance. Null as stream gives zeros. */
export function buildSelfCureNet(config: BaseNetConfig, classes: number, random: Random | null): SelfCureNet {
  const builder = new NetworkBuilder(config.initialization, random);
  const { extract, expressionSize, lastName } = addFeatures(builder, config);
  const weigh = dense(builder, 'importance', { in: expressionSize, out: 1 });
  const last = dense(builder, lastName, { in: expressionSize, out: classes });
  return {
    ...builder.finish(),
    judge(images, pass) {
      const { expression } = extract(images, pass);
      return { logits: last(expression), importance: tf.sigmoid(weigh(expression)) };
    },
  };
}
