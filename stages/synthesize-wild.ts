/**
 * Draws single pictures of subtle expressions in the form of LSEMSW: a list of path, label and split.
 * In: nothing. Out: the corpus as a directory.
 */
import { defineStage } from '../src/engine/stage-context.ts';
import { type WildOptions, writeWild } from '../src/synthetic/write-corpus.ts';

type Params = Pick<WildOptions, 'perClass' | 'scale' | 'difficulty'>;

export default defineStage(import.meta.url, async (context) => {
  const { pictures } = await writeWild(context.out(), {
    ...(context.param('synthesize.wild') as Params),
    seed: context.param('seed') as number,
    onProgress: (fraction) => context.progress(fraction),
    signal: context.signal,
  });
  context.log(`${pictures} pictures`);
});
