/**
 * Reads the corpora of a task, crops and resizes, pairs weak with peak images and splits them into folds.
 * In: corpora as their owners publish them. Out: one binary file a fold, and an index that people can read.
 */
import { defineStage, type StageContext } from '../src/engine/stage-context.ts';
import { QUICKDRAW_PACKAGE } from '../src/science/data/corpora/quickdraw.ts';
import { type CorpusChoice, readCorpora } from '../src/science/data/corpora/registry.ts';
import type { Crop } from '../src/science/data/pictures/face-crop.ts';
import type { FoldOptions } from '../src/science/data/folds.ts';
import type { PairOptions } from '../src/science/data/pairs.ts';
import { prepare } from '../src/science/data/prepared/prepare.ts';
import { argument, type FaceCorpus, placesOf } from './common.ts';

interface Task {
  readonly corpora: readonly CorpusChoice[];
  readonly crops: Readonly<Record<string, Crop>>;
  readonly pairs: PairOptions;
  readonly folds: FoldOptions;
}

function faces(context: StageContext): Task {
  const corpora = context.param('faces.corpora') as Readonly<Record<string, FaceCorpus>>;
  const used = context.param('faces.use') as readonly string[];
  const placeOf = placesOf(context);
  const chosen = Object.entries(corpora)
    .map(([reader, { root, options = {}, crop }]) => ({ reader, options, crop, root: placeOf(root) }))
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
    corpora: [{ reader: context.param('sketches.reader') as string, root: drawingsRoot(context), options }],
    crops: {},
    // The reader says which pictures are weak: every destroyed copy.
    pairs: { classes, weak: [], short: 'skip' },
    folds: { count: context.param('sketches.folds.count') as number, by: 'subject' },
  };
}

/** Drawings of an installed package are found by its name, those of a user where the stage's dependency lies. */
function drawingsRoot(context: StageContext): string {
  const root = context.param('sketches.root') as string;
  return root === QUICKDRAW_PACKAGE ? root : placesOf(context)(root);
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
