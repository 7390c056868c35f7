/**
 * Reads the corpora of a task, crops and resizes, pairs weak with peak images and splits them into folds.
 * In: corpora as their owners publish them. Out: one binary file a fold, and an index that people can read.
 */
import { defineStage, type StageContext } from '../src/engine/stage-context.ts';
import { type CorpusChoice, readCorpora } from '../src/science/data/corpora/registry.ts';
import type { Crop } from '../src/science/data/face-crop.ts';
import type { FoldOptions } from '../src/science/data/folds.ts';
import type { PairOptions } from '../src/science/data/pairs.ts';
import { prepare } from '../src/science/data/prepare.ts';
import { argument } from './common.ts';

interface Task {
  readonly corpora: readonly CorpusChoice[];
  readonly crops: Readonly<Record<string, Crop>>;
  readonly pairs: PairOptions;
  readonly folds: FoldOptions;
}

type FaceCorpora = Readonly<Record<string, { readonly options: CorpusChoice['options']; readonly crop: Crop }>>;

function faces(context: StageContext): Task {
  const corpora = context.param('faces.corpora') as FaceCorpora;
  const used = context.param('faces.use') as readonly string[];
  // The paths are the stage's dependencies, in the order of pipeline.yaml.
  const roots = context.deps();
  const chosen = Object.entries(corpora)
    .map(([reader, { options = {}, crop }], i) => ({ reader, options, crop, root: roots[i] ?? '' }))
    .filter(({ reader }) => used.includes(reader));
  return {
    corpora: chosen,
    crops: Object.fromEntries(chosen.map(({ reader, crop }) => [reader, crop])),
    pairs: {
      classes: context.param('faces.classes') as string[],
      weak: context.param('faces.weakFrames') as number[],
      short: context.param('faces.short') as PairOptions['short'],
    },
    folds: {
      count: context.param('faces.folds.count') as number,
      by: context.param('faces.folds.by') as FoldOptions['by'],
    },
  };
}

function sketches(context: StageContext): Task {
  const classes = context.param('sketches.classes') as string[];
  const options = {
    classes,
    perClass: context.param('sketches.perClass'),
    variants: context.param('sketches.variants'),
    slashes: context.param('sketches.slashes'),
    seed: context.param('seed'),
  };
  return {
    corpora: [
      { reader: context.param('sketches.reader') as string, root: context.param('sketches.root') as string, options },
    ],
    crops: {},
    // The reader says which pictures are weak: every destroyed copy.
    pairs: { classes, weak: [], short: 'skip' },
    folds: { count: context.param('sketches.folds.count') as number, by: 'subject' },
  };
}

export default defineStage(import.meta.url, async (context) => {
  const name = argument(context, 'task');
  const task = name === 'sketches' ? sketches(context) : faces(context);
  const content = await readCorpora(task.corpora);
  const index = await prepare(
    content,
    {
      name,
      image: { size: context.param('data.resize') as number, channels: context.param('data.channels') as 1 | 3 },
      crops: task.crops,
      onBadImage: context.param('data.onBadImage') as 'fail' | 'skip',
      pairs: task.pairs,
      folds: { ...task.folds, seed: context.param('seed') as number },
    },
    context.out(),
    { signal: context.signal, onProgress: ({ done, total }) => context.progress(done / total) },
  );
  for (const { corpus, subjects, sequences, weakFrames } of index.corpora) {
    context.log(`${corpus}: ${sequences} sequences of ${subjects} subjects, ${weakFrames} weak images`);
  }
  for (const { corpus, count, what, why } of index.skipped) context.log(`${corpus}: skipped ${count} ${what}: ${why}`);
});
