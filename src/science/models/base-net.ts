import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../base/random.ts';
import { alexNetBody } from './alexnet.ts';
import type { BaseNetConfig, Body } from './body.ts';
import { dense } from './layers.ts';
import { NetworkBuilder } from './network.ts';
import type { Network, Pass } from './network.ts';
import { resNetBody } from './resnet.ts';
import { vggBody } from './vgg.ts';

export type { BaseNetConfig } from './body.ts';

/** What a BaseNet sees in a batch of pictures. */
export interface Features {
  /** The last convolutional maps, [batch, height, width, channels]: the Psi of Eqs 19 and 20. */
  readonly featureMap: tf.Tensor4D;
  /** F_exp, [batch, features]: what goes into the last dense layer, never negative. */
  readonly expression: tf.Tensor2D;
}

/** A BaseNet without its last dense layer: the paper's E. */
export interface Extractor extends Network {
  /** Length of F_exp; the paper: 256. */
  readonly expressionSize: number;
  extract(images: tf.Tensor4D, pass: Pass): Features;
}

/** A whole BaseNet: the paper's C, and its `CNN`. */
export interface Classifier extends Extractor {
  readonly classes: number;
  /** Logits [batch, classes] of pictures [batch, size, size, channels] in [-1, 1]. */
  classify(images: tf.Tensor4D, pass: Pass): tf.Tensor2D;
}

/** A BaseNet with its last dense layer. Equal streams give equal weights, null gives zeros. */
export function buildClassifier(config: BaseNetConfig, classes: number, random: Random | null): Classifier {
  const builder = new NetworkBuilder(config.initialization, random);
  const { extract, expressionSize, lastName } = addFeatures(builder, config);
  const last = dense(builder, lastName, { in: expressionSize, out: classes });
  return {
    ...builder.finish(),
    expressionSize,
    classes,
    extract,
    classify: (images, pass) => last(extract(images, pass).expression),
  };
}

/** A BaseNet without its last layer; a weight has the name and, from an equal stream, the value of the classifier's. */
export function buildExtractor(config: BaseNetConfig, random: Random | null): Extractor {
  const builder = new NetworkBuilder(config.initialization, random);
  const { extract, expressionSize } = addFeatures(builder, config);
  return { ...builder.finish(), expressionSize, extract };
}

/** Adds a BaseNet without its last layer to a network under construction; `lastName` is what that layer would be called. */
export function addFeatures(builder: NetworkBuilder, config: BaseNetConfig) {
  const body = addBody(builder, config);
  let expressionSize = body.gathered;
  const layers = body.dense.map(({ name, size }) => {
    const layer = dense(builder, name, { in: expressionSize, out: size, activation: 'relu' });
    expressionSize = size;
    return layer;
  });
  const extract = (images: tf.Tensor4D, pass: Pass): Features => {
    const featureMap = body.convolve(images, pass);
    const expression = layers.reduce((x, layer) => layer(x), body.gather(featureMap));
    return { featureMap, expression };
  };
  return { extract, expressionSize, lastName: body.lastName };
}

function addBody(builder: NetworkBuilder, config: BaseNetConfig): Body {
  switch (config.net) {
    case 'AlexNet':
      return alexNetBody(builder, config);
    case 'VGG11':
    case 'VGG13':
    case 'VGG16':
    case 'VGG19':
      return vggBody(builder, config, config.net);
    case 'ResNet18':
    case 'ResNet34':
    case 'ResNet50':
      return resNetBody(builder, config, config.net);
  }
}
