/**
 * Draws a synthetic corpus in the layout of CK+ or Oulu-CASIA, so that the readers of the real ones serve it.
 * In: nothing. Out: the corpus as a directory.
 */
import { defineStage, StageError } from '../src/engine/stage-context.ts';
import { type Difficulty, type Range, writeCkPlus, writeOuluCasia } from '../src/synthetic/write-corpus.ts';

const writers = { 'ck-plus': writeCkPlus, 'oulu-casia': writeOuluCasia };

export default defineStage(import.meta.url, async (context) => {
  const corpus = context.args['corpus'];
  if (corpus !== 'ck-plus' && corpus !== 'oulu-casia') {
    throw new StageError(`--corpus must be ck-plus or oulu-casia, not ${corpus ?? 'missing'}`);
  }
  const size = context.param(`synthesize.${corpus}`) as { readonly subjects: number; readonly scale: number };
  await writers[corpus](context.out(), {
    ...size,
    frames: context.param('synthesize.frames') as Range,
    difficulty: context.param('synthesize.difficulty') as Difficulty,
    seed: context.param('seed') as number,
    onProgress: (fraction) => context.progress(fraction),
    signal: context.signal,
  });
});
