import type { Random } from '../../base/random.ts';
import type { PairSet } from '../data/prepared/prepared.ts';
import type { LandmarkSet, StillSet } from '../data/stills.ts';
import type { BaseNetName } from '../names.ts';
import type { StoredTensor, TensorMap } from '../models/state.ts';
import type { Checkpoints } from '../training/checkpoints.ts';
import type { LoopOptions } from '../training/loop.ts';
import type { MethodOptions } from './options.ts';

/** The shapes of a method's networks follow from this. */
export interface MethodShape {
  /** The BaseNet, where the method is built on one. */
  readonly net: BaseNetName;
  readonly classes: number;
  /** Channels of a picture: 1 or 3. */
  readonly channels: 1 | 3;
  readonly options: MethodOptions;
}

/** Checkpoints of the two pretraining stages; what is missing starts from random weights. */
export interface Pretrained {
  /** C trained on peaks (tensors `classifier.*`), from which E starts as well. */
  readonly classifier?: TensorMap | undefined;
  /** G as an autoencoder (tensors `generator.*`), without F_exp. */
  readonly generator?: TensorMap | undefined;
}

/** Weak pictures, each with the peak of its sequence. */
export interface Pairs {
  /** Gives the number of classes and the channels, too. */
  readonly train: PairSet;
}

/** Single pictures, of which nobody knows the peak. */
export interface Stills {
  /** Gives the number of classes and the channels, too. */
  readonly train: StillSet;
  /** May be empty; only `easyFrom: val` looks at it. */
  readonly val: StillSet;
  /** Read by the method that asks for it: no other needs the annotated corpus in memory. */
  readonly landmarks: () => Promise<LandmarkSet>;
}

/** A training without its pictures. */
export interface Training extends Omit<MethodShape, 'classes' | 'channels'> {
  readonly pretrained: Pretrained;
  /** Weights and batches follow from it alone. */
  readonly random: Random;
  readonly onReport?: LoopOptions['onReport'];
  /** Ends the training after the current step, by throwing the reason. */
  readonly signal?: AbortSignal | undefined;
  /** Where the training saves what it would need to continue after a kill; absent: nowhere. */
  readonly checkpoints?: Checkpoints | undefined;
}

export type PairTraining = Training & Pairs;
export type StillTraining = Training & Stills;

export interface Restoring extends MethodShape {
  /** As `TrainedMethod.tensors` gave them. */
  readonly tensors: TensorMap;
}

/** How fast a training goes through pictures, for people who watch it. */
export interface Pace {
  /** Pictures (pairs, for the GANs) that an iteration takes. */
  readonly batch: number;
  /** Learning rate of each player, before the schedule, by the name of the measure that is its loss. */
  readonly rates: Readonly<Record<string, number>>;
}

interface MethodOf<Reads extends 'pairs' | 'stills', Task> {
  /** Pairs of a weak and a peak picture, or single pictures. */
  readonly reads: Reads;
  pace(options: MethodOptions): Pace;
  /**
   * @throws DivergenceError where a loss stops being finite
   * @throws CheckpointError where a pretrained checkpoint does not fit
   */
  train(task: Task): Promise<TrainedMethod>;
  /** @throws CheckpointError where the tensors do not fit */
  restore(task: Restoring): TrainedMethod;
}

/** A way to recognise weak expressions, trained on pairs: a column of Table 1. */
export type PairMethod = MethodOf<'pairs', PairTraining>;
/** A way to recognise expressions in single pictures: a row of Table 3. */
export type StillMethod = MethodOf<'stills', StillTraining>;
export type Method = PairMethod | StillMethod;

/** Features of n pictures. */
export interface DeepFeatures {
  /** F_exp, [n, features] flat. */
  readonly expression: Float32Array;
  /** The last convolutional maps (Psi), [n, height * width * channels] flat. */
  readonly featureMap: Float32Array;
}

export interface TrainedMethod {
  /**
   * Scores [n, classes] of pictures [n, size, size, channels] in [-1, 1]: logits of a method that reads pairs,
   * probabilities of one that reads stills. The method magnifies, where it does, before it classifies.
   */
  predict(images: Float32Array): Float32Array;
  /** Only of methods that synthesise. */
  readonly magnifier?: Magnifier;
  /** F_exp and feature maps of the pictures as given, by E, or by the classifier where there is no E (Fig. 4, Eq. 20). */
  readonly features?: (images: Float32Array) => DeepFeatures;
  /** All that `restore` needs, for one safetensors file. */
  tensors(): Map<string, StoredTensor>;
  /** Frees the networks. */
  dispose(): void;
}

export interface Magnifier {
  /** The pictures that are classified, [n, size, size, channels], clipped to [-1, 1]. */
  magnify(images: Float32Array): Float32Array;
  /** The same classifier on the pictures as they are: scores as those of `predict`. */
  predictUnmagnified(images: Float32Array): Float32Array;
}
