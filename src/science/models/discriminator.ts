import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../base/random.ts';
import { scaled } from './body.ts';
import { convolution, dense, flatten, tileOverMap } from './layers.ts';
import { NetworkBuilder } from './network.ts';
import type { Initialization, Network, Pass } from './network.ts';

export interface DiscriminatorConfig {
  /** Pixels a side, 32 to 128. */
  readonly size: number;
  readonly channels: number;
  /** Multiplies the channels of every convolution. */
  readonly width: number;
  /** Size of the dense layer before the last. */
  readonly dense: number;
  /** Length of F_exp as a condition (2V2), or null without one (1V2, DCGAN). */
  readonly expression: number | null;
  readonly initialization: Initialization;
}

/** The paper's D and D': two networks of one build that differ in what they are shown. */
export interface Discriminator extends Network {
  readonly config: DiscriminatorConfig;
  /**
   * Logits [batch, 1]; D(X) of the paper is their sigmoid.
   *
   * @param images [batch, size, size, channels] in [-1, 1]
   * @param expression F_exp [batch, features]; null exactly where the discriminator was built without it
   */
  judge(images: tf.Tensor4D, expression: tf.Tensor2D | null): tf.Tensor2D;
}

const CHANNELS = [64, 128, 256, 512] as const;
/** The condition joins the maps after this many convolutions. */
const CONDITION_AFTER = 2;
const PASS: Pass = { training: false };

/** VGG-like: 3x3 convolutions from 64 to 512 channels, strides for poolings, leaky ReLUs, two dense layers. */
export function buildDiscriminator(config: DiscriminatorConfig, random: Random | null): Discriminator {
  const builder = new NetworkBuilder(config.initialization, random);
  let channels = config.channels;
  let size = config.size;
  const conditionChannels = config.expression === null ? 0 : scaled(64, config.width);
  const layers = CHANNELS.map((fullWidth, index) => {
    const out = scaled(fullWidth, config.width);
    const joined = index === CONDITION_AFTER ? conditionChannels : 0;
    const layer = convolution(builder, `features.${2 * index}`, {
      in: channels + joined,
      out,
      kernel: 3,
      stride: 2,
      activation: 'leakyRelu',
    });
    channels = out;
    size = Math.ceil(size / 2);
    return layer;
  });
  const embed =
    config.expression === null
      ? null
      : dense(builder, 'condition', { in: config.expression, out: conditionChannels, activation: 'leakyRelu' });
  const hidden = dense(builder, 'classifier.0', {
    in: size * size * channels,
    out: config.dense,
    activation: 'leakyRelu',
  });
  const last = dense(builder, 'classifier.2', { in: config.dense, out: 1 });
  return {
    ...builder.finish(),
    config,
    judge(images, expression) {
      let map = images;
      layers.forEach((layer, index) => {
        if (index === CONDITION_AFTER) map = withCondition(map, expression);
        map = layer(map, PASS);
      });
      return last(hidden(flatten(map)));
    },
  };

  function withCondition(map: tf.Tensor4D, expression: tf.Tensor2D | null): tf.Tensor4D {
    if ((embed === null) !== (expression === null)) {
      throw new Error(
        expression === null
          ? 'this discriminator is conditioned on expression features and was given none'
          : 'this discriminator was built without a condition but was given one',
      );
    }
    if (embed === null || expression === null) return map;
    return tf.concat([map, tileOverMap(embed(expression), map.shape[1], map.shape[2])], 3);
  }
}
