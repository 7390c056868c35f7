/**
 * Recognises pictures that training never saw: the weak images of the fold's unseen people, or a corpus's test pictures.
 * In: prepared pictures, the trained method, the judge. Out: metrics, every single prediction, and the data of the figures.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../src/compute/checkpoint.ts';
import { defineStage, type StageContext } from '../src/engine/stage-context.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { sampleSheet } from '../src/report/sample-sheet.ts';
import { METHODS } from '../src/science/methods/registry.ts';
import * as common from './common.ts';
import { EVAL_FILES, type Evaluation } from './evaluation.ts';
import { CLASSIFIER, HISTORY, METHOD, writeJson, writeWhole } from './files.ts';
import * as pairs from './pairs.ts';
import * as stills from './stills.ts';
import { confusionTable, tracked } from './tracking.ts';

export default defineStage(import.meta.url, async (context) => {
  await common.startBackend(context);
  const pictures = await common.picturesOf(context);
  const options = common.optionsOf(context);
  const { classes, size } = pictures.test;
  const { tensors } = await readSafetensors(join(context.dep('train'), METHOD));
  const shape = { net: common.netOf(context), classes: classes.length, channels: size.channels, options };
  const method = common.methodOf(context);
  const trained = METHODS[method].restore({ ...shape, tensors });
  const { net } = paramsOf(context).judge;
  const judging = (await readSafetensors(join(context.dep('judge'), CLASSIFIER))).tensors;
  const judge = METHODS.cnn.restore({ ...shape, net, tensors: judging });
  try {
    await tracked(context, {}, async (tracker) => {
      const { crop } = options.augment;
      const evaluation =
        pictures.reads === 'pairs'
          ? pairs.evaluate(
              pictures,
              { method, ...common.foldPlaceOf(context) },
              trained,
              crop,
              paramsOf(context).figures.litAbove,
              { net, predict: (images) => judge.predict(images) },
            )
          : stills.evaluate(pictures, { method, ...common.repeatPlaceOf(context) }, trained, crop);
      tracker.summary(evaluation.summary);
      tracker.table('confusion', confusionTable(evaluation.confusion, classes));
      const { magnification } = evaluation;
      const directory = context.out('eval');
      await write(context, directory, evaluation, classes, crop);
      if (magnification !== null) {
        tracker.image('magnification', {
          path: join(directory, EVAL_FILES.magnification),
          caption: magnification.caption,
        });
      }
      await writeJson(context.out('metrics'), evaluation.metrics);
    });
  } finally {
    trained.dispose();
    judge.dispose();
  }
});

async function write(
  context: StageContext,
  directory: string,
  { predictions, magnification, samples, analysis }: Evaluation,
  classes: readonly string[],
  crop: number,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = (name: keyof typeof EVAL_FILES) => join(directory, EVAL_FILES[name]);
  await writeWhole(file('predictions'), predictions);
  if (magnification !== null) await writeWhole(file('magnification'), magnification.png);
  if (samples !== undefined) {
    const listed = samples.map(({ label, sequence }) => ({ label, sequence }));
    await writeJson(file('samples'), { size: crop, samples: listed });
    await writeWhole(file('sheet'), sampleSheet(samples));
  }
  if (analysis !== undefined) {
    const { metrics, pairs: compared, tensors } = analysis;
    await writeJson(file('pairs'), { classes, threshold: metrics.features.threshold, pairs: compared });
    await writeSafetensors(file('features'), tensors);
    await writeWhole(file('history'), await readFile(join(context.dep('train'), HISTORY)));
  }
}
