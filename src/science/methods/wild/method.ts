import type { LandmarkSet, StillSet } from '../../data/stills.ts';
import type { SolverOptions } from '../../descriptors/dual-coordinate-descent.ts';
import type { BaseNetName } from '../../models/base-net.ts';
import type { StoredTensor, TensorMap } from '../../models/state.ts';
import type { Random } from '../../../base/random.ts';
import type { Checkpoints } from '../../training/checkpoints.ts';
import type { LoopOptions } from '../../training/loop.ts';
import type { MultiTaskOptions } from '../../training/multi-task.ts';
import type { SelfCureOptions } from '../../training/self-cure.ts';
import type { Pretrained } from '../method.ts';
import type { MethodOptions } from '../options.ts';

/** The rows of Table 3, in the paper's order. */
export const WILD_METHOD_NAMES = [
  'lpq',
  'lbp',
  'eoh',
  'alexnet',
  'vgg13',
  'resnet18',
  'rn-laf-ada',
  'scn',
  'groupgan',
] as const;
export type WildMethodName = (typeof WILD_METHOD_NAMES)[number];

/** What can be set about the methods of Table 3 beside the options that they share with the others, named as in params. */
export interface WildOptions {
  /** The BaseNet of `rn-laf-ada`, `scn` and `groupgan`. */
  readonly net: BaseNetName;
  /** Which pictures can serve as peaks: those of the training or, as §4.1 has it, the validation set ... */
  readonly easyFrom: 'train' | 'val';
  /** ... of which the pretrained classifier is surest: the share of each class, in (0, 1). */
  readonly easyShare: number;
  readonly svm: SolverOptions;
  readonly selfCure: SelfCureOptions;
  readonly multiTask: MultiTaskOptions & {
    /** Size of the hidden layer of the domain branch. */
    readonly domainUnits: number;
  };
}

/** What the shapes of a method's networks follow from. */
export interface WildShape {
  readonly classes: number;
  /** Channels of a picture: 1 or 3. */
  readonly channels: 1 | 3;
  readonly options: MethodOptions;
  readonly wild: WildOptions;
}

export interface WildTask extends Omit<WildShape, 'classes' | 'channels'> {
  /** Tells the number of classes and the channels, too. */
  readonly train: StillSet;
  /** Only `easyFrom: val` looks at it. */
  readonly val: StillSet;
  /** Read by the method that asks for it: no other needs the annotated corpus in memory. */
  readonly landmarks: () => Promise<LandmarkSet>;
  /** Of the wild training pictures; only methods that magnify take them. */
  readonly pretrained: Pretrained;
  /** Weights and batches follow from it alone. */
  readonly random: Random;
  readonly onReport?: LoopOptions['onReport'];
  /** Ends the training after the current step, by throwing the reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the training would need to go on after a kill; absent: it is not saved. */
  readonly checkpoints?: Checkpoints | undefined;
}

export interface RestoreWildTask extends WildShape {
  /** What `TrainedWildMethod.tensors` gave. */
  readonly tensors: TensorMap;
}

/** A way to recognise expressions in single pictures: a row of Table 3. */
export interface WildMethod {
  readonly name: WildMethodName;
  /**
   * @throws DivergenceError where a loss stops being finite
   * @throws CheckpointError where a pretrained checkpoint does not fit
   */
  train(task: WildTask): Promise<TrainedWildMethod>;
  /** @throws CheckpointError where the tensors do not fit */
  restore(task: RestoreWildTask): TrainedWildMethod;
}

export interface TrainedWildMethod {
  /** Probabilities [n, classes] of pictures [n, size, size, channels] in [-1, 1]; each row sums to 1. */
  predict(images: Float32Array): Float32Array;
  /** The pictures that were classified, clipped to [-1, 1], and a verdict on those given; only where it synthesises. */
  readonly magnifier?:
    | {
        readonly magnify: (images: Float32Array) => Float32Array;
        /** The same classifier on the pictures as they are: probabilities [n, classes]. */
        readonly predictUnmagnified: (images: Float32Array) => Float32Array;
      }
    | undefined;
  /** All that `restore` needs, for one safetensors file. */
  tensors(): Map<string, StoredTensor>;
  /** Frees the networks. */
  dispose(): void;
}
