/**
 * Trains a classifier on peak images (Algorithm 1: "Pre-train E on peak expression sets"); C and E start from it.
 * In: prepared data. Out: its weights, its history, and how it does on unseen people before any method trains.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import type { PretrainMetrics } from '../src/report/metrics.ts';
import { confusionMatrix } from '../src/science/evaluation/confusion.ts';
import { pretrainClassifier } from '../src/science/methods/pretraining.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import { writeSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeJson, writeWhole } from './files.ts';
import { samplePictures } from './magnification.ts';
import { predictAll, score } from './scoring.ts';
import { confusionTable, reporter, tracked, trackPicture } from './tracking.ts';

const OPTIONS = ['model', 'optimizer', 'augment', 'pretrainE', 'train.schedule', 'logEvery'];

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [task, net, fold] = [common.argument(context, 'task'), common.netOf(context), common.foldOf(context)];
  const options = common.trainingOptions(context, OPTIONS);
  const { train, test } = await common.openFold(context);
  const random = common.randomOf(context, 'pretrain-e', net, ...common.foldLabels(context));
  await tracked(context, { options, net, fold, ...common.repetition(context) }, async (tracker) => {
    const { onReport, csv } = reporter(context, tracker, {
      batch: options.pretrainE.batch,
      rates: { classifier: options.pretrainE.learningRate },
    });
    const tensors = await pretrainClassifier({
      net,
      train,
      options,
      random,
      onReport,
      signal: context.signal,
      checkpoints: await common.openCheckpoints(context),
    });
    const { channels } = train.size;
    const classifier = METHODS.cnn.restore({ net, classes: train.classes.length, channels, options, tensors });
    const predict = (kind: 'weak' | 'peak') =>
      predictAll(test, kind, options.augment.crop, (images) => classifier.predict(images));
    const onWeak = predict('weak');
    const [weak, peak] = [score(onWeak), score(predict('peak'))];
    classifier.dispose();
    const place = { task, net, fold, ...common.repetition(context) };
    const metrics: PretrainMetrics = { kind: 'pretrain-e', ...place, classes: train.classes, weak, peak };
    tracker.summary({ peak: peak.correct / peak.count, weak: weak.correct / weak.count });
    tracker.table('confusion', confusionTable(confusionMatrix(onWeak, train.classes.length), train.classes));
    trackPicture(context, tracker, 'samples', samplePictures(test, options.augment.crop), 'unseen: weak, real peak');
    const directory = context.out('pretrain-e');
    await mkdir(directory, { recursive: true });
    await writeSafetensors(join(directory, 'classifier.safetensors'), tensors, { task, net, fold: String(fold) });
    await writeWhole(join(directory, 'history.csv'), csv());
    await writeJson(context.out('metrics'), metrics);
  });
});
