/**
 * Recognises the weak images of the fold's unseen people with one trained method.
 * In: prepared data, the trained method. Out: metrics, every single prediction, and what the figures are drawn from.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import type { EvalMetrics, Score } from '../src/report/metrics.ts';
import type { MethodName } from '../src/science/methods/method.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { sampleSheet } from '../src/report/sample-sheet.ts';
import { readSafetensors, writeSafetensors } from '../src/compute/checkpoint.ts';
import { analyse, isAnalysed } from './analysis.ts';
import * as common from './common.ts';
import { EVAL_FILES } from './eval-files.ts';
import { writeJson, writeWhole } from './files.ts';
import { magnification, samplesOf } from './magnification.ts';
import { confusedScore, predictAll, predictionsCsv, score } from './scoring.ts';
import { confusionTable, tracked } from './tracking.ts';

const PICTURES_PER_CLASS = 2;

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
    await tracked(context, { method, net, fold, ...common.repetition(context) }, async (tracker) => {
      const crop = options.augment.crop;
      const weak = predictAll(test, 'weak', crop, (images) => trained.predict(images));
      const direct = trained.magnify ? METHODS.cnn.restore({ ...shape, tensors }) : trained;
      const scoreDirect = (kind: 'weak' | 'peak') =>
        score(predictAll(test, kind, crop, (images) => direct.predict(images)));
      const analysis = isAnalysed(task, method)
        ? analyse(test, crop, trained, context.param('figures.litAbove') as number)
        : null;
      const metrics: EvalMetrics = {
        kind: 'eval',
        task,
        method,
        net,
        fold,
        ...common.repetition(context),
        classes,
        weak: confusedScore(weak, classes.length),
        weakUnmagnified: trained.magnify ? scoreDirect('weak') : null,
        peak: scoreDirect('peak'),
        ...analysis?.metrics,
      };
      if (direct !== trained) direct.dispose();
      const share = ({ correct, count }: Score) => correct / count;
      tracker.summary({
        accuracy: share(metrics.weak),
        accuracyPeak: share(metrics.peak),
        ...(metrics.weakUnmagnified === null ? {} : { accuracyUnmagnified: share(metrics.weakUnmagnified) }),
      });
      tracker.table('confusion', confusionTable(metrics.weak.confusion, classes));
      const directory = context.out('eval');
      await mkdir(directory, { recursive: true });
      await writeWhole(join(directory, 'predictions.csv'), predictionsCsv(weak, classes));
      const file = (name: string) => join(directory, name);
      if (trained.magnify) {
        const samples = samplesOf(test, crop, trained.magnify.bind(trained), PICTURES_PER_CLASS);
        await writeWhole(file('magnification.png'), magnification(samples));
        tracker.image('magnification', {
          path: file('magnification.png'),
          caption: 'weak, magnified, difference, real peak',
        });
        const listed = samples.map(({ label, sequence }) => ({ label, sequence }));
        await writeJson(file(EVAL_FILES.samples), { size: crop, samples: listed });
        await writeWhole(file(EVAL_FILES.sheet), sampleSheet(samples));
      }
      if (analysis) {
        const { metrics: found, pairs, tensors: features } = analysis;
        await writeJson(file(EVAL_FILES.pairs), { classes, threshold: found.features.threshold, pairs });
        await writeSafetensors(file(EVAL_FILES.features), features);
        await writeWhole(file(EVAL_FILES.history), await readFile(join(context.dep('train'), 'history.csv')));
      }
      await writeJson(context.out('metrics'), metrics);
    });
  } finally {
    trained.dispose();
  }
});
