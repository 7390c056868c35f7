import type { EvalMetrics, Metrics, PretrainMetrics } from '../../src/report/metrics.ts';
import { reportTables } from '../../src/report/report.ts';
import type { ReportParams } from '../../src/report/scale.ts';
import type { ReportFile } from '../../src/base/report-table.ts';
import { renderTable } from '../../src/report/table.ts';

export const CLASSES = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'];

/** A confusion matrix with `correct` of `count` images on the diagonal of the first class, the rest called disgust. */
export function evalMetrics(over: Partial<EvalMetrics> & { correct?: number; count?: number } = {}): EvalMetrics {
  const { correct = 6, count = 10, ...rest } = over;
  const confusion = CLASSES.map(() => CLASSES.map(() => 0));
  confusion[0]![0] = correct;
  confusion[0]![1] = count - correct;
  return {
    kind: 'eval',
    task: 'faces',
    method: 'cnn',
    net: 'VGG13',
    fold: 0,
    classes: CLASSES,
    weak: { correct, count, confusion },
    weakUnmagnified: null,
    peak: { correct: 8, count: 10 },
    ...rest,
  };
}

export function pretrainMetrics(over: Partial<PretrainMetrics> = {}): PretrainMetrics {
  return {
    kind: 'pretrain-e',
    task: 'faces',
    net: 'VGG13',
    fold: 0,
    classes: CLASSES,
    weak: { correct: 4, count: 10 },
    peak: { correct: 9, count: 10 },
    ...over,
  };
}

/** The files of every table. */
export function rendered(metrics: readonly Metrics[], params: ReportParams): ReportFile[] {
  return reportTables(metrics, params).flatMap((table) => renderTable(table));
}

export const PARAMS = {
  profile: 'demo',
  seed: 1,
  backend: 'wasm',
  data: { size: 32, resize: 36, channels: 1 },
  synthesize: {
    ...{ 'ck-plus': { subjects: 3 }, 'oulu-casia': { subjects: 4 } },
    wild: { perClass: { train: 5, val: 1, test: 2 } },
  },
  corpora: {},
  pictures: {
    faces: {
      corpora: { 'ck-plus': '${run}/corpora/ck-plus', 'oulu-casia': '/data/oulu', ravdess: null },
      folds: { count: 5, by: 'subject' },
    },
    sketches: { perClass: 20, classes: ['cat', 'fish'], folds: { count: 5 } },
    wild: { corpora: { lsemsw: '${run}/corpora/wild', 'ck-plus': '${run}/corpora/ck-plus' } },
  },
  tasks: {
    faces: { pictures: 'faces', folds: [0, 1], training: {} },
    sketches: { pictures: 'sketches', folds: [0], training: {} },
    ablation: { pictures: 'faces', nets: ['VGG13'], folds: [0, 1], repeats: [], training: {} },
    wild: {
      pictures: 'wild',
      net: 'ResNet18',
      repeats: [0, 1],
      systems: { easyFrom: 'train', easyShare: 0.3 },
      training: { train: { batch: 8 } },
    },
  },
  training: {
    model: { width: 0.125 },
    optimizer: { kind: 'adam' },
    pretrainE: { iterations: 10 },
    pretrainG: { iterations: 20 },
    train: { batch: 16, iterations: { cnn: 30, gan: 40 } },
  },
};

const { profile, seed, backend, data, synthesize, training } = PARAMS;

/** The same as a report recorded it before there were `pictures` and `tasks`. */
export const OLDER_PARAMS = {
  ...{ profile, seed, backend, data, synthesize, training },
  faces: {
    use: ['ck-plus', 'oulu-casia'],
    corpora: {
      'ck-plus': { root: '${run}/corpora/ck-plus' },
      'oulu-casia': { root: '/data/oulu' },
      ravdess: { root: 'nowhere' },
    },
    folds: { count: 5, by: 'subject', run: [0, 1] },
  },
  sketches: { perClass: 20, classes: ['cat', 'fish'], folds: { count: 5, run: [0] }, training: {} },
  wild: {
    reader: 'lsemsw',
    root: '${run}/corpora/wild',
    landmarks: 'ck-plus',
    repeats: [0, 1],
    net: 'ResNet18',
    easyFrom: 'train',
    easyShare: 0.3,
    training: { train: { batch: 8 } },
  },
  ablation: { net: 'VGG13', folds: [0, 1], repeats: [] },
};
