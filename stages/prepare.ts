/**
 * Reads the corpora of a set of pictures, crops and resizes them and divides them: into folds of pairs of a weak and a
 * peak image, or as the owners of a corpus of stills divide it.
 * In: corpora as their owners publish them. Out: binary files, and an index that people can read.
 */
import { defineStage, type StageContext, StageError } from '../src/engine/stage-context.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { type UsedCorpus, usedCorpora } from '../src/params/access/used-corpora.ts';
import type { DrawingPictures, FacePictures, StillPictures } from '../src/params/pictures.ts';
import { QUICKDRAW_PACKAGE } from '../src/science/data/corpora/quickdraw.ts';
import { type CorpusChoice, isStillReader, readCorpora, stillReader } from '../src/science/data/corpora/registry.ts';
import type { Crop } from '../src/science/data/pictures/face-crop.ts';
import { prepareStills } from '../src/science/data/prepared/prepare-stills.ts';
import { prepare, type PrepareEdges } from '../src/science/data/prepared/prepare.ts';
import { argument } from './common.ts';

export default defineStage(import.meta.url, async (context) => {
  const name = argument(context, 'pictures');
  const pictures = paramsOf(context).pictures[name];
  if (pictures === undefined) throw new StageError(`--pictures must be a key of pictures in params, not ${name}`);
  const edges: PrepareEdges = {
    signal: context.signal,
    onProgress: ({ done, total }) => context.progress(done / total),
  };
  const { skipped } =
    'folds' in pictures
      ? await prepareFolds(context, name, pictures, edges)
      : await prepareSplits(context, name, pictures, edges);
  for (const { corpus, count, what, why } of skipped) context.log(`${corpus}: skipped ${count} ${what}: ${why}`);
});

/** The corpora in use, each where its dependency lies: params have the path as the user wrote it. */
function corporaOf(context: StageContext, name: string): UsedCorpus[] {
  return usedCorpora(paramsOf(context), name).map((corpus) => ({
    ...corpus,
    // Drawings of an installed package are found by its name.
    root: corpus.root === QUICKDRAW_PACKAGE ? corpus.root : context.dep(corpus.reader),
  }));
}

/** Where the face lies in the pictures of each of these corpora. */
function cropsOf(corpora: readonly UsedCorpus[]): Readonly<Record<string, Crop>> {
  return Object.fromEntries(corpora.map(({ reader, crop }) => [reader, crop]));
}

async function prepareFolds(
  context: StageContext,
  name: string,
  pictures: FacePictures | DrawingPictures,
  edges: PrepareEdges,
) {
  const { seed, data } = paramsOf(context);
  const { classes, folds } = pictures;
  const corpora = corporaOf(context, name);
  const isDrawn = 'slashes' in pictures;
  const index = await prepare(
    await readCorpora(isDrawn ? corpora.map((corpus) => destroyed(corpus, pictures, seed)) : corpora),
    {
      name,
      image: { size: data.resize, channels: data.channels },
      crops: isDrawn ? {} : cropsOf(corpora),
      onBadImage: data.onBadImage,
      // The reader of drawings says which pictures are weak: every destroyed copy.
      pairs: isDrawn
        ? { classes, weak: [], short: 'skip' }
        : { classes, weak: pictures.weakFrames, short: pictures.short },
      folds: isDrawn
        ? { count: folds.count, by: 'subject', seed }
        : { count: folds.count, by: pictures.folds.by, seed },
    },
    context.out(),
    edges,
  );
  for (const { corpus, subjects, sequences, weakFrames } of index.corpora) {
    context.log(`${corpus}: ${sequences} sequences of ${subjects} subjects, ${weakFrames} weak images`);
  }
  return index;
}

/** A corpus of drawings with what its reader needs to destroy them. */
function destroyed(
  corpus: UsedCorpus,
  { classes, perClass, variants, slashes }: DrawingPictures,
  seed: number,
): CorpusChoice {
  return { ...corpus, options: { ...corpus.options, classes, perClass, variants, slashes, seed } };
}

/** One corpus of stills, and beside it at most one of sequences, whose landmarks a method may learn from. */
async function prepareSplits(context: StageContext, name: string, pictures: StillPictures, edges: PrepareEdges) {
  const { data } = paramsOf(context);
  const corpora = corporaOf(context, name);
  const stills = corpora.filter(({ reader }) => isStillReader(reader));
  const annotated = corpora.filter(({ reader }) => !isStillReader(reader));
  const [still] = stills;
  if (still === undefined || stills.length > 1 || annotated.length > 1) {
    const found = corpora.map(({ reader }) => reader).join(', ') || 'none';
    throw new StageError(
      `pictures.${name}.corpora: expected one corpus of stills and at most one of faces with landmarks, found ${found}`,
    );
  }
  const { classes, weakFrames: weak, short } = pictures.annotated;
  const index = await prepareStills(
    await stillReader(still.reader).read(still.root, still.options),
    annotated.length === 0
      ? null
      : { sequences: (await readCorpora(annotated)).sequences, pairs: { classes, weak, short } },
    {
      name,
      classes: pictures.classes,
      image: { size: data.resize, channels: data.channels },
      crops: cropsOf([...annotated, still]),
      onBadImage: data.onBadImage,
    },
    context.out(),
    edges,
  );
  for (const { part, pictures: count, subjects } of index.parts) {
    context.log(`${part}: ${count} pictures of ${subjects} people`);
  }
  return index;
}
