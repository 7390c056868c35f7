/**
 * Recognises the weak images of the fold's unseen people with one trained method.
 * In: prepared data, the trained method. Out: metrics, every single prediction, pictures of what was recognised.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import type { EvalMetrics } from '../src/report/metrics.ts';
import { heatMaps, type Picture, pictureGrid, toPicture } from '../src/report/picture-grid.ts';
import { testImages } from '../src/science/data/batches.ts';
import type { PairSet } from '../src/science/data/prepared.ts';
import type { MethodName, TrainedMethod } from '../src/science/methods/method.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { readSafetensors } from '../src/science/tensor/checkpoint.ts';
import * as common from './common.ts';
import { writeJson, writeWhole } from './files.ts';
import { confusedScore, predictAll, predictionsCsv, score } from './scoring.ts';

const PICTURES_PER_CLASS = 2;
const ZOOM = 3;

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [task, net, fold] = [common.argument(context, 'task'), common.netOf(context), common.foldOf(context)];
  const method = common.argument(context, 'method') as MethodName;
  const options = common.trainingOptions(context, ['model', 'generator']);
  const { test } = await common.openFold(context);
  const { classes, size } = test;
  const { tensors } = await readSafetensors(join(context.dep('train'), 'method.safetensors'));
  const shape = { net, classes: classes.length, channels: size.channels, options };
  const trained = METHODS[method].restore({ ...shape, tensors });
  try {
    await common.tracked(context, {}, async (tracker) => {
      const crop = options.augment.crop;
      const weak = predictAll(test, 'weak', crop, (images) => trained.predict(images));
      const direct = trained.magnify ? METHODS.cnn.restore({ ...shape, tensors }) : trained;
      const scoreDirect = (kind: 'weak' | 'peak') =>
        score(predictAll(test, kind, crop, (images) => direct.predict(images)));
      const metrics: EvalMetrics = {
        kind: 'eval',
        task,
        method,
        net,
        fold,
        classes,
        weak: confusedScore(weak, classes.length),
        weakUnmagnified: trained.magnify ? scoreDirect('weak') : null,
        peak: scoreDirect('peak'),
      };
      if (direct !== trained) direct.dispose();
      tracker.summary({ accuracy: metrics.weak.correct / metrics.weak.count });
      tracker.table('confusion', {
        columns: ['true', ...classes],
        rows: metrics.weak.confusion.map((row, i) => [classes[i] ?? '', ...row]),
      });
      const directory = context.out('eval');
      await mkdir(directory, { recursive: true });
      await writeWhole(join(directory, 'predictions.csv'), predictionsCsv(weak, classes));
      if (trained.magnify) {
        const path = join(directory, 'magnification.png');
        await writeWhole(path, magnification(test, crop, trained.magnify.bind(trained)));
        tracker.image('magnification', { path, caption: 'weak, magnified, difference, real peak' });
      }
      await writeJson(context.out('metrics'), metrics);
    });
  } finally {
    trained.dispose();
  }
});

/**
 * Some unseen sequences of each class, one column each: weak image, what the generator makes of it, where the two
 * differ (Eq. 22), the real peak.
 */
function magnification(test: PairSet, crop: number, magnify: NonNullable<TrainedMethod['magnify']>): Uint8Array {
  const { channels } = test.size;
  const all = (kind: 'weak' | 'peak') =>
    [...testImages(test, kind, { cropSize: crop, batch: 1 })].map(({ images, labels, sequences }) => ({
      images,
      label: labels[0] ?? 0,
      sequence: sequences[0] ?? 0,
    }));
  const peaks = all('peak');
  const weaks = all('weak');
  const picture = (values: Float32Array): Picture => toPicture(values, crop, crop, channels);
  const columns: (readonly [weak: Picture, magnified: Picture, peak: Picture])[] = [];
  test.classes.forEach((_, label) => {
    const chosen = peaks.filter((peak) => peak.label === label).slice(0, PICTURES_PER_CLASS);
    for (const peak of chosen) {
      const weak = weaks.find(({ sequence }) => sequence === peak.sequence);
      if (!weak) continue;
      columns.push([picture(weak.images), picture(magnify(weak.images)), picture(peak.images)]);
    }
  });
  const differences = heatMaps(columns.map(([weak, magnified]) => [weak, magnified]));
  const rows = [columns.map(([weak]) => weak), columns.map((column) => column[1]), differences];
  return pictureGrid([...rows, columns.map((column) => column[2])], ZOOM);
}
