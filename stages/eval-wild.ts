/**
 * Recognises the test pictures of a corpus in the wild with one trained method of Table 3.
 * In: prepared stills, the trained method. Out: metrics, every single prediction, pictures where the method magnifies.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStage } from '../src/engine/stage-context.ts';
import type { WildMetrics } from '../src/report/metrics.ts';
import type { StillSet } from '../src/science/data/stills.ts';
import type { WildMethodName } from '../src/science/methods/wild/method.ts';
import { WILD_METHODS } from '../src/science/methods/wild/registry.ts';
import { readSafetensors } from '../src/compute/checkpoint.ts';
import * as common from './common.ts';
import { writeJson, writeWhole } from './files.ts';
import { confusedScore, predictionsCsv, score } from './scoring.ts';
import { confusionTable, tracked } from './tracking.ts';
import * as wild from './wild.ts';

const PICTURES_PER_CLASS = 1;

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const [method, repeat] = [common.argument(context, 'method') as WildMethodName, wild.repeatOf(context)];
  const options = common.trainingOptions(context, ['model', 'generator']);
  const own = wild.wildOptions(context, ['net', 'multiTask']);
  const { val, test } = await wild.openWild(context);
  const { classes, size } = test;
  const { tensors } = await readSafetensors(join(context.dep('train'), 'method.safetensors'));
  const shape = { classes: classes.length, channels: size.channels, options, wild: own };
  const trained = WILD_METHODS[method].restore({ ...shape, tensors });
  const crop = options.augment.crop;
  try {
    await tracked(context, { method, repeat }, async (tracker) => {
      const found = wild.predictStills(test, crop, (images) => trained.predict(images));
      const { magnifier } = trained;
      const scoreOf = (set: StillSet, predict: (images: Float32Array) => Float32Array) =>
        set.labels.length === 0 ? null : score(wild.predictStills(set, crop, predict));
      const metrics: WildMetrics = {
        kind: 'wild',
        method,
        repeat,
        classes,
        test: confusedScore(found, classes.length),
        testUnmagnified: magnifier ? scoreOf(test, magnifier.predictUnmagnified) : null,
        val: scoreOf(val, (images) => trained.predict(images)),
      };
      tracker.summary({ accuracy: metrics.test.correct / metrics.test.count });
      tracker.table('confusion', confusionTable(metrics.test.confusion, classes));
      const directory = context.out('eval');
      await mkdir(directory, { recursive: true });
      await writeWhole(join(directory, 'predictions.csv'), predictionsCsv(found, classes, 'probability'));
      if (magnifier) {
        const path = join(directory, 'magnification.png');
        await writeWhole(path, wild.stillsStrip(test, crop, PICTURES_PER_CLASS, magnifier.magnify));
        tracker.image('magnification', { path, caption: 'given, magnified, difference' });
      }
      await writeJson(context.out('metrics'), metrics);
    });
  } finally {
    trained.dispose();
  }
});
