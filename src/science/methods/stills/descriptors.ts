import { testImages } from '../../data/batches.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import type { StillSet } from '../../data/stills.ts';
import type { Pictures } from '../../descriptors/blocks.ts';
import { describeEoh } from '../../descriptors/eoh.ts';
import { describeLbp } from '../../descriptors/lbp.ts';
import { describeLpq } from '../../descriptors/lpq.ts';
import { svmScores, trainSvm } from '../../descriptors/svm.ts';
import type { Svm } from '../../descriptors/svm.ts';
import { CheckpointError } from '../../models/state.ts';
import type { StoredTensor, TensorMap } from '../../models/state.ts';
import type { MethodShape, Restoring, StillMethod, TrainedMethod } from '../method.ts';
import { systemOption } from '../options.ts';
import { shapeOf } from '../pretraining.ts';
import { softmaxRows } from './probabilities.ts';

/** Table 3's hand-crafted features, each with a linear support vector machine. They see the middle crops, unmirrored. */
export const lpq = described(describeLpq);
export const lbp = described(describeLbp);
export const eoh = described(describeEoh);

/** Features [n, dimensions] of pictures. */
type Describe = (set: Pictures) => Float32Array;

/** Pictures that are described at once. */
const BATCH = 256;

function described(describe: Describe): StillMethod {
  return {
    reads: 'stills',
    // A solver has no rate; it goes through all pictures at once.
    pace: ({ pretrainE }) => ({ batch: pretrainE.batch, rates: {} }),
    train(task) {
      const { train, options, random, onReport, signal } = task;
      const shape = shapeOf(task);
      const features = describeAll(train, describe, shape, signal);
      const learnt = trainSvm(features, train.labels, shape.classes, systemOption(options, 'svm'), random.fork('svm'));
      const { problems, found, ...svm } = learnt;
      const right = train.labels.filter((label, row) => found[row] === label);
      const report = {
        step: 1,
        iterations: 1,
        measures: {
          accuracy: right.length / train.labels.length,
          passes: problems.reduce((sum, { passes }) => sum + passes, 0) / problems.length,
          converged: problems.filter(({ converged }) => converged).length / problems.length,
        },
        rateFactor: 1,
      };
      onReport?.(report, false);
      return Promise.resolve(trained(svm, describe, shape));
    },
    restore: (task) => trained(svmOf(task), describe, task),
  };
}

function trained(svm: Svm, describe: Describe, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) => softmaxRows(svmScores(svm, describe(asBytes(images, shape))), shape.classes),
    tensors: () =>
      new Map<string, StoredTensor>([
        ['svm.weights', { dtype: 'float32', shape: [svm.classes, svm.dimensions], data: svm.weights }],
        ['svm.biases', { dtype: 'float32', shape: [svm.classes], data: svm.biases }],
      ]),
    // Nothing of it is on the backend.
    dispose: () => undefined,
  };
}

function svmOf({ tensors, classes }: Restoring): Svm {
  const biases = numbers(tensors, 'svm.biases');
  const weights = numbers(tensors, 'svm.weights');
  if (biases.length !== classes || weights.length % classes !== 0) {
    throw new CheckpointError(
      `expected a support vector machine of ${classes} classes, found ${biases.length}: train it again with the same data.`,
    );
  }
  return { classes, dimensions: weights.length / classes, weights, biases };
}

function numbers(tensors: TensorMap, name: string): Float32Array {
  const data = tensors.get(name)?.data;
  if (data instanceof Float32Array) return data;
  throw new CheckpointError(
    `expected a tensor ${name} in the checkpoint, found ${[...tensors.keys()].slice(0, 3).join(', ')}: ` +
      'it was trained by another method.',
  );
}

/** Values in [-1, 1] as the bytes that they were. */
function asBytes(images: Float32Array, { channels, options }: MethodShape): Pictures {
  const side = options.augment.crop;
  const pictures = Uint8Array.from(images, (value) => Math.round((value + 1) * 127.5));
  return { size: { height: side, width: side, channels }, pictures };
}

/**
 * Features of all pictures, [n, dimensions], each written to its place at once: for LPQ of LSEMSW they are 6 GB, which
 * should not be held twice.
 */
function describeAll(set: StillSet, describe: Describe, shape: MethodShape, signal?: AbortSignal): Float32Array {
  let features = new Float32Array(0);
  let at = 0;
  const crops = testImages(asPeaks(set), 'peak', { cropSize: shape.options.augment.crop, batch: BATCH });
  for (const { images, labels } of crops) {
    signal?.throwIfAborted();
    const own = describe(asBytes(images, shape));
    if (at === 0) features = new Float32Array((own.length / labels.length) * set.labels.length);
    features.set(own, at);
    at += own.length;
  }
  return features;
}
