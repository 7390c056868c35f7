/**
 * Draws a synthetic corpus in the layout of CK+ or Oulu-CASIA, so that the readers of the real ones serve it.
 * In: nothing. Out: the corpus as a directory.
 */
import { defineStage, StageError } from '../src/engine/stage-context.ts';
import {
  type Difficulty,
  type Range,
  writeCkPlus,
  writeOuluCasia,
} from '../src/science/data/synthetic/write-corpus.ts';

interface SynthesizeParams {
  readonly 'ck-plus': { readonly subjects: number; readonly scale: number };
  readonly 'oulu-casia': { readonly subjects: number; readonly scale: number };
  readonly frames: Range;
  readonly difficulty: Difficulty;
}

const writers = { 'ck-plus': writeCkPlus, 'oulu-casia': writeOuluCasia };

export default defineStage(import.meta.url, async (context) => {
  const corpus = context.args['corpus'];
  if (corpus !== 'ck-plus' && corpus !== 'oulu-casia') {
    throw new StageError(`--corpus must be ck-plus or oulu-casia, not ${corpus ?? 'missing'}`);
  }
  const params = context.param('synthesize') as SynthesizeParams;
  await writers[corpus](context.out(), {
    ...params[corpus],
    frames: params.frames,
    difficulty: params.difficulty,
    seed: context.param('seed') as number,
    onProgress: (fraction) => context.progress(fraction),
    signal: context.signal,
  });
});
