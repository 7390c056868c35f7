import { rowsInMemory } from '../../../src/science/data/prepared/picture-rows.ts';
import type { PairSet } from '../../../src/science/data/prepared/prepared.ts';
import { defaultParams } from '../../../bench/support/default-params.ts';
import type { MethodOptions, SystemOptions } from '../../../src/science/methods/options.ts';
import { createRandom } from '../../../src/base/random.ts';

/**
 * Two classes of noisy pictures: the left or the right half is bright, in weak ones a little, in peaks clearly.
 * Prepared pictures are two pixels larger than the crop.
 */
export function tinyPairs(sequences = 12, seed = 1, side = 18): PairSet {
  const random = createRandom(seed);
  const draw = (label: number, contrast: number): number[] =>
    Array.from({ length: side * side }, (_, at) => {
      const isRight = at % side >= side / 2;
      return Math.round(110 + (isRight === (label === 1) ? contrast : 0) + 20 * random.uniform());
    });
  const rows = (values: readonly number[]) => rowsInMemory(Uint8Array.from(values), side * side);
  const labels = Array.from({ length: sequences }, (_, index) => index % 2);
  const weakSequence = Int32Array.from({ length: 2 * sequences }, (_, index) => index >> 1);
  return {
    size: { height: side, width: side, channels: 1 },
    classes: ['left', 'right'],
    labels: Uint8Array.from(labels),
    subjects: labels.map((_, index) => `s${index}`),
    ids: labels.map((_, index) => `s${index}/001`),
    peaks: rows(labels.flatMap((label) => draw(label, 100))),
    weaks: rows([...weakSequence].flatMap((sequence) => draw(labels[sequence]!, 40))),
    weakSequence,
  };
}

/** The default options at the smallest scale: 16 pixels, a few channels, a few steps. */
export function tinyOptions(iterations = 3, systems: SystemOptions = {}): MethodOptions {
  const solo = { iterations, batch: 4, learningRate: 1e-3 };
  const { training } = defaultParams();
  return {
    ...training,
    model: { ...training.model, width: 0.05, dense: [16, 8] },
    generator: { ...training.generator, width: 0.05 },
    discriminator: { width: 0.05, dense: 8 },
    pretrainE: solo,
    pretrainG: solo,
    train: { ...training.train, batch: 4, iterations: { cnn: iterations, gan: iterations } },
    classifier: { update: 'joint', iterations },
    // Mirrored pictures would change sides, and with it the class.
    augment: { crop: 16, flip: false },
    logEvery: 2,
    systems,
  };
}
