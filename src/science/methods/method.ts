import type { PairSet } from '../data/prepared/prepared.ts';
import type { BaseNetName } from '../models/base-net.ts';
import type { StoredTensor, TensorMap } from '../models/state.ts';
import type { Random } from '../../base/random.ts';
import type { Checkpoints } from '../training/checkpoints.ts';
import type { LoopOptions } from '../training/loop.ts';
import type { MethodOptions } from './options.ts';

/** The methods built on BaseNets, in the order of the columns of Table 1; the control comes last. */
export const METHOD_NAMES = ['cnn', 'dcgan', 'groupgan-1v2', 'groupgan-2v2', 'cnn-weak+peak'] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** What the shapes of a method's networks follow from. */
export interface MethodShape {
  readonly net: BaseNetName;
  readonly classes: number;
  /** Channels of a picture: 1 or 3. */
  readonly channels: number;
  readonly options: MethodOptions;
}

/** Checkpoints of the two pretraining stages; what is missing starts from random weights. */
export interface Pretrained {
  /** C trained on peaks (tensors `classifier.*`), from which E starts as well. */
  readonly classifier?: TensorMap | undefined;
  /** G as an autoencoder (tensors `generator.*`), without F_exp. */
  readonly generator?: TensorMap | undefined;
}

export interface TrainTask extends Omit<MethodShape, 'classes' | 'channels'> {
  /** Tells the number of classes and the channels, too. */
  readonly train: PairSet;
  readonly pretrained: Pretrained;
  /** Weights and batches follow from it alone. */
  readonly random: Random;
  readonly onReport?: LoopOptions['onReport'];
  /** Ends the training after the current step, by throwing the reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the training would need to go on after a kill; absent: it is not saved. */
  readonly checkpoints?: Checkpoints | undefined;
}

export interface RestoreTask extends MethodShape {
  /** What `TrainedMethod.tensors` gave. */
  readonly tensors: TensorMap;
}

/** A way to recognise weak expressions. */
export interface Method {
  readonly name: MethodName;
  /** As a table prints it. */
  readonly title: string;
  /** Which pictures its accuracy is measured on, in one sentence for a caption. */
  readonly measuredOn: string;
  /**
   * @throws DivergenceError where a loss stops being finite
   * @throws CheckpointError where a pretrained checkpoint does not fit
   */
  train(task: TrainTask): Promise<TrainedMethod>;
  /** @throws CheckpointError where the tensors do not fit */
  restore(task: RestoreTask): TrainedMethod;
}

/** Features of n pictures. */
export interface DeepFeatures {
  /** F_exp, [n, features] flat. */
  readonly expression: Float32Array;
  /** The last convolutional maps (Psi), [n, height * width * channels] flat. */
  readonly featureMap: Float32Array;
}

export interface TrainedMethod {
  /**
   * Logits [n, classes] of pictures [n, size, size, channels] in [-1, 1]: whatever the method does to a picture before
   * it classifies happens in here.
   */
  predict(images: Float32Array): Float32Array;
  /** The pictures that were classified, clipped to [-1, 1]; only of methods that synthesise. */
  readonly magnify?: (images: Float32Array) => Float32Array;
  /** What E, or where there is none the classifier, sees in the pictures as given (Fig. 4, Eq. 20). */
  features(images: Float32Array): DeepFeatures;
  /** All that `restore` needs, for one safetensors file. */
  tensors(): Map<string, StoredTensor>;
  /** Frees the networks. */
  dispose(): void;
}
