import { testImages } from '../../data/batches.ts';
import { DataError } from '../../data/data-error.ts';
import { asPeaks } from '../../data/still-pairs.ts';
import type { StillSet } from '../../data/stills.ts';
import type { Pictures } from '../../descriptors/blocks.ts';
import { svmScores, trainSvm } from '../../descriptors/svm.ts';
import type { Svm } from '../../descriptors/svm.ts';
import { CheckpointError } from '../../models/state.ts';
import type { StoredTensor, TensorMap } from '../../models/state.ts';
import type { DescriptorName } from '../../names.ts';
import type { MethodShape, Restoring, StillMethod, TrainedMethod } from '../method.ts';
import { systemOption } from '../options.ts';
import { shapeOf } from '../pretraining.ts';
import { softmaxRows } from './probabilities.ts';

/** Features [n, dimensions] of pictures. */
type Describe = (set: Pictures) => Float32Array;

/** The same, checked; throws a DataError, also for other `dimensions` than those given. */
type Checked = (set: Pictures, dimensions: number | null) => Float32Array;

/** Pictures that are described at once. */
const BATCH = 256;

/**
 * One of Table 3's hand-crafted features with a linear support vector machine. It sees the middle crops, unmirrored.
 * Training and prediction throw a DataError for features that are not finite, or not equally many for each picture.
 *
 * @param describe features [n, dimensions] of pictures
 */
export function described(name: DescriptorName, describe: Describe): StillMethod {
  const checked: Checked = (set, dimensions) => checkedFeatures(name, set, describe(set), dimensions);
  return {
    reads: 'stills',
    // A solver has no rate; it goes through all pictures at once.
    pace: ({ pretrainE }) => ({ batch: pretrainE.batch, rates: {} }),
    train(task) {
      const { train, options, random, onReport, signal } = task;
      const shape = shapeOf(task);
      const features = describeAll(train, checked, shape, signal);
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
      return Promise.resolve(trained(svm, checked, shape));
    },
    restore: (task) => trained(svmOf(task), checked, task),
  };
}

function trained(svm: Svm, describe: Checked, shape: MethodShape): TrainedMethod {
  return {
    predict: (images) => softmaxRows(svmScores(svm, describe(asBytes(images, shape), svm.dimensions)), shape.classes),
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

/** The features, if they can be learnt from. */
function checkedFeatures(
  name: DescriptorName,
  { size, pictures }: Pictures,
  features: Float32Array,
  dimensions: number | null,
): Float32Array {
  const count = pictures.length / (size.height * size.width * size.channels);
  const wrong = (expected: string, found: string): DataError =>
    new DataError({ where: `descriptor ${name}`, expected, found, advice: 'Correct it in src/science/descriptors' });
  const own = features.length / count;
  if (own === 0 || !Number.isInteger(own) || own !== (dimensions ?? own)) {
    throw wrong(`${dimensions ?? 'equally many'} features for each of ${count} pictures`, `${features.length} numbers`);
  }
  const at = features.findIndex((value) => !Number.isFinite(value));
  if (at !== -1) {
    const place = `feature ${at % own} of picture ${Math.floor(at / own)}, counted from 0`;
    throw wrong('finite features', `${features[at] ?? ''} as ${place}`);
  }
  return features;
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
function describeAll(set: StillSet, describe: Checked, shape: MethodShape, signal?: AbortSignal): Float32Array {
  let features = new Float32Array(0);
  let at = 0;
  const crops = testImages(asPeaks(set), 'peak', { cropSize: shape.options.augment.crop, batch: BATCH });
  for (const { images, labels } of crops) {
    signal?.throwIfAborted();
    const own = describe(asBytes(images, shape), at === 0 ? null : features.length / set.labels.length);
    if (at === 0) features = new Float32Array((own.length / labels.length) * set.labels.length);
    features.set(own, at);
    at += own.length;
  }
  return features;
}
