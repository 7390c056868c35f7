/**
 * How hard the synthetic faces are, without a network: orientation histograms of 48 x 48 grey faces and a linear
 * softmax, three folds by subject. Weak is frames 6 to 8, peak the last frame; each is trained and tested on itself.
 *
 *   tsx bench/faces/face-difficulty.ts ['{"blend":0.8}'] [subjects] [seed]
 *
 * With 'sweep' for the first argument it prints the table of docs/synthetic-faces.md.
 */
import { createRandom } from '../../src/base/random.ts';
import type { Difficulty } from '../../src/synthetic/difficulty.ts';
import { DEFAULT_DIFFICULTY } from '../../src/synthetic/difficulty.ts';
import { BASIC_EXPRESSIONS } from '../../src/synthetic/face/expressions.ts';
import type { Picture } from '../../src/synthetic/face/render.ts';
import { renderFace } from '../../src/synthetic/face/render.ts';
import { perform } from '../../src/synthetic/performance.ts';
import { createSubject } from '../../src/synthetic/subject.ts';

interface Sample {
  readonly subject: number;
  readonly label: number;
  readonly weak: boolean;
  readonly features: Float64Array;
}

const SIDE = 48;
const CELL = 6;
const BINS = 8;
const CLASSES = BASIC_EXPRESSIONS.length;
const [change = '{}', subjects = '60', seed = '5'] = process.argv.slice(2);

if (change === 'sweep') {
  const range = (min: number, max: number): { min: number; max: number } => ({ min, max });
  const changes: Partial<Difficulty>[] = [
    {},
    { weakShare: range(0.15, 0.3) },
    { weakShare: range(0.4, 0.65) },
    { peakIntensity: range(0.4, 0.8) },
    { peakIntensity: range(0.9, 1) },
    { idiosyncrasy: 0 },
    { idiosyncrasy: 1 },
    { blend: 0 },
    { blend: 1 },
    { restingFace: 0 },
    { restingFace: 1 },
    { pose: 0 },
    { pose: 1 },
    { light: 0 },
    { light: 1 },
    { noise: 0, blur: 0 },
    { noise: 10, blur: 1 },
  ];
  for (const one of changes) report(one);
} else {
  report(JSON.parse(change) as Partial<Difficulty>);
}

function report(changes: Partial<Difficulty>): void {
  const samples = draw({ ...DEFAULT_DIFFICULTY, ...changes });
  const [weak, peak] = [true, false].map((half) => accuracy(samples.filter((sample) => sample.weak === half)));
  const percent = (share: number): string => `${(100 * share).toFixed(1).padStart(5)} %`;
  process.stdout.write(`weak ${percent(weak!)}  peak ${percent(peak!)}  ${JSON.stringify(changes)}\n`);
}

function draw(difficulty: Difficulty): Sample[] {
  const samples: Sample[] = [];
  const root = createRandom(Number(seed)).fork('difficulty');
  for (let number = 0; number < Number(subjects); number++) {
    const own = root.fork(number);
    const subject = createSubject(own, difficulty);
    BASIC_EXPRESSIONS.forEach((expression, label) => {
      const random = own.fork(expression);
      const frames = 10 + random.integer(17);
      const { views } = perform(random, subject, expression, frames, difficulty);
      for (const frame of [5, 6, 7, frames - 1]) {
        const picture = renderFace(views[frame]!, { width: 160, height: 122, channels: 1 }, random);
        samples.push({ subject: number, label, weak: frame !== frames - 1, features: histograms(cut(picture)) });
      }
    });
  }
  return samples;
}

/** The face at 48 x 48, cut round its landmarks. */
function cut(picture: Picture): Float64Array {
  const xs = picture.landmarks.map(([x]) => x);
  const ys = picture.landmarks.map(([, y]) => y);
  const side = 1.08 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const left = (Math.max(...xs) + Math.min(...xs) - side) / 2;
  const top = (Math.max(...ys) + Math.min(...ys) - side) / 2;
  const near = (value: number, limit: number): number => Math.min(limit - 1, Math.max(0, Math.round(value)));
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = near(left + (((i % SIDE) + 0.5) / SIDE) * side - 0.5, picture.width);
    const y = near(top + ((Math.floor(i / SIDE) + 0.5) / SIDE) * side - 0.5, picture.height);
    return picture.pixels[y * picture.width + x]!;
  });
}

/** Orientation histograms of cells of 6 x 6 pixels, each of length about 1. */
function histograms(image: Float64Array): Float64Array {
  const cells = SIDE / CELL;
  const result = new Float64Array(cells * cells * BINS);
  for (let y = 1; y < SIDE - 1; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const dx = image[y * SIDE + x + 1]! - image[y * SIDE + x - 1]!;
      const dy = image[(y + 1) * SIDE + x]! - image[(y - 1) * SIDE + x]!;
      const angle = (Math.atan2(dy, dx) + Math.PI) % Math.PI;
      const bin = Math.min(BINS - 1, Math.floor((angle / Math.PI) * BINS));
      const at = (Math.floor(y / CELL) * cells + Math.floor(x / CELL)) * BINS + bin;
      result[at] = result[at]! + Math.sqrt(dx * dx + dy * dy);
    }
  }
  for (let cell = 0; cell < result.length; cell += BINS) {
    const part = result.subarray(cell, cell + BINS);
    const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 1)) + 20;
    part.forEach((value, i) => (part[i] = value / length));
  }
  return result;
}

function accuracy(samples: readonly Sample[]): number {
  let right = 0;
  for (let fold = 0; fold < 3; fold++) {
    const classify = train(samples.filter(({ subject }) => subject % 3 !== fold));
    for (const { subject, label, features } of samples) {
      if (subject % 3 === fold && classify(features) === label) right++;
    }
  }
  return right / samples.length;
}

/** A linear softmax by 200 steps of gradient descent with a little weight decay. */
function train(samples: readonly Sample[]): (features: Float64Array) => number {
  const size = samples[0]!.features.length;
  const mean = new Float64Array(size);
  for (const { features } of samples) features.forEach((value, i) => (mean[i] = mean[i]! + value / samples.length));
  const weights = Array.from({ length: CLASSES }, () => new Float64Array(size + 1));
  const scores = (features: Float64Array): number[] =>
    weights.map((row) => {
      let sum = row[size]!;
      for (let i = 0; i < size; i++) sum += row[i]! * (features[i]! - mean[i]!);
      return sum;
    });
  for (let step = 0; step < 200; step++) {
    const slopes = weights.map(() => new Float64Array(size + 1));
    for (const { features, label } of samples) {
      const raw = scores(features);
      const highest = Math.max(...raw);
      const shares = raw.map((score) => Math.exp(score - highest));
      const total = shares.reduce((sum, share) => sum + share, 0);
      slopes.forEach((slope, k) => {
        const error = (shares[k]! / total - (k === label ? 1 : 0)) / samples.length;
        for (let i = 0; i < size; i++) slope[i] = slope[i]! + error * (features[i]! - mean[i]!);
        slope[size] = slope[size]! + error;
      });
    }
    weights.forEach((row, k) => row.forEach((value, i) => (row[i] = value - slopes[k]![i]! - 0.001 * value)));
  }
  return (features) => {
    const raw = scores(features);
    return raw.indexOf(Math.max(...raw));
  };
}
