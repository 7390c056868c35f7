import { rowsInMemory } from '../../../../src/science/data/prepared/picture-rows.ts';
import type { LandmarkSet, StillSet } from '../../../../src/science/data/stills.ts';
import type { SystemOptions } from '../../../../src/science/methods/options.ts';
import { createRandom } from '../../../../src/base/random.ts';

/** Two classes of noisy pictures: the left or the right half has bright bars, more or less bright. */
export function tinyStills(count = 24, seed = 1, side = 18): StillSet {
  const random = createRandom(seed);
  const labels = Array.from({ length: count }, (_, row) => row % 2);
  const draw = (label: number): number[] => {
    const contrast = 40 + 60 * random.uniform();
    return Array.from({ length: side * side }, (_, at) => {
      const isRight = at % side >= side / 2;
      const isBar = Math.floor(at / side) % 4 < 3;
      return Math.round(90 + (isBar && isRight === (label === 1) ? contrast : 0) + 20 * random.uniform());
    });
  };
  return {
    size: { height: side, width: side, channels: 1 },
    classes: ['left', 'right'],
    labels: Uint8Array.from(labels),
    subjects: labels.map((_, row) => `s${row}`),
    ids: labels.map((_, row) => `${row}.png`),
    pictures: rowsInMemory(Uint8Array.from(labels.flatMap(draw)), side * side),
  };
}

/** The same kind of pictures, with points where nothing is to be seen. */
export function tinyLandmarks(count = 8, seed = 2): LandmarkSet {
  const random = createRandom(seed).fork('points');
  const landmarks = Float32Array.from({ length: count * 68 * 2 }, () => random.uniform());
  return { ...tinyStills(count, seed), landmarks };
}

/** The paper's numbers, with a warm-up of half the training. */
export const TINY_SYSTEMS: Required<SystemOptions> = {
  easyFrom: 'train',
  easyShare: 0.3,
  svm: { cost: 1, tolerance: 0.01, maxPasses: 100 },
  selfCure: { rankWeight: 0.5, highShare: 0.7, rankMargin: 0.15, relabelMargin: 0.2, warmUp: 0.5 },
  multiTask: { landmarkWeight: 1, domainWeight: 0.1, reversal: 1, domainUnits: 8 },
};
