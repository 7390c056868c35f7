/** Gathers what the figures are drawn from: outputs of the evaluating stages, made small enough to be committed. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StageContext } from '../src/engine/stage-context.ts';
import {
  type EmbeddedPoint,
  EMBEDDING_DATA,
  type EmbeddingData,
  type FaceKind,
} from '../src/report/figures/embedding.ts';
import { FEATURE_DATA, type FeatureDifferenceData } from '../src/report/figures/feature-differences.ts';
import { dataFile } from '../src/report/figures/figure.ts';
import { MAGNIFICATION, RESTORATION, type SampleData } from '../src/report/figures/samples.ts';
import { CURVE_DATA, trainingCurveData } from '../src/report/figures/training-curves.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import type { Metrics } from '../src/report/metrics.ts';
import { bestNet } from '../src/report/tables.ts';
import { columnTitle } from '../src/science/names.ts';
import { tsne } from '../src/science/analysis/tsne.ts';
import { readSafetensors } from '../src/compute/checkpoint.ts';
import { createRandom } from '../src/base/random.ts';
import type { FacePair } from './analysis.ts';
import { EVAL_FILES } from './evaluation.ts';

const METHODS = ['cnn', 'groupgan-2v2'] as const;
const TSNE_ITERATIONS = 750;

/** Output directory of one evaluation. */
interface Evaluated {
  readonly directory: string;
  readonly net: string;
  readonly fold: number;
}

/** Data files by name: of GroupGAN (2v2) on the net of Table 2 and the first fold that was run. */
export async function figureData(
  context: StageContext,
  metrics: readonly Metrics[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const faces = evaluated(context, metrics, 'faces', 'groupgan-2v2');
  const [first] = faces;
  const files = new Map<string, Uint8Array>();
  const samples = [
    [MAGNIFICATION, first],
    [RESTORATION, evaluated(context, metrics, 'sketches', 'groupgan-2v2')[0]],
  ] as const;
  for (const [name, run] of samples) {
    if (run === undefined) continue;
    const { size, samples: list } = await readJson<Pick<SampleData, 'size' | 'samples'>>(run, EVAL_FILES.samples);
    files.set(`${name}.json`, dataFile({ net: run.net, fold: run.fold, size, samples: list } satisfies SampleData));
    files.set(`${name}.png`, await readFile(join(run.directory, EVAL_FILES.sheet)));
  }
  if (first === undefined) return files;
  const histories = await Promise.all(
    faces.map(async ({ fold, directory }) => ({
      fold,
      csv: await readFile(join(directory, EVAL_FILES.history), 'utf8'),
    })),
  );
  files.set(CURVE_DATA, dataFile(trainingCurveData(first.net, histories)));
  const compared = METHODS.flatMap((method) => {
    const run = evaluated(context, metrics, 'faces', method).find(({ fold }) => fold === first.fold);
    return run === undefined ? [] : [{ ...run, title: columnTitle(method) }];
  });
  files.set(FEATURE_DATA, dataFile(await featureData(compared)));
  files.set(EMBEDDING_DATA, dataFile(await embeddingData(compared, paramsOf(context).seed)));
  return files;
}

/** The evaluations of a method on the net of Table 2, by fold: of each its first repetition. */
function evaluated(context: StageContext, metrics: readonly Metrics[], task: string, method: string): Evaluated[] {
  const net = bestNet(metrics, task)?.net;
  if (net === undefined) return [];
  const prefix = `${method}-${net}-`;
  const found = context
    .deps()
    .filter((dep) => dirname(dep).endsWith(join('eval', task)) && basename(dep).startsWith(prefix) && existsSync(dep))
    .map((directory) => ({ directory, net, fold: Number(/^\d+/.exec(basename(directory).slice(prefix.length))?.[0]) }))
    .sort((a, b) => a.fold - b.fold);
  return found.filter(({ fold }, at) => found.findIndex((other) => other.fold === fold) === at);
}

async function readJson<T>({ directory }: Evaluated, name: string): Promise<T> {
  return JSON.parse(await readFile(join(directory, name), 'utf8')) as T;
}

type Compared = Evaluated & { readonly title: string };

async function featureData(compared: readonly Compared[]): Promise<FeatureDifferenceData> {
  const found = await Promise.all(
    compared.map(async (run) => ({
      ...(await readJson<{ readonly threshold: number; readonly pairs: readonly FacePair[] }>(run, EVAL_FILES.pairs)),
      run,
    })),
  );
  const last = found.at(-1);
  return {
    net: last?.run.net ?? '',
    fold: last?.run.fold ?? 0,
    threshold: last?.threshold ?? 0,
    classes: (last?.pairs ?? []).map(({ label }) => label),
    faces: (last?.pairs ?? []).map(({ faces }) => faces),
    methods: found.map(({ run, pairs }) => ({
      title: run.title,
      differences: pairs.map(({ difference }) => difference),
    })),
  };
}

async function embeddingData(compared: readonly Compared[], seed: number): Promise<EmbeddingData> {
  const methods: { title: string; points: EmbeddedPoint[] }[] = [];
  let used = 0;
  for (const run of compared) {
    const { tensors } = await readSafetensors(join(run.directory, EVAL_FILES.features));
    const labels = tensors.get('labels')?.data ?? new Int32Array();
    const kinds = (['weak', 'magnified', 'peak'] as const).filter((kind) => tensors.has(kind));
    const rows = kinds.flatMap((kind) => Array.from(labels, (label) => [label, kind] as const));
    const values = Float32Array.from(kinds.flatMap((kind) => Array.from(tensors.get(kind)?.data ?? [])));
    if (rows.length < 4) continue;
    const perplexity = Math.min(30, Math.floor((rows.length - 1) / 3));
    used = Math.max(used, perplexity);
    const random = createRandom(seed).fork('t-SNE');
    const places = tsne(values, rows.length, { perplexity, iterations: TSNE_ITERATIONS, random });
    const place = (at: number) => Number((places[at] ?? 0).toFixed(3));
    const points = rows.map(([label, kind], at): EmbeddedPoint => [
      label,
      kind satisfies FaceKind,
      place(2 * at),
      place(2 * at + 1),
    ]);
    methods.push({ title: run.title, points });
  }
  const [{ net, fold } = { net: '', fold: 0 }] = compared;
  const last = compared.at(-1);
  const pairs = last && (await readJson<{ readonly classes: readonly string[] }>(last, EVAL_FILES.pairs));
  return { net, fold, perplexity: used, classes: pairs?.classes ?? [], methods };
}
