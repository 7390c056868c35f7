import type * as tf from '@tensorflow/tfjs-core';
import type { BaseNetName } from '../names.ts';
import type { Normalization } from './layers.ts';
import type { Initialization, Pass } from './network.ts';

export interface BaseNetConfig {
  readonly net: BaseNetName;
  /** Pixels a side, 32 to 128. */
  readonly size: number;
  /** Channels of a picture: 1 or 3. */
  readonly channels: number;
  /** Multiplies the channels of every convolution. */
  readonly width: number;
  /** Sizes of the dense layers before the last; ResNets use the last of them only. The paper: 512, 256. */
  readonly dense: readonly number[];
  readonly normalization: Normalization;
  /**
   * Gamma that the last batch normalisation of each residual path starts from, 0 to 1. With 0 every block starts as the
   * identity (Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 5.1); torchvision's default is 1.
   */
  readonly residualGamma: number;
  readonly initialization: Initialization;
}

/** The convolutions of a BaseNet, as its family builds them. */
export interface Body {
  /** Pictures [batch, size, size, channels] to the last maps [batch, height, width, channels]. */
  readonly convolve: (images: tf.Tensor4D, pass: Pass) => tf.Tensor4D;
  /** From the last maps to the vector that the dense layers read, [batch, gathered]. */
  readonly gather: (featureMap: tf.Tensor4D) => tf.Tensor2D;
  readonly gathered: number;
  /** The dense layers before the last: name after the family's habit, and size. */
  readonly dense: readonly { readonly name: string; readonly size: number }[];
  /** Name of the last dense layer. */
  readonly lastName: string;
}

/** Channels at a width multiplier: at least one. */
export function scaled(channels: number, width: number): number {
  return Math.max(1, Math.round(channels * width));
}
