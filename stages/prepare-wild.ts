/**
 * Reads a corpus of single pictures, crops and resizes them, and beside them pictures with landmarks.
 * In: the corpus as its owner publishes it; an annotated corpus. Out: one binary file a split, one of pictures with
 * landmarks, and an index that people can read.
 */
import { defineStage, type StageContext, StageError } from '../src/engine/stage-context.ts';
import { type CorpusChoice, readCorpora, stillReader } from '../src/science/data/corpora/registry.ts';
import type { Crop } from '../src/science/data/pictures/face-crop.ts';
import type { PairOptions } from '../src/science/data/pairs.ts';
import { type Annotated, prepareStills } from '../src/science/data/prepared/prepare-stills.ts';
import { type FaceCorpus, placesOf } from './common.ts';

type FaceCorpora = Readonly<Record<string, FaceCorpus>>;

interface Marked {
  readonly annotated: Annotated | null;
  readonly crops: Readonly<Record<string, Crop>>;
}

/** The annotated corpus with the crop that it has among the faces. */
async function marked(context: StageContext, placeOf: (written: string) => string): Promise<Marked> {
  const reader = context.param('wild.landmarks') as string;
  if (reader === 'none') return { annotated: null, crops: {} };
  const corpus = (context.param('faces.corpora') as FaceCorpora)[reader];
  if (corpus === undefined) throw new StageError(`wild.landmarks names ${reader}, which faces.corpora does not have`);
  const { options = {}, crop } = corpus;
  const root = placeOf(corpus.root);
  const { sequences } = await readCorpora([{ reader, root, options }]);
  const pairs: PairOptions = {
    classes: context.param('faces.classes') as string[],
    weak: context.param('faces.weakFrames') as number[],
    short: context.param('faces.short') as PairOptions['short'],
  };
  return { annotated: { sequences, pairs }, crops: { [reader]: crop } };
}

export default defineStage(import.meta.url, async (context) => {
  const reader = context.param('wild.reader') as string;
  const placeOf = placesOf(context);
  const root = placeOf(context.param('wild.root') as string);
  const content = await stillReader(reader).read(
    root,
    context.param('wild.options') as CorpusChoice['options'] & object,
  );
  const { annotated, crops } = await marked(context, placeOf);
  const index = await prepareStills(
    content,
    annotated,
    {
      name: 'wild',
      classes: context.param('wild.classes') as string[],
      image: { size: context.param('data.resize') as number, channels: context.param('data.channels') as 1 | 3 },
      crops: { ...crops, [reader]: context.param('wild.crop') as Crop },
      onBadImage: context.param('data.onBadImage') as 'fail' | 'skip',
    },
    context.out(),
    { signal: context.signal, onProgress: ({ done, total }) => context.progress(done / total) },
  );
  for (const { part, pictures, subjects } of index.parts) {
    context.log(`${part}: ${pictures} pictures of ${subjects} people`);
  }
  for (const { corpus, count, what, why } of index.skipped) context.log(`${corpus}: skipped ${count} ${what}: ${why}`);
});
